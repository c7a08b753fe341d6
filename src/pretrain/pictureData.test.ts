import { describe, expect, test } from 'vitest';
import { readWord, textReward } from '../scenes/glyphs/ocr';
import { lettersOf, writeWord } from '../scenes/glyphs/words';
import { findScene } from '../scenes';
import { drawsOf } from '../scenes/promptTools';
import { encodeSlots, pictureBatch, pictureData } from './pictureData';
import { findPictureRecipe, pictureRecipes } from './pictureRecipes';

const glyphs = findPictureRecipe('glyphs');
const sprites = findPictureRecipe('sprites');

describe.each(pictureRecipes)('$scene', (recipe) => {
  const space = findScene(recipe.scene).prompts!;

  test('conditions are those of the scene', () => {
    const prompts = space.evaluation(24, 1);
    const expected = new Float32Array(prompts.length * space.conditionSize);
    prompts.forEach((prompt, i) => space.encode(prompt, expected, i * space.conditionSize));
    expect(encodeSlots(recipe.slots, prompts)).toEqual(expected);
    expect(recipe.slotNames).toHaveLength(recipe.slots.length);
  });

  test('a batch follows from its seeds and is shaped as the network takes it', () => {
    const batch = pictureBatch(recipe, 8, 1, 2);
    expect(pictureBatch(recipe, 8, 1, 2)).toEqual(batch);
    expect(pictureBatch(recipe, 8, 3, 2).target).not.toEqual(batch.target);
    const { conditionSize } = space;
    expect([batch.x.length, batch.cond!.length]).toEqual([
      8 * recipe.sampleSize,
      8 * conditionSize,
    ]);
    expect(recipe.sampleSize).toBe(findScene(recipe.scene).sampleShape.reduce((a, b) => a * b));
  });

  test('a tenth of the captions is left out', () => {
    const count = 1000;
    const { conditions } = pictureData(recipe, count, 5);
    const none = encodeSlots(recipe.slots, [recipe.slots.map(() => 0)]);
    let empty = 0;
    for (let i = 0; i < count; i++) {
      const own = conditions.subarray(i * none.length, (i + 1) * none.length);
      if (own.join() === none.join()) empty++;
    }
    expect(Math.abs(empty / count - 0.1)).toBeLessThan(0.03);
  });
});

test('glyph captions are wrong in two letters of five, give or take the ones replaced by themselves', () => {
  const draw = drawsOf(1, 2, 3);
  const picture = new Float32Array(glyphs.sampleSize);
  let right = 0;
  let letters = 0;
  for (let i = 0; i < 600; i++) {
    const prompt = glyphs.drawPrompt(draw);
    glyphs.drawSample(prompt, draw, picture, 0);
    const [asked, read] = [writeWord(prompt), readWord(picture)];
    expect(read).toHaveLength(asked.length);
    letters += lettersOf(prompt).length;
    right += [...asked].filter((letter, at) => read[at] === letter).length;
    expect(textReward(picture, read)).toBe(1);
  }
  expect(Math.abs(right / letters - (0.6 + 0.4 / 16))).toBeLessThan(0.04);
});

test('a quarter of the sprite pictures violates its caption, and hard tasks come more often', () => {
  const draw = drawsOf(1, 2, 3);
  const latent = new Float32Array(sprites.sampleSize);
  const space = findScene('sprites').prompts!;
  const tasks = new Map<string, number>();
  let right = 0;
  const count = 600;
  for (let i = 0; i < count; i++) {
    const prompt = sprites.drawPrompt(draw);
    sprites.drawSample(prompt, draw, latent, 0);
    right += sprites.score(latent, 0, prompt);
    const task = space.taskOf(prompt);
    tasks.set(task, (tasks.get(task) ?? 0) + 1);
  }
  expect(Math.abs(right / count - 0.75)).toBeLessThan(0.04);
  expect(tasks.get('position')! / count).toBeGreaterThan(0.33);
  expect(tasks.get('single')! / count).toBeLessThan(0.15);
});

test('an unknown picture scene is refused with the valid names', () => {
  expect(() => findPictureRecipe('points/ring')).toThrow('no picture recipe for "points/ring"');
});
