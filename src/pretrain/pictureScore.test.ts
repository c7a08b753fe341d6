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
import { reflowBatch, teacherPaths } from './reflow';

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

describe('reflow', () => {
  const D = recipe.sampleSize;
  const course = (windows: number) => ({ seed: 4, teacherSteps: 6, windows });
  const seeds = { dataSeed: 1, noiseSeed: 2, timeShift: 1.5 };

  test('follows from its arguments', async () => {
    const paths = await teacherPaths(recipe, straight, 12, course(2));
    expect(await teacherPaths(recipe, straight, 12, course(2))).toEqual(paths);
    const { x } = reflowBatch(paths, 5, seeds);
    expect(reflowBatch(paths, 5, seeds).x).toEqual(x);
    expect(reflowBatch(paths, 5, { ...seeds, dataSeed: 3 }).x).not.toEqual(x);
  });

  /** A field whose paths bend: v = x + c·t. */
  const bent: Sampler = {
    weights,
    network: {
      forward: (_, { size, x, t }) =>
        Promise.resolve(x.map((value, i) => value + t[Math.floor((i * size) / x.length)])),
    },
  };

  test.each([1, 3])(
    'batches of %i windows lie on lines between points of a path',
    async (windows) => {
      const paths = await teacherPaths(recipe, bent, 12, course(windows));
      const { times, points } = paths;
      expect(times.map((time) => Number(time.toFixed(3)))).toEqual(
        windows === 1 ? [1, 0] : [1, 0.75, 0.429, 0],
      );
      const C = paths.cond.length / 12;
      const { x, t, target, cond, weight } = reflowBatch(paths, 40, seeds);
      const used = new Set<number>();
      for (let i = 0; i < 40; i++) {
        const w = times.filter((time) => time >= t[i]).length - 1;
        const share = (t[i] - times[w + 1]) / (times[w] - times[w + 1]);
        const between = (p: number, d: number): number =>
          share * points[w][p * D + d] + (1 - share) * points[w + 1][p * D + d];
        const row = Array.from({ length: 12 }, (_, p) => p).find(
          (p) => Math.abs(x[i * D] - between(p, 0)) < 1e-4,
        )!;
        used.add(row);
        const m = Math.max(t[i], 0.05);
        expect(weight![i]).toBeCloseTo(m * m, 6);
        for (let d = 0; d < D; d++) {
          expect(x[i * D + d]).toBeCloseTo(between(row, d), 4);
          const change = points[w][row * D + d] - points[w + 1][row * D + d];
          const velocity = change / (times[w] - times[w + 1]);
          expect(target[i * D + d]).toBeCloseTo((velocity * t[i]) / m, 3);
        }
        const own = cond!.slice(i * C, (i + 1) * C);
        expect(own).toEqual(paths.cond.slice(row * C, (row + 1) * C));
      }
      expect(used.size).toBeGreaterThan(6);
    },
  );
});
