/**
 * AdamW with global-norm clipping on flat vectors; CPU twin of adamw.wgsl.
 *
 *   g ← g·min(1, limit/‖g‖);  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²
 *   w ← (1 − ηλ)·w − η·m̂/(√v̂ + ε),  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
 *
 * (Loshchilov & Hutter 2019, 1711.05101, algorithm 2). βᵗ by repeated squaring, so only + − × ÷ √ are used and the
 * result is the same in every JavaScript engine. A gradient that is not finite changes nothing.
 */
import type { OptimizerSettings } from '../../core/objective';

export interface AdamwInput {
  /** Changed in place, as are the moments. */
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Steps taken before this one. */
  readonly updates: number;
  readonly settings: OptimizerSettings;
}

export interface AdamwResult {
  /** Global norm before clipping; NaN or Infinity when the step was refused. */
  readonly gradientNorm: number;
  /** False: the norm was not finite, and nothing was changed. */
  readonly applied: boolean;
}

/** base^exponent for a whole exponent ≥ 0, by repeated squaring. */
export function wholePower(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** √Σ g², in four sums side by side: one alone waits for each of its own additions. */
export function globalNorm(gradients: Float32Array): number {
  const { length } = gradients;
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < length; i += 4) {
    a += gradients[i] * gradients[i];
    b += gradients[i + 1] * gradients[i + 1];
    c += gradients[i + 2] * gradients[i + 2];
    d += gradients[i + 3] * gradients[i + 3];
  }
  for (; i < length; i++) a += gradients[i] * gradients[i];
  return Math.sqrt(a + b + (c + d));
}

/** Adds `source` to `target`: gradients of micro-batches. */
export function accumulate(target: Float32Array, source: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i] += source[i];
}

/** One optimiser step in place. */
export function adamw(input: AdamwInput): AdamwResult {
  const { weights, gradients, firstMoment, secondMoment, updates, settings } = input;
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradientNorm } = settings;
  const gradientNorm = globalNorm(gradients);
  if (!Number.isFinite(gradientNorm)) return { gradientNorm, applied: false };
  const scale = gradientNorm > maxGradientNorm ? maxGradientNorm / gradientNorm : 1;
  const rate = learningRate / (1 - wholePower(beta1, updates + 1));
  const rootCorrection = Math.sqrt(1 / (1 - wholePower(beta2, updates + 1)));
  const addFirst = (1 - beta1) * scale;
  const addSecond = (1 - beta2) * scale * scale;
  const keep = 1 - learningRate * weightDecay;
  const { length } = weights;
  for (let i = 0; i < length; i++) {
    const g = gradients[i];
    const m = beta1 * firstMoment[i] + addFirst * g;
    const v = beta2 * secondMoment[i] + addSecond * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    weights[i] = keep * weights[i] - (rate * m) / (rootCorrection * Math.sqrt(v) + epsilon);
  }
  return { gradientNorm, applied: true };
}
