/**
 * Medians and ratios. Engines take turns in rounds, so two engines are compared by the median over rounds of the ratio
 * within a round: a machine that slows down for a while slows both.
 */

/** The middle value, or the mean of the two middle ones; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many times longer `other` takes than `ours`: the median of other[i]/ours[i] over the rounds both have. */
export function pairedRatio(ours: readonly number[], other: readonly number[]): number {
  const rounds = Math.min(ours.length, other.length);
  return median(Array.from({ length: rounds }, (_, i) => other[i] / ours[i]));
}

/** Half the distance between the quartiles, relative to the median: how much a number may be trusted. */
export function relativeSpread(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.round(q * (sorted.length - 1))];
  return (at(0.75) - at(0.25)) / 2 / median(values);
}

/** max |a − b| / max |b|: the error of one tensor; Infinity where `actual` is of another length or not finite. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(actual[i])) return Infinity;
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return difference === 0 ? 0 : difference / scale;
}

export interface WorstError {
  readonly error: number;
  readonly tensor: string;
}

/** The largest relative error among the tensors of `expected`; a tensor that is missing counts as Infinity. */
export function worstError(
  actual: Readonly<Record<string, Float32Array>>,
  expected: Readonly<Record<string, Float32Array>>,
): WorstError {
  let worst: WorstError = { error: 0, tensor: '' };
  for (const [tensor, values] of Object.entries(expected)) {
    const error = relativeError(actual[tensor] ?? new Float32Array(0), values);
    if (!(error <= worst.error)) worst = { error, tensor };
  }
  return worst;
}
