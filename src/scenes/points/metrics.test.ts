import { describe, expect, test } from 'vitest';
import { pointScenes } from '.';
import { checkerboard, drawPoints, ring } from './data';
import { binnedEntropy, coverage, mmdSquared, pointMetrics } from './metrics';

/** The formula of the header, term by term with Math.exp. */
function plainMmdSquared(a: Float32Array, b: Float32Array): number {
  const k = (x: Float32Array, i: number, y: Float32Array, j: number) => {
    const squared = (x[i * 2] - y[j * 2]) ** 2 + (x[i * 2 + 1] - y[j * 2 + 1]) ** 2;
    const kernels = [0.25, 0.5, 1, 2].map((s) => Math.exp(-squared / (2 * s * s)));
    return kernels.reduce((sum, value) => sum + value) / 4;
  };
  const average = (x: Float32Array, y: Float32Array) => {
    let sum = 0;
    for (let i = 0; i < x.length / 2; i++) {
      for (let j = 0; j < y.length / 2; j++) if (x !== y || i !== j) sum += k(x, i, y, j);
    }
    return sum / ((x.length / 2) * (y.length / 2 - (x === y ? 1 : 0)));
  };
  return average(a, a) + average(b, b) - 2 * average(a, b);
}

describe('MMD²', () => {
  test('equals its formula', () => {
    const a = drawPoints(ring, 60, 1);
    const b = drawPoints(checkerboard, 40, 2);
    expect(mmdSquared(a, b)).toBeCloseTo(plainMmdSquared(a, b), 10);
  });

  test('is near 0 between two draws of the same data and large between different data', () => {
    const data = drawPoints(ring, 1000, 1);
    expect(Math.abs(mmdSquared(drawPoints(ring, 1000, 2), data))).toBeLessThan(0.004);
    expect(mmdSquared(drawPoints(checkerboard, 1000, 2), data)).toBeGreaterThan(0.02);
  });

  test('does not depend on which side comes first', () => {
    const a = drawPoints(ring, 50, 1);
    const b = drawPoints(checkerboard, 50, 1);
    expect(mmdSquared(a, b)).toBeCloseTo(mmdSquared(b, a), 12);
  });

  test('is 2 for two single places far apart, 0 for the same place', () => {
    const here = new Float32Array(20);
    const there = here.map(() => 100);
    expect(mmdSquared(here, there)).toBeCloseTo(2, 12);
    expect(mmdSquared(here, here)).toBeCloseTo(0, 12);
  });
});

describe('entropy', () => {
  test('of points in one bin is 0, of points spread evenly over k bins is ln k', () => {
    expect(binnedEntropy(new Float32Array(200).fill(0.1))).toBe(0);
    const four = Float32Array.from([-1, -1, -1, 1, 1, -1, 1, 1].map((v) => v + 0.1));
    expect(binnedEntropy(four)).toBeCloseTo(Math.log(4), 12);
  });

  test('points beyond the square count in its outermost bins', () => {
    expect(binnedEntropy(Float32Array.from([9, 9, 3.9, 3.9]))).toBe(0);
    expect(binnedEntropy(Float32Array.from([9, 9, -9, -9]))).toBeCloseTo(Math.log(2), 12);
  });
});

describe('coverage', () => {
  test('counts parts with at least 2 % of all samples', () => {
    const samples = new Float32Array(200);
    for (let i = 0; i < 100; i++) samples[i * 2] = i < 97 ? 2 : i < 99 ? -2 : 50;
    expect(coverage(ring, samples)).toEqual({ onData: 0.99, modes: 2 });
    samples[99 * 2] = 0;
    samples[98 * 2] = 2;
    expect(coverage(ring, samples)).toEqual({ onData: 0.99, modes: 1 });
  });

  test.each(pointScenes)('$name: the data keep all modes and lie on themselves', (scene) => {
    const data = scene.data(1000, 5);
    const measured = Object.fromEntries(
      scene.metrics.map((metric) => [metric.name, metric.measure(data, scene.data(1000, 6), null)]),
    );
    expect(measured.modes).toBe(8);
    expect(measured.onData).toBeGreaterThan(0.985);
    expect(Math.abs(measured.mmd2)).toBeLessThan(0.004);
  });
});

test('summaries say the shares and distances in use', () => {
  const summaries = pointMetrics(ring, 'the eight clouds', 'a centre').map((m) => m.summary);
  expect(summaries.join(' ')).toContain('2 %');
  expect(summaries.join(' ')).toContain('within 0.6');
});
