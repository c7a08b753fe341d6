/**
 * What one optimiser step sees: the trained edges of its trees and, where asked for, deterministic steps that are only
 * held to the reference.
 *
 * Rewards say nothing of what all samples of a prompt share, since advantages compare them with each other. So it can
 * drift, and where only early steps are stochastic it does so at the late ones, which nothing trains and nothing holds,
 * but which share the network's weights: in the sprites as faint blots on empty tiles (scenes/sprites). Holding the
 * deterministic steps of one path per tree, in turn, costs few rows and leaves the policy gradient as it is.
 */
import { ROW } from './objective';
import { trainingRows } from './prune';
import type { SamplerStep } from './sampler';
import { TreeIndex, childrenAt } from './tree';
import type { TreeShape } from './tree';

/** Trees `first` … `last` − 1. */
export interface TreeRange {
  readonly first: number;
  readonly last: number;
}

export interface UpdateBatch {
  /** Int32 [rows, 4], see ROW in core/objective.ts. */
  readonly rows: Int32Array;
  /** Weight of the edge into each node [nodes]: trained edges add up to 1, and so do those that are only held. */
  readonly edgeWeights: Float32Array;
}

/**
 * The batch of some trees, or null where no edge is trained. `holding` is the iteration, which
 * chooses the paths whose deterministic steps are held to the reference; null: none are.
 */
export function updateBatch(
  shape: TreeShape,
  steps: readonly SamplerStep[],
  kept: Uint8Array,
  trees: TreeRange,
  holding: number | null,
): UpdateBatch | null {
  const { rows, edges } = trainingRows(shape, kept, trees.first, trees.last);
  if (edges === 0) return null;
  const edgeWeights = Float32Array.from(kept, (one) => one / edges);
  if (holding === null) return { rows, edgeWeights };
  const held = heldRows(shape, steps, trees, holding);
  for (const [, firstChild, count] of held) {
    edgeWeights.fill(1 / (held.length * count), firstChild, firstChild + count);
  }
  const all = new Int32Array(rows.length + held.length * ROW.width);
  all.set(rows);
  all.set(held.flat(), rows.length);
  return { rows: all, edgeWeights };
}

/** Which of the `width` nodes that a tree has at a depth is on the path that is held: they take turns. */
export const heldNode = (iteration: number, tree: number, width: number): number =>
  (iteration + tree) % width;

/** One row per tree and deterministic step that would have noise. */
function heldRows(
  shape: TreeShape,
  steps: readonly SamplerStep[],
  { first, last }: TreeRange,
  iteration: number,
): (readonly [node: number, firstChild: number, children: number, step: number])[] {
  const { widths, offsets } = new TreeIndex(shape);
  return steps.flatMap(({ std, klFactor }, depth) => {
    if (std > 0 || klFactor === 0) return [];
    const children = childrenAt(shape, depth);
    return Array.from({ length: last - first }, (_, i) => {
      const tree = first + i;
      const inDepth = tree * widths[depth] + heldNode(iteration, tree, widths[depth]);
      const firstChild = offsets[depth + 1] + inDepth * children;
      return [offsets[depth] + inDepth, firstChild, children, depth] as const;
    });
  });
}
