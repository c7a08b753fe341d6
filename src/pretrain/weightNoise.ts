/** Initial weights from a seed. */
import { NOISE_STREAM, normals, threefry2x32 } from '../kernels/noise/noise.twin';

const WEIGHT_STREAM = 0x77656967;

/** A normal number for every index, by seed. */
export function weightNoise(seed: number): (index: number) => number {
  const out = new Float32Array(1);
  return (index) => {
    const [key0, key1] = threefry2x32(seed, WEIGHT_STREAM, index, 0);
    normals(key0, key1, NOISE_STREAM.own, 1, out, 0);
    return out[0];
  };
}
