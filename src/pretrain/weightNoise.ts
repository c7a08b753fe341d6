/** Initial weights from a seed. */
import { streams } from '../core/streams';
import { NOISE_STREAM, normals, threefry2x32 } from '../kernels/noise/noise.twin';

/** A normal number for every index, by seed. */
export function weightNoise(seed: number): (index: number) => number {
  const out = new Float32Array(1);
  return (index) => {
    const [key0, key1] = threefry2x32(seed, streams.initialWeights, index, 0);
    normals(key0, key1, NOISE_STREAM.own, 1, out, 0);
    return out[0];
  };
}
