/** How far the policy in the worker has come, for what is measured of it beside the run. */
import { counted } from '../view/format';
import type { Studio } from './studio.svelte';

/** "Base" or "After 12 iterations". */
export function policyAge({ journal, trained }: Pick<Studio, 'journal' | 'trained'>): string {
  const { firstIteration, iterationCount } = journal;
  if (!trained && firstIteration === 0) return 'Base';
  return `After ${counted(firstIteration + iterationCount, 'iteration', 'iterations')}`;
}
