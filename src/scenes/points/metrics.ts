/**
 * Figures taken on points.
 *
 *   mmd2     Σ_{i≠j} k(x_i, x_j)/(n(n−1)) + Σ_{i≠j} k(y_i, y_j)/(m(m−1)) − 2 Σ_{i,j} k(x_i, y_j)/(nm),
 *            the unbiased estimate of the squared maximum mean discrepancy (Gretton et al. 2012, eq. 3), where
 *            k(x, y) is the mean of exp(−|x−y|²/(2σ²)) over σ = .25, .5, 1, 2
 *   entropy  −Σ p ln p over 32 × 32 bins on [−4, 4]²
 *   modes    parts of the data that hold at least 2 % of the samples
 *   onData   share of samples within the cloud's tolerance of its noise-free shape
 */
import { say } from '../../content';
import { exp, log } from '../../core/math';
import type { Metric } from '../scene';
import type { PointCloud } from './data';

const TABLE_STEP = 1 / 64;
/** e^−u for u = 0, 1/64, … 40. */
const table = Float64Array.from({ length: 40 * 64 + 1 }, (_, i) => exp(-i * TABLE_STEP));

/** e^−u for u ≥ 0, to a relative 1e−11; 0 beyond u = 40. */
function decay(u: number): number {
  const i = Math.floor(u * 64);
  if (i >= table.length) return 0;
  const r = u - i * TABLE_STEP;
  return table[i] * (1 - r * (1 - (r / 2) * (1 - (r / 3) * (1 - r / 4))));
}

/** Mean of the four kernels; σ = 1, .5 and .25 are powers 4, 16 and 64 of σ = 2. */
function kernel(squaredDistance: number): number {
  const wide = decay(squaredDistance / 8);
  const wide2 = wide * wide;
  const one = wide2 * wide2;
  const one2 = one * one;
  const half = one2 * one2;
  const half2 = half * half;
  const quarter = half2 * half2;
  return (quarter + half + one + wide) / 4;
}

/** Sum of the kernel over all pairs of the first `n` points of `a` with the first `m` of `b`. */
function pairSum(a: Float32Array, n: number, b: Float32Array, m: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const x = a[i * 2];
    const y = a[i * 2 + 1];
    for (let j = 0; j < m; j++) {
      const dx = x - b[j * 2];
      const dy = y - b[j * 2 + 1];
      sum += kernel(dx * dx + dy * dy);
    }
  }
  return sum;
}

/** Sum of the kernel over unordered pairs of different points among the first `n`. */
function innerSum(a: Float32Array, n: number): number {
  let sum = 0;
  for (let i = 1; i < n; i++) {
    const x = a[i * 2];
    const y = a[i * 2 + 1];
    for (let j = 0; j < i; j++) {
      const dx = x - a[j * 2];
      const dy = y - a[j * 2 + 1];
      sum += kernel(dx * dx + dy * dy);
    }
  }
  return sum;
}

/** At most this many points of each side enter the MMD², which costs a kernel per pair. */
export const MMD_POINTS = 1000;

/** Unbiased MMD² of two point sets [n, 2] and [m, 2] (their first `MMD_POINTS`); may be slightly negative. */
export function mmdSquared(samples: Float32Array, data: Float32Array): number {
  const n = Math.min(samples.length / 2, MMD_POINTS);
  const m = Math.min(data.length / 2, MMD_POINTS);
  const within =
    (2 * innerSum(samples, n)) / (n * (n - 1)) + (2 * innerSum(data, m)) / (m * (m - 1));
  return within - (2 * pairSum(samples, n, data, m)) / (n * m);
}

const BINS = 32;
const EXTENT = 4;

/** Entropy of the binned points in nats; points beyond the square count in its outermost bins. */
export function binnedEntropy(samples: Float32Array): number {
  const counts = new Float64Array(BINS * BINS);
  const bin = (value: number): number => {
    const cell = Math.floor(((value + EXTENT) / (2 * EXTENT)) * BINS);
    return Math.min(Math.max(cell, 0), BINS - 1);
  };
  const total = samples.length / 2;
  for (let i = 0; i < total; i++) counts[bin(samples[i * 2 + 1]) * BINS + bin(samples[i * 2])]++;
  let entropy = 0;
  for (const count of counts) {
    if (count > 0) entropy -= (count / total) * log(count / total);
  }
  return entropy;
}

/** A part of the data counts as kept when it holds at least this share of the samples (an even share is 12.5 %). */
export const MODE_SHARE = 0.02;

/** Share of samples on the data, and how many of its parts are kept. */
export function coverage(
  cloud: PointCloud,
  samples: Float32Array,
): { onData: number; modes: number } {
  const total = samples.length / 2;
  const held = new Float64Array(cloud.parts);
  for (let i = 0; i < total; i++) {
    const { distance, part } = cloud.place(samples[i * 2], samples[i * 2 + 1]);
    if (distance <= cloud.tolerance) held[part]++;
  }
  return {
    onData: held.reduce((a, b) => a + b, 0) / total,
    modes: held.filter((count) => count >= MODE_SHARE * total).length,
  };
}

/** The metrics of a cloud. `parts` says what its eight parts are, `shape` what distance is measured from. */
export function pointMetrics(cloud: PointCloud, parts: string, shape: string): Metric[] {
  return [
    {
      name: 'mmd2',
      title: say('metric.mmd2.title'),
      summary: say('metric.mmd2.summary', { points: MMD_POINTS }),
      measure: mmdSquared,
    },
    {
      name: 'entropy',
      title: say('metric.entropy.title'),
      summary: say('metric.entropy.summary'),
      measure: binnedEntropy,
    },
    {
      name: 'modes',
      title: say('metric.modes.title'),
      summary: say('metric.modes.summary', { parts, percent: MODE_SHARE * 100 }),
      measure: (samples) => coverage(cloud, samples).modes,
    },
    {
      name: 'onData',
      title: say('metric.onData.title'),
      summary: say('metric.onData.summary', { distance: cloud.tolerance, shape }),
      measure: (samples) => coverage(cloud, samples).onData,
    },
  ];
}
