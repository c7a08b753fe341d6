/**
 * What settings mean for an iteration: the forest that it grows and the sampler steps that grow it. The plan is made
 * anew for each iteration and recorded with its trees, so that a window of noisy steps may move, or a tree adapt, without
 * any reader of a journal knowing the rule.
 */
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import type { SamplerStep } from '../core/sampler';
import type { TreeShape } from '../core/tree';
import type { Settings } from './properties';

export interface IterationPlan {
  readonly shape: TreeShape;
  /** Steps that get the sampler's noise and whose edges are trained, ascending. */
  readonly stochasticSteps: readonly number[];
}

/**
 * The plan of an iteration; so far of every one alike. The last step is always deterministic: noise that is decoded would
 * be noise in the sample (docs/methods.md §2.3).
 */
export function iterationPlan(settings: Settings, _iteration: number): IterationPlan {
  const { trees, roots, branchingFactor, splitSteps, steps } = settings;
  const everyStep = Array.from({ length: steps - 1 }, (_, step) => step);
  const stochasticSteps =
    settings.stochasticSteps === 'all-but-last'
      ? everyStep
      : everyStep.filter((step) => splitSteps.includes(step));
  return { shape: { trees, roots, branchingFactor, splitSteps, steps }, stochasticSteps };
}

/** The sampler steps of a planned rollout, as many as its shape has. */
export function plannedSteps(
  { sampler, noise, shift }: Settings,
  { shape, stochasticSteps }: IterationPlan,
): SamplerStep[] {
  const isStochastic = (step: number): boolean => stochasticSteps.includes(step);
  return samplerSteps(sampler, noise, sigmaSchedule(shape.steps, shift), isStochastic);
}

/** Whether deterministic steps, too, are held to the reference. */
export const holdsAllSteps = ({ referenceSteps, referenceWeight }: Settings): boolean =>
  referenceSteps === 'all' && referenceWeight > 0;
