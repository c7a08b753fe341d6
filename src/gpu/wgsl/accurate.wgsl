// Elementary functions whose WGSL built-ins are too inaccurate on some drivers (SwiftShader's sin and cos: 2e-4).
// Written so that replacing f32, i32, u32 by vec4f, vec4i, vec4u gives the four-lane version (plan/wgslMaps.ts does).
// Compared with float64 in plan/wgslMaps.gpu.test.ts.

// x - quarter*pi/2, with pi/2 in three parts of which the first two have few bits (Cody & Waite 1980): exact products
// for |x| up to 1000.
fn reducedAngle(x: f32, quarter: f32) -> f32 {
  let high = x - quarter * f32(1.5703125);
  let middle = high - quarter * f32(4.837512969970703e-4);
  return middle - quarter * f32(7.549789954891882e-8);
}

// sin(r) and cos(r) on [-pi/4, pi/4], minimax polynomials of Cephes (sinf.c).
fn sineNearZero(r: f32) -> f32 {
  let s = r * r;
  let p = (f32(-1.9515295891e-4) * s + f32(8.3321608736e-3)) * s - f32(1.6666654611e-1);
  return r + r * s * p;
}

fn cosineNearZero(r: f32) -> f32 {
  let s = r * r;
  let p = (f32(2.443315711809948e-5) * s - f32(1.388731625493765e-3)) * s + f32(4.166664568298827e-2);
  return f32(1.0) - f32(0.5) * s + s * s * p;
}

// sin(x + shift*pi/2) for whole shifts.
fn shiftedSine(x: f32, shift: i32) -> f32 {
  let quarter = round(x * f32(0.6366197723675814));
  let r = reducedAngle(x, quarter);
  let turn = (i32(quarter) + shift) & i32(3);
  let magnitude = select(sineNearZero(r), cosineNearZero(r), (turn & i32(1)) == i32(1));
  return select(magnitude, -magnitude, turn >= i32(2));
}

fn accurateSin(x: f32) -> f32 {
  return shiftedSine(x, i32(0));
}

fn accurateCos(x: f32) -> f32 {
  return shiftedSine(x, i32(1));
}

// ln(x) = k*ln2 + 2*artanh(s), s = (m - 1)/(m + 1), m in [1/sqrt2, sqrt2): relative accuracy also near 1.
fn accurateLog(x: f32) -> f32 {
  let bits = bitcast<i32>(x) - i32(0x3f3504f3);
  let k = f32(bits >> u32(23));
  let m = bitcast<f32>((bits & i32(0x7fffff)) + i32(0x3f3504f3));
  let s = (m - f32(1.0)) / (m + f32(1.0));
  let s2 = s * s;
  let series = s2 * (f32(0.6666667) + s2 * (f32(0.4) + s2 * (f32(0.2857143) + s2 * f32(0.2222222))));
  let value = k * f32(0.693359375) + (k * f32(-2.12194440e-4) + (f32(2.0) * s + s * series));
  return select(value, log(x), x <= f32(1.17549435e-38));
}

// tanh(x) = (1 - e)/(1 + e) with e = exp(-2|x|); its Taylor polynomial where that would cancel.
fn accurateTanh(x: f32) -> f32 {
  let size = min(abs(x), f32(15.0));
  let e = exp(f32(-2.0) * size);
  let large = (f32(1.0) - e) / (f32(1.0) + e);
  let s = size * size;
  let series = f32(0.13333333) - s * (f32(0.053968254) - s * f32(0.021869488));
  let small = size - size * s * (f32(0.33333333) - s * series);
  return sign(x) * select(large, small, size < f32(0.25));
}

// erf(x) by two polynomials in the style of N. Juffa: of x itself below 0.9277, of ln(1 - erf(x)) above.
fn accurateErf(x: f32) -> f32 {
  let t = min(abs(x), f32(4.0));
  let s = t * t;
  var tail = f32(-1.72853470e-5) * t + f32(3.83197126e-4);
  tail = tail * s + (f32(-3.88396438e-3) * t + f32(2.42546219e-2));
  tail = ((tail * t - f32(1.06777877e-1)) * t - f32(6.34846687e-1)) * t - f32(1.28717512e-1);
  let large = sign(x) * (f32(1.0) - exp(tail * t - t));
  var body = f32(-5.96761703e-4) * s + f32(4.99119423e-3);
  body = ((body * s - f32(2.67681349e-2)) * s + f32(1.12819925e-1)) * s - f32(3.76125336e-1);
  return select(large, (body * s + f32(1.28379166e-1)) * x + x, t < f32(0.927734375));
}

// 1/(1 + exp(-x)) without overflow.
fn sigmoid(x: f32) -> f32 {
  return f32(1.0) / (f32(1.0) + exp(-max(x, f32(-87.0))));
}
