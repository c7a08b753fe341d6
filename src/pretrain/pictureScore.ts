/**
 * How well a picture policy obeys: Euler samples for prompts, judged. Every prompt slot has a figure of its own: the
 * same samples judged against prompts with that slot shuffled among them. A slot whose figure hardly falls is one the
 * policy ignores, and RL will not teach it (docs/scenes.md §1.6).
 */
import { streams } from '../core/streams';
import { sigmaSchedule } from '../core/sampler';
import type { Network } from '../engine/network';
import { sampleKeys, NOISE_STREAM, normals } from '../kernels/noise/noise.twin';
import { drawsOf } from '../scenes/promptTools';
import type { Prompt } from '../scenes/scene';
import { encodeSlots } from './pictureData';
import type { PictureRecipe } from './pictureRecipes';

/** A network with weights, ready to be sampled. */
export interface Sampler {
  readonly network: Pick<Network, 'forward'>;
  readonly weights: Float32Array;
}

/** Rows per network run: keeps the activations of a run in the cache. */
const ROWS = 64;

/** Standard normal numbers [N, D] from which samples start. */
export function initialNoise(count: number, dimensions: number, seed: number): Float32Array {
  const keys = sampleKeys(seed, streams.pictureScore, count);
  const noise = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) {
    normals(keys[i * 2], keys[i * 2 + 1], NOISE_STREAM.initial, dimensions, noise, i * dimensions);
  }
  return noise;
}

export interface EulerOptions {
  readonly count: number;
  readonly steps: number;
  /** Of the schedule. */
  readonly shift: number;
  /** Only the steps from the first to before the second of these; all of them if left out. */
  readonly range?: readonly [number, number];
  /** Classifier-free guidance (2207.12598): v = v∅ + weight·(v − v∅), where v∅ is the velocity without a prompt. */
  readonly guidance?: { readonly weight: number; readonly noPrompt: Float32Array };
  /** Told how many samples are finished. */
  readonly onRows?: (done: number, count: number) => void;
}

/** Euler samples [N, D] from `noise` [N, D] under `conditions` [N, C], or what a range of the steps makes of it. */
export async function eulerSamples(
  { network, weights }: Sampler,
  noise: Float32Array,
  conditions: Float32Array,
  { count, steps, shift, range = [0, steps], guidance, onRows }: EulerOptions,
): Promise<Float32Array> {
  const sigmas = sigmaSchedule(steps, shift);
  const D = noise.length / count;
  const C = conditions.length / count;
  const samples = noise.slice();
  for (let from = 0; from < count; from += ROWS) {
    const size = Math.min(ROWS, count - from);
    const x = samples.subarray(from * D, (from + size) * D);
    const cond = conditions.subarray(from * C, (from + size) * C);
    const without = guidance && repeated(guidance.noPrompt, size);
    for (let step = range[0]; step < range[1]; step++) {
      const t = new Float32Array(size).fill(sigmas[step]);
      const v = await network.forward(weights, { size, x, t, cond });
      if (guidance) {
        const free = await network.forward(weights, { size, x, t, cond: without! });
        for (let i = 0; i < v.length; i++) v[i] = free[i] + guidance.weight * (v[i] - free[i]);
      }
      const h = sigmas[step] - sigmas[step + 1];
      for (let i = 0; i < x.length; i++) x[i] -= h * v[i];
    }
    onRows?.(from + size, count);
  }
  return samples;
}

function repeated(row: Float32Array, times: number): Float32Array {
  const rows = new Float32Array(row.length * times);
  for (let i = 0; i < times; i++) rows.set(row, i * row.length);
  return rows;
}

/** Scores of samples [N, D] for their prompts. */
export function scoresOf(
  recipe: PictureRecipe,
  samples: Float32Array,
  prompts: readonly Prompt[],
): number[] {
  return prompts.map((prompt, i) => recipe.score(samples, i * recipe.sampleSize, prompt));
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

export interface SampleOptions {
  readonly steps: number;
  readonly seed: number;
  /** Weight of classifier-free guidance; 1, which is none, if left out. */
  readonly guidance?: number;
}

/** Samples for prompts, from the noise of `seed`. */
export function samplesFor(
  recipe: PictureRecipe,
  sampler: Sampler,
  prompts: readonly Prompt[],
  { steps, seed, guidance: weight = 1 }: SampleOptions,
): Promise<Float32Array> {
  const count = prompts.length;
  const noise = initialNoise(count, recipe.sampleSize, seed);
  const conditions = encodeSlots(recipe.slots, prompts);
  const noPrompt = encodeSlots(recipe.slots, [recipe.slots.map(() => 0)]);
  const guidance = weight === 1 ? undefined : { weight, noPrompt };
  const course = { count, steps, shift: recipe.timeShift, guidance };
  return eulerSamples(sampler, noise, conditions, course);
}

export interface SlotFigure {
  /** Mean score of prompts that use the slot, … */
  readonly asked: number;
  /** … and of the same samples against prompts whose slot took another value. */
  readonly shuffled: number;
}

/**
 * The shuffled-slot test: for every slot, prompts that say something there get another value in it, never 0, and the
 * unchanged samples are judged again.
 */
export function shuffledSlots(
  recipe: PictureRecipe,
  samples: Float32Array,
  prompts: readonly Prompt[],
  seed: number,
): SlotFigure[] {
  const draw = drawsOf(seed, streams.pictureScore, 0);
  return recipe.slots.map((size, slot) => {
    const asked: number[] = [];
    const shuffled: number[] = [];
    prompts.forEach((prompt, i) => {
      if (prompt[slot] === 0) return;
      const value = 1 + ((prompt[slot] + draw(size - 2)) % (size - 1));
      const other = prompt.map((own, at) => (at === slot ? value : own));
      asked.push(recipe.score(samples, i * recipe.sampleSize, prompt));
      shuffled.push(recipe.score(samples, i * recipe.sampleSize, other));
    });
    return { asked: meanOf(asked), shuffled: meanOf(shuffled) };
  });
}
