/** A standard normal source for tests, independent of the project's own noise: Box–Muller on a hashed index. */
import type { NormalSource } from './layers';

function hashed(index: number): number {
  let word = Math.imul(index ^ 0x9e3779b9, 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  word = Math.imul(word ^ (word >>> 16), 0x27d4eb2f);
  return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32;
}

/** The normal source number `seed`. */
export const testNormal =
  (seed = 0): NormalSource =>
  (index) => {
    const at = 2 * index + 1_000_003 * seed;
    return Math.sqrt(-2 * Math.log(hashed(at) + 1e-12)) * Math.cos(2 * Math.PI * hashed(at + 1));
  };
