/**
 * Flow matching: what a policy learns before any reward (Lipman et al. 2210.02747; straight paths as in Liu et al.
 * 2209.03003).
 *
 *   x_t = (1 − t)·x0 + t·ε,   L = 1/(N·D)·Σ w(t)·|v(x_t, t) − u|²,   ∂L/∂v = 2·w(t)·(v − u)/(N·D)
 *
 * With v-prediction u = ε − x0 and w = 1. With x0-prediction the network's v is (x_t − x̂0)/m, m = max(t, .05), and the
 * loss is |x̂0 − x0|²: the same form with u = (x_t − x0)/m and w = m² (docs/scenes.md §1.1).
 *
 * t is uniform on (0, 1) and stratified: the i-th sample of a batch draws from (i/N, (i+1)/N), which leaves the loss
 * unbiased and makes it less noisy. ε and t are counter-based noise, so a batch is a function of (seed, step).
 */
import { streams } from '../core/streams';
import { NOISE_STREAM, normals, sampleKeys, threefry2x32 } from '../kernels/noise/noise.twin';
import { SMALLEST_TIME } from '../onnx/passes/velocity';

/** Points on paths from data to noise, with the velocity each should have. */
export interface FlowBatch {
  readonly size: number;
  /** x_t [N, D] */
  readonly x: Float32Array;
  /** [N] */
  readonly t: Float32Array;
  /** [N, C], or null without conditions. */
  readonly cond: Float32Array | null;
  /** u [N, D] */
  readonly target: Float32Array;
  /** w(t) [N], or null where it is 1. */
  readonly weight: Float32Array | null;
}

/** Both ends of straight paths. */
export interface PathEnds {
  readonly size: number;
  /** x0 [N, D] */
  readonly data: Float32Array;
  /** ε [N, D] */
  readonly noise: Float32Array;
  /** [N, C], or null without conditions. */
  readonly cond: Float32Array | null;
}

const TIME = 0x74696d65;

/** What the network predicts inside; decides u and w. */
type Prediction = 'v' | 'x0';

export interface BatchOptions {
  readonly prediction: Prediction;
  /** Shift of the times. */
  readonly timeShift: number;
}

const plain: BatchOptions = { prediction: 'v', timeShift: 1 };

/** Standard normal numbers [N, D], independent of each other and of the times of the same seed. */
export function drawNoise(size: number, dimensions: number, seed: number): Float32Array {
  const keys = sampleKeys(seed, streams.flowMatching, size);
  const noise = new Float32Array(size * dimensions);
  const row = new Float32Array(dimensions);
  for (let i = 0; i < size; i++) {
    normals(keys[i * 2], keys[i * 2 + 1], NOISE_STREAM.own, dimensions, row, 0);
    noise.set(row, i * dimensions);
  }
  return noise;
}

/**
 * Times [N] of a batch, stratified: the i-th is drawn from (i/N, (i+1)/N).
 * @param shift t' = k·t/(1 + (k − 1)·t) puts more of the batch at high noise for k > 1
 */
export function drawTimes(size: number, seed: number, shift = 1): Float32Array {
  const keys = sampleKeys(seed, streams.flowMatching, size);
  return Float32Array.from({ length: size }, (_, i) => {
    const [word] = threefry2x32(keys[i * 2], keys[i * 2 + 1], 0, TIME);
    const uniform = (i + ((word >>> 8) + 0.5) / 0x1000000) / size;
    return (shift * uniform) / (1 + (shift - 1) * uniform);
  });
}

/** The point of every path at its time `t` [N]. */
export function onPaths(
  { size, data, noise, cond }: PathEnds,
  t: Float32Array,
  prediction: Prediction,
): FlowBatch {
  const dimensions = data.length / size;
  const x = new Float32Array(data.length);
  const target = new Float32Array(data.length);
  const weight = prediction === 'x0' ? new Float32Array(size) : null;
  for (let i = 0; i < size; i++) {
    const divisor = Math.max(t[i], SMALLEST_TIME);
    if (weight) weight[i] = divisor * divisor;
    for (let d = i * dimensions; d < (i + 1) * dimensions; d++) {
      x[d] = (1 - t[i]) * data[d] + t[i] * noise[d];
      target[d] = weight ? (x[d] - data[d]) / divisor : noise[d] - data[d];
    }
  }
  return { size, x, t, cond, target, weight };
}

/** Noises `data` [N, D] for one training step. */
export function flowBatch(
  data: Float32Array,
  size: number,
  seed: number,
  options = plain,
  cond: Float32Array | null = null,
): FlowBatch {
  const noise = drawNoise(size, data.length / size, seed);
  const t = drawTimes(size, seed, options.timeShift);
  return onPaths({ size, data, noise, cond }, t, options.prediction);
}

/** The unweighted loss of velocities `v` [N, D]; writes ∂L/∂v over `dv`. */
export function flowMatchingLoss(v: Float32Array, target: Float32Array, dv: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < v.length; i++) {
    const difference = v[i] - target[i];
    squares += difference * difference;
    dv[i] = (2 * difference) / v.length;
  }
  return squares / v.length;
}

/** The loss of velocities `v` [N, D] with the batch's weights. */
export function weightedLoss(v: Float32Array, { size, target, weight }: FlowBatch): number {
  const dimensions = v.length / size;
  let squares = 0;
  for (let i = 0; i < v.length; i++) {
    const difference = v[i] - target[i];
    squares += (weight ? weight[Math.floor(i / dimensions)] : 1) * difference * difference;
  }
  return squares / v.length;
}
