import { describe, expect, test } from 'vitest';
import { cos, exp, log, sigmoid, sin } from './math';

const grid = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

function largestRelativeError(
  ours: (x: number) => number,
  reference: (x: number) => number,
  points: number[],
): number {
  return Math.max(
    ...points.map(
      (x) => Math.abs(ours(x) - reference(x)) / Math.max(Math.abs(reference(x)), 1e-300),
    ),
  );
}

describe('deterministic functions agree with the platform to a few units in the last place', () => {
  test('exp', () => {
    expect(largestRelativeError(exp, Math.exp, grid(-700, 700, 20001))).toBeLessThan(1e-15);
  });
  test('log', () => {
    const points = grid(-300, 300, 20001).map((e) => 10 ** e);
    expect(largestRelativeError(log, Math.log, points)).toBeLessThan(1e-15);
    expect(Math.abs(log(1 + 1e-9) - Math.log(1 + 1e-9))).toBeLessThan(1e-24);
  });
  test('sin and cos', () => {
    for (const x of grid(-1000, 1000, 20001)) {
      expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThan(2e-13);
      expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(2e-13);
    }
  });
});

test('edges of the range behave as the platform does', () => {
  expect([exp(-Infinity), exp(1000), exp(0), log(0), log(1), log(-1), exp(NaN)]).toEqual([
    0,
    Infinity,
    1,
    -Infinity,
    0,
    NaN,
    NaN,
  ]);
  expect(log(5e-324)).toBeCloseTo(Math.log(5e-324), 10);
  expect(exp(-744)).toBe(Math.exp(-744));
  expect(sigmoid(-800)).toBe(0);
  expect(sigmoid(800)).toBe(1);
});
