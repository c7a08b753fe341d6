/**
 * Which edges carry a gradient. The forward tree, its rewards and its advantages are always complete; this phase only
 * decides what the update sees (docs/methods.md §4.5; BranchGRPO 2509.06040 §3: pruning is gradient-only).
 *
 * An edge is trained if its step was stochastic (a deterministic step has no log-prob) and its advantage is not zero
 * (a zero advantage adds nothing to the policy gradient; Flow-GRPO's code filters such samples out as well).
 */
import type { SamplerStep } from './sampler';
import { TreeIndex, childrenAt } from './tree';
import type { TreeShape } from './tree';

/** 1 where the edge into the node is trained [nodes]. */
export function keptEdges(
  shape: TreeShape,
  steps: readonly SamplerStep[],
  advantages: Float32Array,
): Uint8Array {
  const { offsets } = new TreeIndex(shape);
  const kept = new Uint8Array(offsets[shape.steps + 1]);
  for (let depth = 1; depth <= shape.steps; depth++) {
    if (steps[depth - 1].std === 0) continue;
    for (let node = offsets[depth]; node < offsets[depth + 1]; node++) {
      kept[node] = advantages[node] === 0 ? 0 : 1;
    }
  }
  return kept;
}

/**
 * Training rows [rows, 4] (engine.ts ROW: parent, first child, child count, step) of trees firstTree … lastTree − 1:
 * every parent with at least one kept edge, and how many edges they keep in all.
 */
export function trainingRows(
  shape: TreeShape,
  kept: Uint8Array,
  firstTree: number,
  lastTree: number,
): { rows: Int32Array; edges: number } {
  const { widths, offsets } = new TreeIndex(shape);
  const rows: number[] = [];
  let edges = 0;
  for (let depth = 0; depth < shape.steps; depth++) {
    const count = childrenAt(shape, depth);
    const from = offsets[depth] + firstTree * widths[depth];
    const to = offsets[depth] + lastTree * widths[depth];
    for (let node = from; node < to; node++) {
      const first = offsets[depth + 1] + (node - offsets[depth]) * count;
      let keptHere = 0;
      for (let child = first; child < first + count; child++) keptHere += kept[child];
      if (keptHere > 0) rows.push(node, first, count, depth);
      edges += keptHere;
    }
  }
  return { rows: Int32Array.from(rows), edges };
}
