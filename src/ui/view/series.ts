/** Reading the curves of a run at a position. */
import type { Journal, Series } from '../../journal/journal';

/** Value of a series at the last iteration up to `iteration`, or NaN. */
export function valueUpTo({ x, y }: Series, iteration: number): number {
  for (let i = x.length - 1; i >= 0; i--) if (x[i] <= iteration) return y[i];
  return NaN;
}

/** Whether a run has changed any weight. */
export const hasLearned = (journal: Journal): boolean =>
  journal.series('gradientNorm').x.length > 0;
