// Counter-based noise. CPU twin: noise.twin.ts (same operations in the same order, rounded to float32).
// Threefry-2x32, 20 rounds (Salmon et al. 2011); Box-Muller z = sqrt(-2 ln u)·(cos a, sin a) on the open interval.
// Functions only; shaders that draw noise are this file followed by their own text.

const PARITY = 0x1bd11bdau;

const STREAM_OWN = 0u;
const STREAM_SHARED = 1u;

const TWO_TO_MINUS_23 = 1.1920928955078125e-7;
const TWO_TO_MINUS_25 = 2.98023223876953125e-8;
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
const SQRT2 = 1.41421356;
const HALF_PI = 1.57079633;

fn rotateLeft(x: u32, bits: u32) -> u32 {
  return (x << bits) | (x >> (32u - bits));
}

fn fourRounds(state: vec2u, rotations: vec4u) -> vec2u {
  var x = state;
  for (var i = 0u; i < 4u; i++) {
    x.x += x.y;
    x.y = rotateLeft(x.y, rotations[i]) ^ x.x;
  }
  return x;
}

fn threefry2x32(key: vec2u, counter: vec2u) -> vec2u {
  let key2 = PARITY ^ key.x ^ key.y;
  let even = vec4u(13u, 15u, 26u, 6u);
  let odd = vec4u(17u, 29u, 16u, 24u);
  var x = fourRounds(counter + key, even) + vec2u(key.y, key2 + 1u);
  x = fourRounds(x, odd) + vec2u(key2, key.x + 2u);
  x = fourRounds(x, even) + vec2u(key.x, key.y + 3u);
  x = fourRounds(x, odd) + vec2u(key.y, key2 + 4u);
  return fourRounds(x, even) + vec2u(key2, key.x + 5u);
}

// ln(odd·2^-24) for an odd integer below 2^24.
fn logOfOdd(odd: u32) -> f32 {
  let zeros = countLeadingZeros(odd);
  var exponent = f32(7 - i32(zeros));
  var m = f32(odd << (zeros - 8u)) * TWO_TO_MINUS_23;
  if (m > SQRT2) {
    m = m * 0.5;
    exponent += 1.0;
  }
  let x = m - 1.0;
  let z = x * x;
  var p = 7.0376836292e-2;
  p = p * x + -1.151461031e-1;
  p = p * x + 1.167699874e-1;
  p = p * x + -1.2420140846e-1;
  p = p * x + 1.4249322787e-1;
  p = p * x + -1.6668057665e-1;
  p = p * x + 2.0000714765e-1;
  p = p * x + -2.4999993993e-1;
  p = p * x + 3.3333331174e-1;
  p = p * x * z;
  p = p + exponent * LN2_LOW;
  p = p - 0.5 * z;
  return (x + p) + exponent * LN2_HIGH;
}

fn squareRoot(x: f32) -> f32 {
  let half = 0.5 * x;
  var y = bitcast<f32>(0x5f3759dfu - (bitcast<u32>(x) >> 1u));
  y = y * (1.5 - half * (y * y));
  y = y * (1.5 - half * (y * y));
  y = y * (1.5 - half * (y * y));
  return x * y;
}

// sin and cos of an angle in [-pi/4, pi/4].
fn sine(angle: f32) -> f32 {
  let z = angle * angle;
  var p = -1.9515295891e-4 * z + 8.3321608736e-3;
  p = p * z + -1.6666654611e-1;
  return p * z * angle + angle;
}

fn cosine(angle: f32) -> f32 {
  let z = angle * angle;
  var p = 2.443315711809948e-5 * z + -1.388731625493765e-3;
  p = p * z + 4.166664568298827e-2;
  return p * (z * z) - 0.5 * z + 1.0;
}

// Lanes 2·pair and 2·pair + 1 of the standard normal vector of (key, stream).
fn normalPair(key: vec2u, pair: u32, stream: u32) -> vec2f {
  let words = threefry2x32(key, vec2u(pair, stream));
  let radius = squareRoot(-2.0 * logOfOdd(((words.x >> 9u) << 1u) | 1u));
  let turn = f32(i32(((words.y >> 6u) & 0xffffffu) << 1u) - 0xffffff) * TWO_TO_MINUS_25;
  let angle = turn * HALF_PI;
  let c = radius * cosine(angle);
  let s = radius * sine(angle);
  switch (words.y >> 30u) {
    case 0u: { return vec2f(c, s); }
    case 1u: { return vec2f(-s, c); }
    case 2u: { return vec2f(-c, -s); }
    default: { return vec2f(s, -c); }
  }
}
