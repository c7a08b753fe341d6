/**
 * Half precision as bits (IEEE 754 binary16), for storing weights: 1 sign, 5 exponent and 10 fraction bits. Between
 * 2⁻¹⁴ and 65504 a number keeps eleven significant bits. Tested against all 65536 patterns.
 */

const scratch = new DataView(new ArrayBuffer(4));

/** The pattern nearest to `value`, ties to even; what is too large becomes infinite. */
export function toHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2⁻¹⁴ patterns count in steps of 2⁻²⁴, and adding 1.5·2²³ steps rounds to whole ones.
    scratch.setUint32(0, magnitude);
    const steps = Math.fround(scratch.getFloat32(0) * 0x1000000) + 0xc00000;
    return sign | (Math.fround(steps) - 0xc00000);
  }
  const even = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + even) >>> 13);
}

/** The value of a pattern. */
export function fromHalf(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >>> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return (sign * fraction) / 0x1000000;
  scratch.setUint32(0, ((exponent + 112) << 23) | (fraction << 13));
  return sign * scratch.getFloat32(0);
}

/** Patterns of `values`. */
export const toHalves = (values: Float32Array): Uint16Array<ArrayBuffer> =>
  Uint16Array.from(values, toHalf);

/** Values of `patterns`. */
export const fromHalves = (patterns: Uint16Array): Float32Array =>
  Float32Array.from(patterns, fromHalf);

/** `values` rounded to half precision. */
export const roundedToHalf = (values: Float32Array): Float32Array =>
  values.map((value) => fromHalf(toHalf(value)));
