/** What the scenes with prompts share: drawing prompts reproducibly, and comparing samples of one prompt. */
import { threefry2x32 } from '../kernels/noise/noise.twin';
import type { Prompt } from './scene';

/** A source of whole numbers: uniform on 0 … bound − 1. */
export type Draw = (bound: number) => number;

/** Keeps the numbers drawn for iterations, evaluations and data apart. */
export const promptStreams = {
  training: 0x74726169,
  evaluation: 0x6576616c,
  data: 0x64617461,
} as const;

/** Counter-based draws: a function of (seed, stream, index) and of how often it was called. */
export function drawsOf(seed: number, stream: number, index: number): Draw {
  let count = 0;
  return (bound) => {
    const [word] = threefry2x32(seed, stream, index, count++);
    return Math.floor((word >>> 0) * (bound / 0x1_0000_0000));
  };
}

/**
 * `count` task indices, each task as often as its share says (stratified, so that no iteration misses a task by
 * chance), in random order.
 */
export function tasksByShare(shares: readonly number[], count: number, draw: Draw): number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const start = draw(1 << 20) / (1 << 20);
  const tasks: number[] = [];
  let task = 0;
  let below = shares[0];
  for (let i = 0; i < count; i++) {
    while (((i + start) / count) * total >= below) below += shares[++task];
    tasks.push(task);
  }
  for (let i = count - 1; i > 0; i--) {
    const other = draw(i + 1);
    [tasks[i], tasks[other]] = [tasks[other], tasks[i]];
  }
  return tasks;
}

/** In an evaluation every prompt is asked for this often in a row, so that samples of one prompt can be compared. */
export const samplesPerPrompt = 2;

/**
 * Diversity: the mean Euclidean distance between two samples of one prompt, every prompt counting the same. 0 when no
 * prompt has two samples.
 */
export function diversity(
  samples: Float32Array,
  dimensions: number,
  prompts: readonly Prompt[],
): number {
  const groups = new Map<string, number[]>();
  prompts.forEach((prompt, i) => {
    const key = prompt.join();
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  const means = [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => meanPairDistance(samples, dimensions, group));
  return means.length === 0 ? 0 : means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

function meanPairDistance(samples: Float32Array, D: number, group: readonly number[]): number {
  let sum = 0;
  let pairs = 0;
  for (const [at, i] of group.entries()) {
    for (let j = 0; j < at; j++, pairs++) {
      let squares = 0;
      for (let d = 0; d < D; d++) {
        const difference = samples[i * D + d] - samples[group[j] * D + d];
        squares += difference * difference;
      }
      sum += Math.sqrt(squares);
    }
  }
  return sum / pairs;
}
