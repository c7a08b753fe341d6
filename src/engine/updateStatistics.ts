/** What an engine reports of an update, from the sums over its edges. */
import type { PolicyGradientTotals } from '../kernels/policy_gradient/policyGradient.twin';
import type { UpdateStatistics } from './engine';

/** What the update cost, and the norm of its gradient. */
export type UpdateWork = Pick<
  UpdateStatistics,
  'gradientNorm' | 'gradientEvaluations' | 'forwardEvaluations'
>;

/** Sums become means over the trained edges; an update of none has a mean of 0. */
export function updateStatistics(
  { policyLoss, referenceLoss, ratioSum, ratioDeviation, clipped, edges }: PolicyGradientTotals,
  work: UpdateWork,
): UpdateStatistics {
  const count = Math.max(1, edges);
  return {
    policyLoss,
    referenceLoss,
    ratioMean: ratioSum / count,
    ratioDeviation,
    clipFraction: clipped / count,
    ...work,
  };
}
