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
import { jumpBatch, teacherPaths } from './progressive';

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

  test('under guidance follow v∅ + weight·(v − v∅)', async () => {
    const course = { count, steps: 6, shift: 1.5 };
    const guidance = { weight: 2, noPrompt: new Float32Array([1, 0.5]) };
    const samples = await eulerSamples(straight, noise, conditions, { ...course, guidance });
    samples.forEach((value, i) => {
      const row = i >> 2;
      const goal = conditions[row * 2] + conditions[row * 2 + 1];
      expect(value).toBeCloseTo(1.5 + 2 * (goal - 1.5), 3);
    });
  });

  test('report every finished stretch', async () => {
    const done: number[] = [];
    const onRows = (rows: number) => void done.push(rows);
    await eulerSamples(straight, noise, conditions, { count, steps: 1, shift: 1, onRows });
    expect(done).toEqual([64, 70]);
  });
});

describe('distillation', () => {
  const D = recipe.sampleSize;
  const course = { seed: 4, teacherSteps: 6 };
  const options = { size: 40, jump: 2, dataSeed: 1, noiseSeed: 2, timeShift: 1.5 };

  /** A field whose paths bend. */
  const bent: Sampler = {
    weights,
    network: {
      forward: (_, { size, x, t }) =>
        Promise.resolve(x.map((value, i) => value + t[Math.floor((i * size) / x.length)])),
    },
  };

  test('follows from its arguments', async () => {
    const paths = await teacherPaths(recipe, bent, 12, course);
    expect(await teacherPaths(recipe, bent, 12, course)).toEqual(paths);
    const { x } = jumpBatch(paths, options);
    expect(jumpBatch(paths, options).x).toEqual(x);
    expect(jumpBatch(paths, { ...options, dataSeed: 3 }).x).not.toEqual(x);
  });

  test.each([1, 2, 4, 6])(
    'one step of the student reaches what %i of the teacher do',
    async (jump) => {
      const paths = await teacherPaths(recipe, bent, 12, course);
      const { times, points } = paths;
      const C = paths.cond.length / 12;
      const { x, t, target, cond, weight } = jumpBatch(paths, { ...options, jump });
      const [rows, steps] = [new Set<number>(), new Set<number>()];
      for (let i = 0; i < options.size; i++) {
        const step = times.findIndex((time) => Math.fround(time) === t[i]);
        const next = Math.min(step + jump, 6);
        const row = Array.from({ length: 12 }, (_, p) => p).find(
          (p) => Math.abs(x[i * D] - points[step][p * D]) < 1e-4,
        )!;
        rows.add(row);
        steps.add(step);
        const m = Math.max(t[i], 0.05);
        expect(weight![i]).toBeCloseTo(m * m, 6);
        for (let d = 0; d < D; d++) {
          const velocity = (target[i * D + d] * m) / t[i];
          const reached = x[i * D + d] - (times[step] - times[next]) * velocity;
          expect(reached).toBeCloseTo(points[next][row * D + d], 3);
        }
        const own = cond!.slice(i * C, (i + 1) * C);
        expect(own).toEqual(paths.cond.slice(row * C, (row + 1) * C));
      }
      expect(rows.size).toBeGreaterThan(6);
      expect(steps.size).toBe(6);
    },
  );
});
