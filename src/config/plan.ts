/** What settings mean for a rollout: the forest that it grows and the sampler steps that grow it. */
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import type { SamplerStep } from '../core/sampler';
import type { TreeShape } from '../core/tree';
import type { Settings } from './properties';

/** The forest that one iteration grows. */
export function treeShape(settings: Settings): TreeShape {
  const { trees, roots, branchingFactor, splitSteps, steps } = settings;
  return { trees, roots, branchingFactor, splitSteps, steps };
}

/** Whether deterministic steps, too, are held to the reference. */
export const holdsAllSteps = ({ referenceSteps, referenceWeight }: Settings): boolean =>
  referenceSteps === 'all' && referenceWeight > 0;

/**
 * The sampler steps of a rollout. The last step is always deterministic: noise that is decoded would be noise in the
 * sample (algorithms.md §1.5).
 */
export function trainingSteps(settings: Settings): SamplerStep[] {
  const { sampler, noise, steps, shift, stochasticSteps, splitSteps } = settings;
  const isStochastic = (step: number): boolean =>
    step < steps - 1 && (stochasticSteps === 'all-but-last' || splitSteps.includes(step));
  return samplerSteps(sampler, noise, sigmaSchedule(steps, shift), isStochastic);
}
