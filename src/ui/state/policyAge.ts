/** How far the policy in the worker has come, for what is measured of it beside the run. */
import type { Journal } from '../../journal/journal';
import { counted } from '../view/format';
import { hasLearned } from '../view/series';

/** "Base" or "After 12 iterations". */
export function policyAge(journal: Journal): string {
  const { firstIteration, iterationCount } = journal;
  if (!hasLearned(journal) && firstIteration === 0) return 'Base';
  return `After ${counted(firstIteration + iterationCount, 'iteration', 'iterations')}`;
}
