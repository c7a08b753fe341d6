/** What AdamW is told in an iteration. */
import type { Settings } from '../config/properties';
import type { OptimizerSettings } from '../core/objective';

/** AdamW's moments (docs/methods.md §3.7); its learning rate and bounds are settings. */
const moments = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

/** The learning rate falls evenly from the setting's value, to its share 1 − decay at the end of the run. */
export function optimizerSettings(settings: Settings, iteration: number): OptimizerSettings {
  const { learningRateDecay, iterations, weightDecay, maxGradientNorm } = settings;
  const learningRate = settings.learningRate * (1 - (learningRateDecay * iteration) / iterations);
  return { ...moments, learningRate, weightDecay, maxGradientNorm };
}
