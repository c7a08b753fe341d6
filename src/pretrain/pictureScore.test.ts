import { describe, expect, test } from 'vitest';
import { encodePicture } from '../scenes/sprites/latent';
import { drawSprites } from '../scenes/sprites/palette';
import { obey } from '../scenes/sprites/prompts';
import type { Prompt as SpritePrompt } from '../scenes/sprites/prompts';
import { drawsOf } from '../scenes/promptTools';
import type { Prompt } from '../scenes/scene';
import { findPictureRecipe } from './pictureRecipes';
import { eulerSamples, initialNoise, scoresOf, shuffledSlots } from './pictureScore';
import type { Sampler } from './pictureScore';
import { reflowBatch, teacherPairs } from './reflow';

const recipe = findPictureRecipe('sprites');
const weights = new Float32Array(1);

/** The velocity field whose every path is straight: from any noise to the sum of its condition. */
const straight: Sampler = {
  weights,
  network: {
    forward: (_, { size, x, t, cond }) => {
      const D = x.length / size;
      const C = cond!.length / size;
      return Promise.resolve(
        x.map((value, i) => {
          const row = Math.floor(i / D);
          const goal = cond!.subarray(row * C, (row + 1) * C).reduce((a, b) => a + b, 0);
          return (value - goal) / t[row];
        }),
      );
    },
  },
};

/** Latent pictures that obey `prompts`. */
function obedient(prompts: readonly Prompt[]): Float32Array {
  const draw = drawsOf(1, 2, 3);
  const samples = new Float32Array(prompts.length * recipe.sampleSize);
  prompts.forEach((prompt, i) => {
    const sprites = obey(prompt as SpritePrompt, draw);
    encodePicture(drawSprites(sprites), samples, i * recipe.sampleSize);
  });
  return samples;
}

const prompts: Prompt[] = [
  [0, 1, 0, 1, 2, 0],
  [3, 2, 0, 0, 0, 0],
  [0, 3, 2, 0, 4, 1],
  [0, 4, 0, 3, 1, 0],
];

describe('scores', () => {
  test('are 1 for pictures that obey', () => {
    expect(scoresOf(recipe, obedient(prompts), prompts)).toEqual([1, 1, 1, 1]);
  });

  test('of every slot fall when the slot is asked for something else, on prompts that use it', () => {
    const many = Array.from({ length: 5 }, () => prompts).flat();
    for (const { asked, shuffled } of shuffledSlots(recipe, obedient(many), many, 1)) {
      expect(asked).toBe(1);
      expect(shuffled).toBe(0);
    }
  });

  test('of a slot that the pictures ignore stay', () => {
    const ignorant = Array.from({ length: 40 }, (): Prompt => [0, 1, 0, 1, 2, 0]);
    const shown = ignorant.map((_, i): Prompt => [0, 1, 0, 1 + (i % 4), 2, 0]);
    const { asked, shuffled } = shuffledSlots(recipe, obedient(shown), ignorant, 1)[3];
    expect(asked).toBe(0.25);
    expect(Math.abs(shuffled - 0.25)).toBeLessThan(0.15);
  });
});

describe('Euler samples', () => {
  const count = 70;
  const noise = initialNoise(count, 4, 1);
  const conditions = Float32Array.from({ length: count * 2 }, (_, i) => i % 5);

  test('of a straight field reach the end in however many steps, each row under its condition', async () => {
    for (const steps of [1, 6]) {
      const course = { count, steps, shift: 1.5 };
      const samples = await eulerSamples(straight, noise, conditions, course);
      samples.forEach((value, i) => {
        const row = i >> 2;
        expect(value).toBeCloseTo(conditions[row * 2] + conditions[row * 2 + 1], 4);
      });
    }
    expect(noise).toEqual(initialNoise(count, 4, 1));
  });

  test('report every finished stretch', async () => {
    const done: number[] = [];
    const onRows = (rows: number) => void done.push(rows);
    await eulerSamples(straight, noise, conditions, { count, steps: 1, shift: 1, onRows });
    expect(done).toEqual([64, 70]);
  });
});

describe('reflow', () => {
  test('batches are straight paths between a noise and the teacher’s sample of it', async () => {
    const pairs = await teacherPairs(recipe, straight, 12, { seed: 4 });
    expect(await teacherPairs(recipe, straight, 12, { seed: 4 })).toEqual(pairs);
    const C = pairs.cond!.length / 12;
    const D = recipe.sampleSize;
    const seeds = { dataSeed: 1, noiseSeed: 2, timeShift: 1.5 };
    const { x, t, target, cond, weight } = reflowBatch(pairs, 5, seeds);
    const used = new Set<number>();
    for (let row = 0; row < 5; row++) {
      // From the point on the path and its velocity u = (x − x0)/m follow both ends.
      const m = Math.max(t[row], 0.05);
      const data = x.slice(row * D, (row + 1) * D).map((v, d) => v - m * target[row * D + d]);
      const pair = Array.from({ length: 12 }, (_, p) => p).find(
        (p) => Math.abs(x[row * D] - (1 - t[row]) * data[0] - t[row] * pairs.noise[p * D]) < 1e-4,
      )!;
      used.add(pair);
      data.forEach((v, d) => expect(v).toBeCloseTo(pairs.data[pair * D + d], 3));
      const own = cond!.slice(row * C, (row + 1) * C);
      expect(own).toEqual(pairs.cond!.slice(pair * C, (pair + 1) * C));
      expect(weight![row]).toBeCloseTo(m * m, 6);
    }
    expect(used.size).toBeGreaterThan(2);
    expect(reflowBatch(pairs, 5, { ...seeds, dataSeed: 3 }).x).not.toEqual(x);
  });
});
