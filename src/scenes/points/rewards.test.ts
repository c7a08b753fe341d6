import { describe, expect, test } from 'vitest';
import { pointScenes } from '.';
import type { Landscape, Reward } from '../scene';
import { halfReward, landscapeReward, landscapeValue, modeReward } from './rewards';

const empty: Landscape = { size: 4, extent: 4, values: new Float32Array(16) };

/** One bright cell in the second row from the top, third column: centre (1, 1). */
const painted: Landscape = {
  ...empty,
  values: Float32Array.from({ length: 16 }, (_, i) => (i === 6 ? 1 : 0)),
};

function score(reward: Reward, points: number[], paint = empty): number[] {
  const rewards = new Float32Array(points.length / 2);
  reward.score(Float32Array.from(points), rewards, { landscape: paint, prompts: null });
  return [...rewards];
}

describe('rewards at hand-checked points', () => {
  test('mode is 1 in its centre and e^−½ one width away', () => {
    const [centre, width, far] = score(modeReward([2, 0], 'here'), [2, 0, 2, 0.6, -2, 0]);
    expect(centre).toBe(1);
    expect(width).toBeCloseTo(Math.exp(-0.5), 6);
    expect(far).toBeCloseTo(Math.exp(-16 / 0.72), 12);
  });

  test('half is ½ on the border, σ(3) at x₁ = 1, and does not look at x₂', () => {
    const [border, right, above, left] = score(halfReward, [0, 0, 1, 0, 1, 9, -1, 0]);
    expect(border).toBe(0.5);
    expect(right).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
    expect(above).toBe(right);
    expect(left).toBeCloseTo(1 - right, 6);
  });

  test('an unpainted landscape is worth 0 everywhere', () => {
    expect(score(landscapeReward, [0, 0, 3.9, -3.9, 50, 0])).toEqual([0, 0, 0]);
  });

  test('a painted landscape is read bilinearly, the first row at the top, 0 outside', () => {
    const values = score(landscapeReward, [1, 1, 1, 0, 0, 0, 1, -1, 4.1, 1], painted);
    expect(values).toEqual([1, 0.5, 0.25, 0, 0]);
  });

  test('the outermost half cell keeps the value of its cell', () => {
    const corner: Landscape = { ...empty, values: empty.values.map((_, i) => (i === 0 ? 1 : 0)) };
    expect(landscapeValue(corner, -4, 4)).toBe(1);
    expect(landscapeValue(corner, -3.5, 3.5)).toBe(1);
    expect(landscapeValue(corner, -4.01, 4)).toBe(0);
  });
});

test.each(pointScenes)('$name: the place of "mode" is on the data', (scene) => {
  const mode = scene.rewards.find(({ name }) => name === 'mode');
  const data = scene.data(2000, 3);
  const rewards = new Float32Array(2000);
  mode?.score(data, rewards, { landscape: empty, prompts: null });
  expect(Math.max(...rewards)).toBeGreaterThan(0.99);
});
