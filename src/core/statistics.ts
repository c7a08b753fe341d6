/**
 * Mean, spread and confidence interval of a few measured values, such as one figure per seed.
 *
 * The 95 % interval of the mean is Student's: mean ± t(n − 1)·s/√n with s² = Σ(x − mean)²/(n − 1) (Student, "The
 * probable error of a mean", Biometrika 1908). It assumes roughly normal values; nothing else is estimated.
 */

/** 97.5 % quantile of Student's t for 1 … 30 degrees of freedom. */
const quantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788,
  2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639,
  2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/**
 * 97.5 % quantile of Student's t, so that ± it holds 95 %, within 5·10⁻⁵. Beyond 30 degrees of freedom the first terms
 * of the Cornish–Fisher expansion about the normal quantile z (Abramowitz and Stegun 26.7.5):
 * t ≈ z + (z³+z)/(4n) + (5z⁵+16z³+3z)/(96n²) + (3z⁷+19z⁵+17z³−15z)/(384n³).
 */
export function studentQuantile(degreesOfFreedom: number): number {
  if (degreesOfFreedom <= quantiles.length) return quantiles[degreesOfFreedom - 1];
  const n = degreesOfFreedom;
  const z = 1.959964;
  const z2 = z * z;
  const first = (z2 + 1) / (4 * n);
  const second = ((5 * z2 + 16) * z2 + 3) / (96 * n * n);
  const third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n * n * n);
  return z * (1 + first + second + third);
}

export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation (n − 1); NaN for a single value. */
  readonly standardDeviation: number;
  readonly min: number;
  readonly max: number;
  /** 95 % confidence interval of the mean; NaN bounds for a single value. */
  readonly low: number;
  readonly high: number;
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Everything a table row says about `values`. Without values every figure is NaN. */
export function summarise(values: readonly number[]): Summary {
  const count = values.length;
  const centre = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - centre) * (x - centre), 0);
  const standardDeviation = count > 1 ? Math.sqrt(squares / (count - 1)) : NaN;
  const half = (studentQuantile(count - 1) * standardDeviation) / Math.sqrt(count);
  return {
    count,
    mean: centre,
    standardDeviation,
    min: count > 0 ? Math.min(...values) : NaN,
    max: count > 0 ? Math.max(...values) : NaN,
    low: centre - half,
    high: centre + half,
  };
}
