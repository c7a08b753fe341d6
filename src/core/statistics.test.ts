import { describe, expect, test } from 'vitest';
import { NOISE_STREAM, normals } from '../kernels/noise/noise.twin';
import { mean, studentQuantile, summarise } from './statistics';

describe('statistics', () => {
  test('mean, spread and 95 % interval of a hand-checked sample', () => {
    const summary = summarise([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(summary.mean).toBe(5);
    expect(summary.standardDeviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
    // t(7) = 2.3646, s/√n = .75593
    expect(summary.high - 5).toBeCloseTo(1.7875, 3);
    expect(5 - summary.low).toBeCloseTo(1.7875, 3);
    expect([summary.min, summary.max, summary.count]).toEqual([2, 9, 8]);
  });

  test('the quantile goes on smoothly past its table and ends at the normal one', () => {
    expect(studentQuantile(1)).toBeCloseTo(12.706, 3);
    expect(studentQuantile(31)).toBeCloseTo(2.0395, 3);
    expect(studentQuantile(120)).toBeCloseTo(1.9799, 3);
    expect(studentQuantile(1e9)).toBeCloseTo(1.96, 3);
    for (let n = 1; n < 60; n++) expect(studentQuantile(n + 1)).toBeLessThan(studentQuantile(n));
  });

  test('a single value has a mean but no interval, no value has neither', () => {
    expect(summarise([3]).mean).toBe(3);
    expect(summarise([3]).low).toBeNaN();
    expect(summarise([]).mean).toBeNaN();
  });

  test('the interval holds the true mean in about 95 % of small samples', () => {
    const values = new Float32Array(5);
    let held = 0;
    for (let i = 0; i < 2000; i++) {
      normals(1, i, NOISE_STREAM.own, 5, values, 0);
      const { low, high } = summarise([...values]);
      if (low <= 0 && high >= 0) held++;
    }
    expect(Math.abs(held / 2000 - 0.95)).toBeLessThan(0.015);
  });

  test('the mean of a typed array', () => {
    expect(mean(new Float32Array([1, 2, 6]))).toBe(3);
  });
});
