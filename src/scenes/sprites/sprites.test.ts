import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleKeys, normals, threefry2x32 } from '../../kernels/noise/noise.twin';
import { readPrompt, writePrompt } from './grammar';
import { LATENT, decodeLatent, encodePicture } from './latent';
import { PIXELS, drawSprites } from './palette';
import { drawPrompt, isHeldOut, obey, slotSizes, taskOf, tasks, violate } from './prompts';
import type { Draw } from './prompts';
import { judge } from './verifier';

function drawing(seed: number): Draw {
  let counter = 0;
  return (bound) => threefry2x32(seed, 0, counter++, 0)[0] % bound;
}

const noise = (seed: number, count: number): Float32Array => {
  const [key0, key1] = sampleKeys(seed, 0, 1);
  const out = new Float32Array(count);
  normals(key0, key1, 0, count, out, 0);
  return out;
};

describe.each(tasks)('task %s', (task) => {
  const draw = drawing(tasks.indexOf(task));
  const prompts = Array.from({ length: 100 }, () => drawPrompt(task, draw));

  test('is recognised in its prompts, which fit their slots', () => {
    for (const prompt of prompts) {
      expect(taskOf(prompt)).toBe(task);
      prompt.forEach((value, slot) => expect(value).toBeLessThan(slotSizes[slot]));
    }
  });
  test('a picture that obeys is right, with noise too', () => {
    for (const [i, prompt] of prompts.entries()) {
      const picture = drawSprites(obey(prompt, draw));
      expect(judge(picture, prompt)).toMatchObject({ strict: true, graded: 1 });
      const noisy = picture.map(
        (x, k) => x + 0.1 * noiseField[(i * 3 * PIXELS + k) % noiseField.length],
      );
      expect(judge(noisy, prompt).strict).toBe(true);
    }
  });
  test('a picture that violates is wrong, and graded below 1', () => {
    for (const prompt of prompts) {
      const { strict, graded } = judge(drawSprites(violate(prompt, draw)), prompt);
      expect(strict).toBe(false);
      expect(graded).toBeLessThan(1);
    }
  });
  test('prompts read back from their text', () => {
    for (const prompt of prompts) expect(readPrompt(writePrompt(prompt))).toEqual(prompt);
  });
});

const noiseField = noise(8, 1 << 16);

test('Gaussian noise scores nothing', () => {
  for (let i = 0; i < 20; i++) {
    const picture = noise(i, 3 * PIXELS);
    for (const task of tasks) {
      expect(judge(picture, drawPrompt(task, drawing(i)))).toMatchObject({
        strict: false,
        graded: 0,
      });
    }
  }
});

test('junk and extra objects cost', () => {
  const prompt = readPrompt('a red ring');
  const ring = { shape: 1, colour: 0, tile: 0 };
  const littered = drawSprites([ring]);
  for (let i = 0; i < 30; i++) littered[PIXELS - 1 - i * 2] = 1;
  expect(judge(littered, prompt).strict).toBe(false);
  expect(judge(littered, prompt).graded).toBeLessThan(0.5);
  const two = judge(drawSprites([ring, { shape: 0, colour: 2, tile: 8 }]), prompt);
  expect(two).toMatchObject({ strict: false, graded: 0.5 });
});

test('the latent space holds every picture without loss', () => {
  const draw = drawing(3);
  for (let i = 0; i < 50; i++) {
    const picture = drawSprites(obey(drawPrompt(tasks[i % tasks.length], draw), draw));
    const latent = new Float32Array(LATENT);
    encodePicture(picture, latent);
    const back = new Float32Array(picture.length);
    decodeLatent(latent, back);
    expect(Math.max(...back.map((x, k) => Math.abs(x - picture[k])))).toBeLessThan(1e-6);
  }
});

test('about a fifth of the two-object compositions is held out, and no other prompt', () => {
  const draw = drawing(4);
  const share = (task: (typeof tasks)[number]): number =>
    Array.from({ length: 500 }, () => isHeldOut(drawPrompt(task, draw))).filter(Boolean).length /
    500;
  for (const task of ['two', 'position', 'attributes'] as const) {
    expect(share(task)).toBeGreaterThan(0.1);
    expect(share(task)).toBeLessThan(0.35);
  }
  for (const task of ['single', 'counting', 'colours'] as const) expect(share(task)).toBe(0);
});

describe('grammar', () => {
  test.each([
    ['a ring', [0, 2, 0, 0, 0, 0]],
    ['Three hearts', [3, 4, 0, 0, 0, 0]],
    ['two red rings left of a blue square', [2, 2, 1, 1, 1, 3]],
    ['a yellow triangle and a green heart', [0, 3, 4, 0, 4, 2]],
    ['a square above a ring', [0, 1, 0, 3, 2, 0]],
  ])('%s', (text, prompt) => {
    expect(readPrompt(text)).toEqual(prompt);
  });
  test.each([
    ['a purple ring', '"purple" does not fit here.', 'square'],
    ['a red', 'The prompt ends too early.', 'Expected: square, ring, triangle, heart.'],
    ['', 'The prompt ends too early.', 'red'],
    ['a ring near a heart', '"near" does not fit here.', 'left of'],
    ['a ring and a ring', 'The two objects need different shapes.', 'heart'],
    ['a ring and a heart please', '"please" does not fit here.', 'end'],
  ])('%j is refused with help', (text, message, hint) => {
    expect(() => readPrompt(text)).toThrow(
      expect.objectContaining({ code: 'bad-prompt', message }),
    );
    expect(() => readPrompt(text)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) as string }),
    );
  });
  test('any text is read or refused by name', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('a', 'two', 'red', 'ring', 'rings', 'left', 'of', 'and', 'heart', '7'),
        ),
        (words) => {
          try {
            expect(readPrompt(words.join(' '))).toHaveLength(6);
          } catch (error) {
            expect(error).toMatchObject({ code: 'bad-prompt' });
          }
        },
      ),
    );
  });
});
