/** What a picture scene's journal keeps of a tree instead of its latents. */
import type { SamplerStep } from '../core/sampler';
import { TreeIndex } from '../core/tree';
import type { TreeShape } from '../core/tree';
import type { Rollout } from '../engine/engine';

/**
 * Clean estimates x̂0 = x − σ·v of the first tree's nodes [nodes of a tree, D], depth by depth; a leaf is its own.
 * `dimensions` is D.
 */
export function firstTreeEstimates(
  { latents, velocities }: Rollout,
  shape: TreeShape,
  steps: readonly SamplerStep[],
  dimensions: number,
): Float32Array {
  const { widths, offsets } = new TreeIndex(shape);
  const estimates = new Float32Array(widths.reduce((sum, width) => sum + width, 0) * dimensions);
  let at = 0;
  widths.forEach((width, depth) => {
    const first = offsets[depth] * dimensions;
    estimates.set(latents.subarray(first, first + width * dimensions), at);
    const sigma = steps[depth]?.sigma ?? 0;
    const end = Math.min(at + width * dimensions, velocities.length);
    for (let i = at; i < end; i++) estimates[i] -= sigma * velocities[i];
    at += width * dimensions;
  });
  return estimates;
}
