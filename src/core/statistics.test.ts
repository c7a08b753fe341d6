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

  // scipy.stats.t.ppf(0.975, n), SciPy 1.17.1
  test.each([
    [1, 12.706205],
    [2, 4.302653],
    [3, 3.182446],
    [4, 2.776445],
    [5, 2.570582],
    [7, 2.364624],
    [9, 2.262157],
    [15, 2.13145],
    [20, 2.085963],
    [29, 2.04523],
    [30, 2.042272],
    [31, 2.039513],
    [40, 2.021075],
    [60, 2.000298],
    [120, 1.97993],
    [1e6, 1.959966],
  ])('the quantile at %i degrees of freedom is SciPy’s', (degrees, expected) => {
    expect(Math.abs(studentQuantile(degrees) - expected)).toBeLessThan(5e-5);
  });

  // scipy.stats.t.interval(0.95, 7, loc=5, scale=scipy.stats.sem([2, 4, 4, 4, 5, 5, 7, 9]))
  test('the interval of a sample is SciPy’s', () => {
    const { low, high } = summarise([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(low).toBeCloseTo(3.212512, 4);
    expect(high).toBeCloseTo(6.787488, 4);
  });

  test('the quantile falls smoothly past its table', () => {
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
