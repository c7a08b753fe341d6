/**
 * What one optimiser step minimises and how, in the words that the kernels, their CPU twins and the engines share
 * (docs/methods.md §3).
 */

/** Log-probs are summed over the D dimensions of a sample or averaged (docs/methods.md §3.5). */
export const reductions = ['sum', 'mean'] as const;

export type Reduction = (typeof reductions)[number];

/**
 * 'kl': the exact Gaussian KL of the step, ½κ²‖v − v_ref‖², reduced over D as the log-probs are (summed, or averaged so
 * that both shrink alike); 'velocity': ‖v − v_ref‖² summed over D (docs/methods.md §3.4).
 */
export const referenceTerms = ['kl', 'velocity'] as const;

/** Which weights are trained: all, those of the transformer blocks, or low-rank changes of the blocks (LoRA). */
export const weightChoices = ['all', 'blocks', 'lora'] as const;

export type TrainedWeights = (typeof weightChoices)[number];

/** Columns of a training row [rows, 4]: parent node, its first child, number of children, sampler step. */
export const ROW = { node: 0, firstChild: 1, childCount: 2, step: 3, width: 4 } as const;

export interface Objective {
  /** Clip width c of the ratio; Infinity switches clipping off. */
  readonly clip: number;
  /** β, weight of the reference term; 0 still measures it. */
  readonly referenceWeight: number;
  readonly referenceTerm: (typeof referenceTerms)[number];
}

export interface OptimizerSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Global-norm clipping threshold; Infinity switches it off. */
  readonly maxGradientNorm: number;
}
