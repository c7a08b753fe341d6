import { describe, expect, test } from 'vitest';
import { checkerboard, drawPoints, moons, ring, spiral } from './data';
import type { PointCloud } from './data';

const COUNT = 20_000;

/** Mean and population variance of one coordinate. */
function moments(points: Float32Array, axis: 0 | 1): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (let i = axis; i < points.length; i += 2) {
    sum += points[i];
    squares += points[i] * points[i];
  }
  const mean = sum / (points.length / 2);
  return { mean, variance: squares / (points.length / 2) - mean * mean };
}

const clouds: Record<string, PointCloud> = { ring, moons, checkerboard, spiral };

describe.each(Object.entries(clouds))('%s', (_name, cloud) => {
  const points = drawPoints(cloud, COUNT, 7);

  test('the same seed gives the same points, another seed others, more points the same first ones', () => {
    expect(drawPoints(cloud, 50, 7)).toEqual(points.slice(0, 100));
    expect(drawPoints(cloud, 50, 8)).not.toEqual(points.slice(0, 100));
  });

  test('each part holds an eighth of the data, and nearly all of it is within the tolerance', () => {
    const held = new Float64Array(8);
    let near = 0;
    for (let i = 0; i < COUNT; i++) {
      const { distance, part } = cloud.place(points[i * 2], points[i * 2 + 1]);
      held[part]++;
      if (distance <= cloud.tolerance) near++;
    }
    for (const count of held) expect(Math.abs(count / COUNT - 1 / 8)).toBeLessThan(0.015);
    expect(near / COUNT).toBeGreaterThan(0.99);
  });
});

describe('moments follow from the formulas', () => {
  test('ring: mean 0, variance 2²/2 + .15² on each axis', () => {
    const points = drawPoints(ring, COUNT, 1);
    for (const axis of [0, 1] as const) {
      const { mean, variance } = moments(points, axis);
      expect(Math.abs(mean)).toBeLessThan(0.04);
      expect(Math.abs(variance - 2.0225)).toBeLessThan(0.04);
    }
  });

  test('moons: mean 0; variance 2.56·(½ + ¼) + .01 across', () => {
    const points = drawPoints(moons, COUNT, 1);
    expect(Math.abs(moments(points, 0).mean)).toBeLessThan(0.04);
    expect(Math.abs(moments(points, 1).mean)).toBeLessThan(0.04);
    expect(Math.abs(moments(points, 0).variance - 1.93)).toBeLessThan(0.05);
  });

  test('checkerboard: every point lies in a square of even column plus row, each axis has variance 16/12', () => {
    const points = drawPoints(checkerboard, COUNT, 1);
    let misplaced = 0;
    for (let i = 0; i < points.length; i += 2) {
      const column = Math.floor(points[i] + 2);
      const row = Math.floor(points[i + 1] + 2);
      if (Math.max(column, row) > 3 || Math.min(column, row) < 0) misplaced++;
      if ((column + row) % 2 !== 0) misplaced++;
    }
    expect(misplaced).toBe(0);
    expect(Math.abs(moments(points, 0).variance - 16 / 12)).toBeLessThan(0.03);
    expect(Math.abs(moments(points, 1).variance - 16 / 12)).toBeLessThan(0.03);
  });

  test('spiral: mean squared radius 2.4²/2 + 2·.06²', () => {
    const points = drawPoints(spiral, COUNT, 1);
    let squares = 0;
    for (const value of points) squares += value * value;
    expect(Math.abs(squares / COUNT - (2.88 + 0.0072))).toBeLessThan(0.05);
  });
});

describe('place', () => {
  test('knows hand-checked points', () => {
    expect(ring.place(2, 0)).toEqual({ distance: 0, part: 0 });
    expect(ring.place(0, 2.5).part).toBe(2);
    expect(ring.place(0, 2.5).distance).toBeCloseTo(0.5, 12);
    expect(checkerboard.place(-1.5, -1.5)).toEqual({ distance: 0, part: 0 });
    expect(checkerboard.place(2.3, 2.4)).toEqual({
      distance: expect.closeTo(0.5, 12),
      part: 7,
    });
    expect(moons.place(-0.8, 1.2).distance).toBeLessThan(0.02);
    expect(spiral.place(0, 2).distance).toBeLessThan(0.02);
  });
});
