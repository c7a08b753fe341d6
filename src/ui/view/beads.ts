/**
 * Beads show where a number comes from: while rewards are fused, each climbs from child to parent; while advantages are
 * set, each descends. At any moment they are all between the same two depths.
 */
import type { TreeIndex } from '../../core/tree';
import type { Reveal } from './reveal';
import type { RunView } from './runView';
import { alongEdge, nodeY } from './treeLayout';
import type { TreeLayout } from './treeLayout';
import { toneOf } from './treeMarks';
import type { Tone } from './treeMarks';

export interface Bead {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly tone: Tone;
}

/** More beads than this say nothing more. */
const mostBeads = 128;

export function beadsAt(
  view: RunView,
  group: number,
  layout: TreeLayout,
  beads: Reveal['beads'],
): Bead[] {
  const { tree, fused, normalised } = view;
  if (!beads || !fused) return [];
  const depth = Math.min(tree.shape.steps, Math.max(1, Math.ceil(beads.depth)));
  const t = Math.min(1, Math.max(0, beads.depth - (depth - 1)));
  const { first, count } = tree.range(group, depth);
  if (count > mostBeads) return [];
  const scale = rewardScale(fused.fusedRewards);
  return Array.from({ length: count }, (_, j) => {
    const place = betweenDepths(layout, tree, depth, j, t);
    if (beads.carry === 'reward') {
      return { ...place, radius: 2 + 3 * scale(fused.fusedRewards[first + j]), tone: 'none' };
    }
    const advantage = normalised ? normalised.advantages[first + j] : 0;
    const radius = 2 + Math.min(3, Math.abs(advantage));
    return { ...place, radius, tone: toneOf(advantage) };
  });
}

function betweenDepths(layout: TreeLayout, tree: TreeIndex, depth: number, j: number, t: number) {
  const [above, below] = [tree.widths[depth - 1], tree.widths[depth]];
  const parent = Math.floor((j * above) / below);
  return alongEdge(
    layout.columns[depth - 1],
    nodeY(layout, parent, above),
    layout.columns[depth],
    nodeY(layout, j, below),
    t,
  );
}

/**
 * Rewards as shares of a full bar. Rewards within [0, 1] are shares themselves; others are taken between the least
 * (or 0) and the largest.
 */
export function rewardScale(rewards: ArrayLike<number>): (reward: number) => number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < rewards.length; i++) {
    low = Math.min(low, rewards[i]);
    high = Math.max(high, rewards[i]);
  }
  return (reward) => (reward - low) / (high - low);
}
