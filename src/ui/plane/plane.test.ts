import { describe, expect, test } from 'vitest';
import { landscapeReward, modeReward } from '../../scenes/points/rewards';
import { blankLandscape, landscapeExtent, landscapeSize, stroke } from '../state/brush';
import { heatPixels, heatShares, heatSize } from './heat';
import { toPixels, toPlane } from './projection';

const valueAt = (values: Float32Array, x: number, y: number): number => {
  const cell = (2 * landscapeExtent) / landscapeSize;
  const column = Math.floor((x + landscapeExtent) / cell);
  const row = Math.floor((landscapeExtent - y) / cell);
  return values[row * landscapeSize + column];
};

describe('a stroke', () => {
  const blank = blankLandscape();
  const painted = stroke(blank, [-1, 1], [1, 1], 0.5, false);

  test('lifts the landscape along its way, most in the middle, and nothing beyond its radius', () => {
    expect(valueAt(painted.values, 0, 1)).toBeGreaterThan(0.4);
    expect(valueAt(painted.values, 0, 1.35)).toBeLessThan(valueAt(painted.values, 0, 1));
    expect(valueAt(painted.values, 0, 0.2)).toBe(0);
    expect(Math.max(...painted.values)).toBeLessThanOrEqual(1);
  });

  test('leaves the landscape it was made on as it was', () => {
    expect(Math.max(...blank.values)).toBe(0);
  });

  test('of the eraser takes away again', () => {
    const erased = stroke(painted, [-1, 1], [1, 1], 0.5, true);
    expect(valueAt(erased.values, 0, 1)).toBeLessThan(valueAt(painted.values, 0, 1) / 2);
  });

  test('may leave the square', () => {
    const values = stroke(blank, [3, 3], [9, 9], 1, false).values;
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

test('pixels and plane are two ways of saying one place', () => {
  const projection = { size: 350, extent: 3.2 };
  const [px, py] = toPixels(projection, -1.5, 2);
  expect(toPlane(projection, px, py).map((value) => Math.round(value * 1e9) / 1e9)).toEqual([
    -1.5, 2,
  ]);
  expect(toPixels(projection, -3.2, 3.2)).toEqual([0, 0]);
});

describe('the reward as a background', () => {
  const shares = heatShares(modeReward([2, 0], 'there'), blankLandscape(), 3.2);
  const share = (x: number, y: number): number => {
    const column = Math.floor(((x + 3.2) / 6.4) * heatSize);
    return shares[Math.floor(((3.2 - y) / 6.4) * heatSize) * heatSize + column];
  };

  test('is strongest where the reward is', () => {
    expect(share(2, 0)).toBeGreaterThan(0.98);
    expect(share(-2, 0)).toBeLessThan(0.01);
  });

  test('shows what is painted', () => {
    const painted = stroke(blankLandscape(), [1, 1], [1, 1], 1, false);
    expect(Math.max(...heatShares(landscapeReward, painted, 3.2))).toBeGreaterThan(0.3);
  });

  test('goes in even steps from one colour to the other', () => {
    const pixels = heatPixels(Float32Array.of(0, 0.5, 1), '#fbfaf7', '#a5d2b4');
    expect([...pixels.slice(0, 4)]).toEqual([251, 250, 247, 255]);
    expect([...pixels.slice(8, 12)]).toEqual([165, 210, 180, 255]);
    for (const channel of [0, 1, 2]) {
      expect(pixels[4 + channel]).toBeGreaterThan(pixels[8 + channel]);
      expect(pixels[4 + channel]).toBeLessThan(pixels[channel]);
    }
  });
});
