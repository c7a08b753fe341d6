/**
 * Flow matching: what a policy learns before any reward (Lipman et al. 2210.02747; straight paths as in Liu et al.
 * 2209.03003).
 *
 *   x_t = (1 − t)·x0 + t·ε,   L = 1/(N·D)·Σ |v(x_t, t) − (ε − x0)|²,   ∂L/∂v = 2·(v − (ε − x0))/(N·D)
 *
 * t is uniform on (0, 1) and stratified: the i-th sample of a batch draws from (i/N, (i+1)/N), which leaves the loss
 * unbiased and makes it less noisy. ε and t are counter-based noise, so a batch is a function of (seed, step).
 */
import { NOISE_STREAM, normals, sampleKeys, threefry2x32 } from '../kernels/noise/noise.twin';

export interface FlowBatch {
  readonly size: number;
  /** x_t [N, D] */
  readonly x: Float32Array;
  /** [N] */
  readonly t: Float32Array;
  /** ε − x0 [N, D] */
  readonly target: Float32Array;
}

const FLOW_STREAM = 0x666c6f77;
const TIME = 0x74696d65;

/** Noises `data` [N, D] for one training step. */
export function flowBatch(data: Float32Array, size: number, seed: number): FlowBatch {
  const dimensions = data.length / size;
  const keys = sampleKeys(seed, FLOW_STREAM, size);
  const x = new Float32Array(data.length);
  const t = new Float32Array(size);
  const target = new Float32Array(data.length);
  const noise = new Float32Array(dimensions);
  for (let i = 0; i < size; i++) {
    const [key0, key1] = keys.subarray(i * 2, i * 2 + 2);
    const [word] = threefry2x32(key0, key1, 0, TIME);
    t[i] = (i + ((word >>> 8) + 0.5) / 0x1000000) / size;
    normals(key0, key1, NOISE_STREAM.own, dimensions, noise, 0);
    for (let d = 0; d < dimensions; d++) {
      const at = i * dimensions + d;
      x[at] = (1 - t[i]) * data[at] + t[i] * noise[d];
      target[at] = noise[d] - data[at];
    }
  }
  return { size, x, t, target };
}

/** The loss of velocities `v` [N, D]; writes ∂L/∂v over `dv`. */
export function flowMatchingLoss(v: Float32Array, target: Float32Array, dv: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < v.length; i++) {
    const difference = v[i] - target[i];
    squares += difference * difference;
    dv[i] = (2 * difference) / v.length;
  }
  return squares / v.length;
}
