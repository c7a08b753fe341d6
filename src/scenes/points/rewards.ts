/**
 * What judges the points (docs/scenes.md §2): closeness to one place, the right half-plane, or a landscape painted by
 * hand. `exp` is our own, so rewards are the same bits in every JavaScript engine.
 */
import { say } from '../../content';
import { exp, sigmoid } from '../../core/math';
import type { Landscape, Reward } from '../scene';

const scorePoints =
  (rewardOf: (x: number, y: number, paint: Landscape) => number): Reward['score'] =>
  (samples, rewards, { landscape }) => {
    for (let i = 0; i < rewards.length; i++) {
      rewards[i] = rewardOf(samples[i * 2], samples[i * 2 + 1], landscape);
    }
  };

const WIDTH = 0.6;

/** exp(−|x − centre|² / (2·.6²)): one place of the data, named by `place` in the page. */
export function modeReward(centre: readonly [number, number], place: string): Reward {
  const [cx, cy] = centre;
  return {
    name: 'mode',
    title: say('reward.mode.title'),
    summary: say('reward.mode.summary', { place }),
    formula: `exp(−|x − (${cx}, ${cy})|² / (2·0.6²))`,
    score: scorePoints((x, y) => {
      const dx = x - cx;
      const dy = y - cy;
      return exp(-(dx * dx + dy * dy) / (2 * WIDTH * WIDTH));
    }),
  };
}

export const halfReward: Reward = {
  name: 'half',
  title: say('reward.half.title'),
  summary: say('reward.half.summary'),
  formula: '1 / (1 + exp(−3·x₁))',
  score: scorePoints((x) => sigmoid(3 * x)),
};

/** Value of the landscape at (x, y): bilinear between cell centres, 0 outside the painted square. */
export function landscapeValue(paint: Landscape, x: number, y: number): number {
  const { size, extent, values } = paint;
  if (!(Math.abs(x) <= extent && Math.abs(y) <= extent)) return 0;
  const bound = (cell: number) => Math.min(Math.max(cell, 0), size - 1);
  const column = bound(((x + extent) / (2 * extent)) * size - 0.5);
  const row = bound(((extent - y) / (2 * extent)) * size - 0.5);
  const left = Math.floor(column);
  const top = Math.floor(row);
  const right = Math.min(left + 1, size - 1);
  const bottom = Math.min(top + 1, size - 1);
  const across = column - left;
  const above = values[top * size + left] * (1 - across) + values[top * size + right] * across;
  const below =
    values[bottom * size + left] * (1 - across) + values[bottom * size + right] * across;
  return above + (below - above) * (row - top);
}

export const landscapeReward: Reward = {
  name: 'landscape',
  title: say('reward.landscape.title'),
  summary: say('reward.landscape.summary'),
  formula: say('reward.landscape.formula'),
  score: scorePoints((x, y, paint) => landscapeValue(paint, x, y)),
};
