/** noise.wgsl beside noise.twin.ts: words must be equal, Gaussian lanes close. */
import { largestError, withScratch } from '../shared/scratch';
import { createFillKernel, createWordsKernel, fillLayout, fillWorkgroups } from './noise';
import { NOISE_STREAM, normals, sampleKeys, threefry2x32 } from './noise.twin';

/** The Threefry blocks (key0, key1, counter0, counter1, …) as the device computes them. */
export function wordsOnGpu(device: GPUDevice, blocks: Uint32Array): Promise<Uint32Array> {
  return withScratch(device, async (scratch) => {
    const words = scratch.empty('words', blocks.length / 2);
    const buffers = { blocks: scratch.storage('blocks', blocks), words };
    scratch.run(await createWordsKernel(device), buffers, Math.ceil(blocks.length / 256));
    return new Uint32Array((await scratch.read(words, blocks.length / 2)).buffer);
  });
}

/** Rows of standard normal numbers, one key (two words) per row, as the device computes them. */
export function normalsOnGpu(
  device: GPUDevice,
  keys: Uint32Array,
  dimensions: number,
  stream: number,
): Promise<Float32Array> {
  return withScratch(device, async (scratch) => {
    const rows = keys.length / 2;
    const latents = scratch.empty('latents', rows * dimensions);
    const settings = scratch.uniform(fillLayout, { rows, dimensions, stream });
    const buffers = { settings, keys: scratch.storage('keys', keys), latents };
    scratch.run(await createFillKernel(device), buffers, fillWorkgroups(rows, dimensions));
    return scratch.read(latents, rows * dimensions);
  });
}

/** The same rows by the twin. */
export function normalsOnCpu(keys: Uint32Array, dimensions: number, stream: number): Float32Array {
  const rows = keys.length / 2;
  const out = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row++) {
    normals(keys[row * 2], keys[row * 2 + 1], stream, dimensions, out, row * dimensions);
  }
  return out;
}

/** Blocks whose words are known answers, and some more. */
function someBlocks(): Uint32Array {
  const known = [0, 0, 0, 0, 0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3];
  return Uint32Array.of(...known, ...sampleKeys(17, 0, 128));
}

/** Number of words that differ. */
export async function checkWords(device: GPUDevice): Promise<number> {
  const blocks = someBlocks();
  const words = await wordsOnGpu(device, blocks);
  let different = 0;
  for (let i = 0; i < blocks.length / 4; i++) {
    const [key0, key1, counter0, counter1] = blocks.subarray(i * 4, i * 4 + 4);
    const expected = threefry2x32(key0, key1, counter0, counter1);
    different += expected.filter((word, half) => word !== words[i * 2 + half]).length;
  }
  return different;
}

/** Largest error of 64 rows of five lanes. */
export async function checkFill(device: GPUDevice): Promise<number> {
  const keys = sampleKeys(23, 0, 64);
  const actual = await normalsOnGpu(device, keys, 5, NOISE_STREAM.initial);
  return largestError(actual, normalsOnCpu(keys, 5, NOISE_STREAM.initial));
}
