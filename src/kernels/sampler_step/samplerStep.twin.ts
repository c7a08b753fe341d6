/**
 * One sampler step of all nodes at one depth: x' = c_x·x + c_v·v + std·z (docs/methods.md §2.1), its branch noise and
 * the log-prob of the edge. CPU twin of samplerStep.wgsl; logProb here is also what policyGradient.twin.ts replays.
 *
 * Noise: z = η where a node has one child; at split steps z = (ξ₀ + s·η)/√(1+s²), ξ₀ shared by siblings
 * (docs/methods.md §4.2), so every child is marginally N(μ, std²) and siblings correlate by 1/(1+s²).
 * Log-prob: reduce_D[−(x'−μ)²/(2·std²) − log std − ½ log 2π], from the *stored* float32 x', so that a replay with
 * unchanged weights gives the same number.
 */
import { log } from '../../core/math';
import type { SamplerStep } from '../../core/sampler';
import type { Reduction } from '../../core/objective';
import { NOISE_STREAM, normals } from '../noise/noise.twin';

export interface SamplerStepInput {
  /** Latents of the parents [rows, D]. */
  readonly parents: Float32Array;
  /** Velocities of the parents [rows, D]. */
  readonly velocities: Float32Array;
  /** Noise keys of the children [rows·K × 2]; children of one parent are neighbours. */
  readonly childKeys: Uint32Array;
  /** Noise keys of the parents [rows × 2]; read only where K > 1. */
  readonly parentKeys: Uint32Array;
  /** K. */
  readonly childrenPerParent: number;
  readonly step: SamplerStep;
  /** s of the branch noise; Infinity makes siblings independent. */
  readonly branchIndependence: number;
  readonly reduction: Reduction;
  /** D. */
  readonly dimensions: number;
}

export interface SamplerStepOutput {
  /** Latents of the children [rows·K, D]. */
  readonly latents: Float32Array;
  /** Log-probs of the edges into the children [rows·K]. */
  readonly logProbs: Float32Array;
}

/** Weights of ξ₀ and η in the branch noise: 1/√(1+s²) and s/√(1+s²). */
export function branchWeights(branchIndependence: number): { shared: number; own: number } {
  if (branchIndependence === Infinity) return { shared: 0, own: 1 };
  const length = Math.sqrt(1 + branchIndependence * branchIndependence);
  return { shared: 1 / length, own: branchIndependence / length };
}

/** −log std − ½ log 2π, the part of a dimension's log-prob that does not depend on x. */
export const logNormalizer = (std: number): number => -log(std) - 0.5 * log(2 * Math.PI);

/** The edge from `x[from …]` with velocity `v[own …]` to `next[to …]`, by a step with noise. */
export interface Edge {
  readonly next: Float32Array;
  readonly to: number;
  readonly x: Float32Array;
  readonly from: number;
  readonly v: Float32Array;
  readonly own: number;
  /** D. */
  readonly dimensions: number;
  readonly step: SamplerStep;
  /** logNormalizer(step.std). */
  readonly normalizer: number;
  readonly reduction: Reduction;
}

/** Log-prob of an edge, rounded to float32. */
export function edgeLogProb(edge: Edge): number {
  const { next, to, x, from, v, own, dimensions, normalizer, reduction } = edge;
  const { cx, cv, std } = edge.step;
  let squares = 0;
  for (let i = 0; i < dimensions; i++) {
    const distance = next[to + i] - (cx * x[from + i] + cv * v[own + i]);
    squares += distance * distance;
  }
  const exponent = -squares / (2 * std * std);
  return Math.fround(
    reduction === 'sum' ? exponent + dimensions * normalizer : exponent / dimensions + normalizer,
  );
}

/** Grows the children of `rows` nodes. A step without noise gives log-prob 0, and equal children. */
export function samplerStep(input: SamplerStepInput, out: SamplerStepOutput): void {
  const { parents, velocities, childKeys, parentKeys, childrenPerParent, step } = input;
  const { reduction, dimensions } = input;
  const { cx, cv, std } = step;
  const { latents, logProbs } = out;
  const rows = parents.length / dimensions;
  const split = childrenPerParent > 1;
  const weights = split ? branchWeights(input.branchIndependence) : { shared: 0, own: 1 };
  const shared = new Float32Array(dimensions);
  const own = new Float32Array(dimensions);
  const normalizer = std > 0 ? logNormalizer(std) : 0;
  for (let row = 0, child = 0; row < rows; row++) {
    const from = row * dimensions;
    if (std > 0 && weights.shared > 0) {
      const { shared: stream } = NOISE_STREAM;
      normals(parentKeys[row * 2], parentKeys[row * 2 + 1], stream, dimensions, shared, 0);
    }
    for (let k = 0; k < childrenPerParent; k++, child++) {
      const to = child * dimensions;
      if (std > 0) {
        normals(
          childKeys[child * 2],
          childKeys[child * 2 + 1],
          NOISE_STREAM.own,
          dimensions,
          own,
          0,
        );
        for (let i = 0; i < dimensions; i++) {
          const mean = cx * parents[from + i] + cv * velocities[from + i];
          latents[to + i] = mean + std * (weights.shared * shared[i] + weights.own * own[i]);
        }
        const edge = { next: latents, to, x: parents, from, v: velocities, own: from };
        logProbs[child] = edgeLogProb({ ...edge, dimensions, step, normalizer, reduction });
      } else {
        for (let i = 0; i < dimensions; i++) {
          latents[to + i] = cx * parents[from + i] + cv * velocities[from + i];
        }
        logProbs[child] = 0;
      }
    }
  }
}
