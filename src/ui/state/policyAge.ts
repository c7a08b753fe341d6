/** How far the policy in the worker has come, for what is measured of it beside the run. */
import { say } from '../../content/page';
import type { Journal } from '../../journal/journal';
import { counted } from '../view/format';
import { hasLearned } from '../view/series';

/** "Base" or "After 12 iterations". */
export function policyAge(journal: Journal): string {
  const { firstIteration, iterationCount } = journal;
  if (!hasLearned(journal) && firstIteration === 0) return say('age.base');
  const iterations = counted(firstIteration + iterationCount, 'iterations');
  return say('age.after', { iterations });
}
