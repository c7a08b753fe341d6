/**
 * Transcendental functions built of + − × ÷ only, so that one seed gives one run in every JavaScript engine.
 *
 * `Math.exp`, `Math.log`, `Math.sin` and `Math.cos` may differ in their last bit between engine versions; a journal
 * compared byte for byte between a browser and a terminal cannot use them. `Math.sqrt`, `Math.fround` and `Math.floor`
 * are exact by specification and are used directly.
 *
 * Methods: argument reduction in two-part constants, then the classical series (exp: Taylor; log: 2·artanh(s);
 * sin, cos: Taylor on [−π/4, π/4]). Errors stay within 2 units in the last place; tested against Math.*.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;

const bits = new DataView(new ArrayBuffer(8));

/** 2^k for an integer k in the normal range [−1022, 1023], exactly. */
function powerOfTwo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** e^x. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.78) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let i = 17; i > 0; i--) sum = 1 + (r * sum) / i;
  if (k < -1022) return sum * powerOfTwo(k + 100) * powerOfTwo(-100);
  if (k > 1023) return sum * 2 * powerOfTwo(k - 1);
  return sum * powerOfTwo(k);
}

/** Natural logarithm. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return x;
  if (x < 2.2250738585072014e-308) return log(x * powerOfTwo(60)) - 60 * LN2_HIGH - 60 * LN2_LOW;
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let k = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let i = 21; i >= 3; i -= 2) sum = s2 * (1 / i + sum);
  return k * LN2_HIGH + (2 * s + (2 * s * sum + k * LN2_LOW));
}

function sineSeries(r: number): number {
  const r2 = r * r;
  let sum = 1;
  for (let i = 18; i > 0; i -= 2) sum = 1 - (r2 * sum) / (i * (i + 1));
  return r * sum;
}

function cosineSeries(r: number): number {
  const r2 = r * r;
  let sum = 1;
  for (let i = 17; i > 0; i -= 2) sum = 1 - (r2 * sum) / (i * (i + 1));
  return sum;
}

/** sin(x + quarterTurns·π/2) for |x| up to about 1e5. */
function rotated(x: number, quarterTurns: number): number {
  const q = Math.floor(x / (Math.PI / 2) + 0.5);
  const r = x - q * HALF_PI_HIGH - q * HALF_PI_LOW;
  switch ((((q + quarterTurns) % 4) + 4) % 4) {
    case 0:
      return sineSeries(r);
    case 1:
      return cosineSeries(r);
    case 2:
      return -sineSeries(r);
    default:
      return -cosineSeries(r);
  }
}

/** Sine of x radians, |x| up to about 1e5. */
export const sin = (x: number): number => rotated(x, 0);

/** Cosine of x radians, |x| up to about 1e5. */
export const cos = (x: number): number => rotated(x, 1);

/** Logistic function 1 / (1 + e^−x). */
export const sigmoid = (x: number): number => 1 / (1 + exp(-x));
