/**
 * From advantages to dL/dv: the PPO-clip loss of every trained edge, differentiated by the velocity of its parent.
 * Siblings share their parent's velocity, so their gradients are summed and one network backward serves them all.
 * CPU twin of policyGradient.wgsl.
 *
 *   L = Σ_e w_e·[max(−A_e·ρ_e, −A_e·clip(ρ_e, 1−c, 1+c)) + β·R_e],   ρ = exp(logProb_new − logProb_old)
 *   ∂logProb/∂v = (x'−μ)·c_v/std² (divided by D for the mean form)
 *   R = ½κ²·Σ_D (v − v_ref)², κ² = c_v²/std² (divided by D for the mean form)  or  Σ_D (v − v_ref)²
 *   (docs/methods.md §3.2–3.4)
 *
 * An edge is trained when its weight is not 0 and its step has noise. One with a weight after a deterministic step only
 * has its reference term, with the κ² that the step would have with noise. All others contribute nothing.
 */
import { exp } from '../../core/math';
import type { SamplerStep } from '../../core/sampler';
import type { Objective, Reduction } from '../../core/objective';
import { ROW } from '../../core/objective';
import { edgeLogProb, logNormalizer } from '../sampler_step/samplerStep.twin';

/** log ρ is held within ±LOG_RATIO_LIMIT, so that a ratio is a finite float32 on every tier. */
export const LOG_RATIO_LIMIT = 30;

export interface PolicyGradientInput {
  /** Int32 [n, 4], see ROW. */
  readonly rows: Int32Array;
  /** Velocities of the current weights at the rows' parents [n, D]. */
  readonly velocities: Float32Array;
  /** Velocities of the reference weights at the rows' parents [n, D]. */
  readonly references: Float32Array;
  /** Latents of all nodes [nodes, D]. */
  readonly latents: Float32Array;
  /** Log-probs of the rollout [nodes]. */
  readonly logProbs: Float32Array;
  /** [nodes] */
  readonly advantages: Float32Array;
  /** [nodes] */
  readonly edgeWeights: Float32Array;
  readonly steps: readonly SamplerStep[];
  readonly reduction: Reduction;
  readonly objective: Objective;
  /** D. */
  readonly dimensions: number;
}

/** Totals over trained edges; sums can go on over micro-batches. */
export interface PolicyGradientTotals {
  /** Σ w·(clipped loss). */
  policyLoss: number;
  /** Σ w·R, without β. */
  referenceLoss: number;
  ratioSum: number;
  /** Largest |ρ − 1|. */
  ratioDeviation: number;
  /** Edges whose policy gradient the clip removed. */
  clipped: number;
  /** Trained edges. */
  edges: number;
  /** True when a loss or a gradient was NaN or infinite. */
  nonFinite: boolean;
}

export interface PolicyGradientOutput {
  /** dL/dv [n, D], overwritten. */
  readonly dv: Float32Array;
  /** Added to. */
  readonly statistics: PolicyGradientTotals;
}

export const emptyTotals = (): PolicyGradientTotals => ({
  policyLoss: 0,
  referenceLoss: 0,
  ratioSum: 0,
  ratioDeviation: 0,
  clipped: 0,
  edges: 0,
  nonFinite: false,
});

/** e^logRatio with the logarithm held within its limit; NaN stays NaN. */
export function boundedRatio(logRatio: number): number {
  if (logRatio > LOG_RATIO_LIMIT) return exp(LOG_RATIO_LIMIT);
  return logRatio < -LOG_RATIO_LIMIT ? exp(-LOG_RATIO_LIMIT) : exp(logRatio);
}

/** dR/dv = factor·(v − v_ref); R = ½·factor·Σ(v − v_ref)². `perDimension` is D for the mean form and 1 for the sum. */
export function referenceFactor(
  term: Objective['referenceTerm'],
  step: SamplerStep,
  perDimension: number,
): number {
  return term === 'velocity' ? 2 : step.klFactor / perDimension;
}

/** Adds one row's gradient to `dv` and its edges to the totals. */
function differentiateRow(
  input: PolicyGradientInput,
  out: PolicyGradientOutput,
  row: number,
  normalizers: Float64Array,
): void {
  const { rows, velocities, references, latents, reduction, objective, dimensions } = input;
  const { dv, statistics } = out;
  const { clip, referenceWeight, referenceTerm } = objective;
  const at = row * ROW.width;
  const stepIndex = rows[at + ROW.step];
  const step = input.steps[stepIndex];
  const [from, own] = [rows[at + ROW.node] * dimensions, row * dimensions];
  const perDimension = reduction === 'mean' ? dimensions : 1;
  const scale = step.cv / (step.std * step.std) / perDimension;
  const firstChild = rows[at + ROW.firstChild];
  let weightSum = 0;
  for (let child = firstChild; child < firstChild + rows[at + ROW.childCount]; child++) {
    const weight = input.edgeWeights[child];
    if (weight === 0) continue;
    weightSum += weight;
    if (!(step.std > 0)) continue;
    const to = child * dimensions;
    const edge = { next: latents, to, x: latents, from, v: velocities, own };
    const normalizer = normalizers[stepIndex];
    const logProb = edgeLogProb({ ...edge, dimensions, step, normalizer, reduction });
    const ratio = boundedRatio(logProb - input.logProbs[child]);
    const advantage = input.advantages[child];
    const clippedRatio = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
    const clipped = -advantage * clippedRatio > -advantage * ratio;
    statistics.policyLoss += weight * -advantage * (clipped ? clippedRatio : ratio);
    statistics.ratioSum += ratio;
    statistics.ratioDeviation = Math.max(statistics.ratioDeviation, Math.abs(ratio - 1));
    statistics.edges += 1;
    if (clipped) statistics.clipped += 1;
    const factor = clipped ? 0 : -advantage * ratio * weight * scale;
    for (let i = 0; i < dimensions; i++) {
      const mean = step.cx * latents[from + i] + step.cv * velocities[own + i];
      dv[own + i] += factor * (latents[to + i] - mean);
    }
  }
  if (weightSum === 0) return;
  const factor = referenceFactor(referenceTerm, step, perDimension);
  let squares = 0;
  for (let i = 0; i < dimensions; i++) {
    const difference = velocities[own + i] - references[own + i];
    squares += difference * difference;
    dv[own + i] += referenceWeight * weightSum * factor * difference;
  }
  statistics.referenceLoss += weightSum * 0.5 * factor * squares;
}

/** Writes dL/dv of every row and adds to the statistics. */
export function policyGradient(input: PolicyGradientInput, out: PolicyGradientOutput): void {
  const { dv, statistics } = out;
  const normalizers = Float64Array.from(input.steps, ({ std }) =>
    std > 0 ? logNormalizer(std) : 0,
  );
  dv.fill(0);
  const count = input.rows.length / ROW.width;
  for (let row = 0; row < count; row++) differentiateRow(input, out, row, normalizers);
  let sum = statistics.policyLoss + statistics.referenceLoss + statistics.ratioSum;
  for (let i = 0; i < dv.length; i++) sum += Math.abs(dv[i]);
  if (!Number.isFinite(sum)) statistics.nonFinite = true;
}
