import { describe, expect, test } from 'vitest';
import { fromHalf, roundedToHalf, toHalf } from './float16';

const isNaNPattern = (pattern: number): boolean =>
  (pattern & 0x7c00) === 0x7c00 && (pattern & 0x3ff) !== 0;

describe('half precision', () => {
  test('known patterns', () => {
    expect([0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x0001].map(fromHalf)).toEqual([
      1, -2, 0.333251953125, 65504, 0.00006103515625, 0.000000059604644775390625,
    ]);
    expect(Object.is(fromHalf(0x8000), -0)).toBe(true);
    expect([1, -2, 65504, Infinity, -Infinity].map(toHalf)).toEqual([
      0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00,
    ]);
  });

  test('every pattern survives being a number', () => {
    for (let pattern = 0; pattern < 0x10000; pattern++) {
      if (isNaNPattern(pattern)) expect(fromHalf(pattern)).toBeNaN();
      else if (toHalf(fromHalf(pattern)) !== pattern) expect.fail(pattern.toString(16));
    }
    expect(isNaNPattern(toHalf(NaN))).toBe(true);
  });

  test('rounds to the nearer neighbour, and half way to the even one', () => {
    for (let pattern = 0; pattern < 0x7bff; pattern++) {
      const [low, high] = [fromHalf(pattern), fromHalf(pattern + 1)];
      const middle = (low + high) / 2;
      const even = pattern + (pattern & 1);
      const nearer = [0.75 * low + 0.25 * high, middle, 0.25 * low + 0.75 * high].map(toHalf);
      if (nearer.join() !== [pattern, even, pattern + 1].join()) expect.fail(pattern.toString(16));
    }
    expect([65519, 65520].map(toHalf)).toEqual([0x7bff, 0x7c00]);
  });

  test('a rounded array stays as it is', () => {
    const once = roundedToHalf(Float32Array.from([0.1, -3.14159, 1e-6, 40000.5]));
    expect(roundedToHalf(once)).toEqual(once);
    expect(once[0]).not.toBe(Math.fround(0.1));
  });
});
