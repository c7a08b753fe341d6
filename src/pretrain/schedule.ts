/** How the learning rate and the averaged weights move while a policy is made. Pure; no state of their own. */

export interface LearningRateSchedule {
  readonly peak: number;
  /** Steps of linear rise at the beginning. */
  readonly warmUp: number;
  /** Steps in all. */
  readonly steps: number;
  /** Share of the steps before the rate starts to fall; 0 when left out. */
  readonly hold?: number;
  /** Share of the peak to which the rate falls in a straight line at the end; 0 when left out. */
  readonly floor?: number;
}

/** Learning rate of a step 0 … steps − 1; never 0. */
export function learningRateAt(
  step: number,
  { peak, warmUp, steps, hold = 0, floor = 0 }: LearningRateSchedule,
): number {
  const fallen = Math.max(0, step / steps - hold) / (1 - hold);
  return peak * Math.min(1, (step + 1) / warmUp) * (1 - (1 - floor) * fallen);
}

/** Exponential moving average in place: average ← decay·average + (1 − decay)·weights. */
export function updateAverage(average: Float32Array, weights: Float32Array, decay: number): void {
  for (let i = 0; i < average.length; i++) average[i] += (1 - decay) * (weights[i] - average[i]);
}
