/** Batches for the picture scenes: prompts, samples with caption noise, conditions with null prompts among them. */
import { streams } from '../core/streams';
import { drawsOf } from '../scenes/promptTools';
import type { Prompt } from '../scenes/scene';
import { flowBatch } from './flowMatching';
import type { FlowBatch } from './flowMatching';
import type { PictureRecipe } from './pictureRecipes';

/** One caption in so many is left out, so that the policy also knows the data without a prompt. */
const NULL_EVERY = 10;

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** Conditions [N, Σ sizes] of prompts: one-hot slots, one after the other; value 0 has its own place. */
export function encodeSlots(sizes: readonly number[], prompts: readonly Prompt[]): Float32Array {
  const width = sum(sizes);
  const conditions = new Float32Array(prompts.length * width);
  prompts.forEach((prompt, index) => {
    let first = index * width;
    prompt.forEach((value, slot) => {
      conditions[first + value] = 1;
      first += sizes[slot];
    });
  });
  return conditions;
}

export interface PictureData {
  /** [N, D] */
  readonly samples: Float32Array;
  /** [N, C] */
  readonly conditions: Float32Array;
}

/** `count` samples with what training is told about them. A function of its arguments alone. */
export function pictureData(recipe: PictureRecipe, count: number, seed: number): PictureData {
  const draw = drawsOf(seed, streams.pictureData, 0);
  const samples = new Float32Array(count * recipe.sampleSize);
  const captions = Array.from({ length: count }, (_, index): Prompt => {
    const prompt = recipe.drawPrompt(draw);
    recipe.drawSample(prompt, draw, samples, index * recipe.sampleSize);
    return draw(NULL_EVERY) === 0 ? recipe.slots.map(() => 0) : prompt;
  });
  return { samples, conditions: encodeSlots(recipe.slots, captions) };
}

/** The batch of one training step. */
export function pictureBatch(
  recipe: PictureRecipe,
  size: number,
  dataSeed: number,
  noiseSeed: number,
): FlowBatch {
  const { samples, conditions } = pictureData(recipe, size, dataSeed);
  const paths = { prediction: 'x0', timeShift: recipe.timeShift } as const;
  return flowBatch(samples, size, noiseSeed, paths, conditions);
}
