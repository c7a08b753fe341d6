import { describe, expect, test } from 'vitest';
import { EspalierError } from '../core/errors';
import { scenes } from '.';
import { diversity, drawsOf, tasksByShare } from './promptTools';
import { isHeldOut as isHeldOutWord } from './glyphs/words';
import { isHeldOut as isHeldOutPair } from './sprites/prompts';
import type { Prompt as SpritePrompt } from './sprites/prompts';
import type { Prompt, Scene } from './scene';

const heldOut: Readonly<Record<string, (prompt: Prompt) => boolean>> = {
  glyphs: isHeldOutWord,
  sprites: (prompt) => isHeldOutPair(prompt as SpritePrompt),
};

const pictureScenes = Object.values(scenes).filter(({ picture }) => picture !== null);

const landscape = { size: 1, extent: 1, values: new Float32Array(1) };

function scoresOf(scene: Scene, samples: Float32Array, prompts: readonly Prompt[]): number[] {
  const scores = new Float32Array(prompts.length);
  return scene.rewards.map((reward) => {
    reward.score(samples, scores, { landscape, prompts });
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  });
}

describe.each(pictureScenes.map((scene) => [scene.name, scene] as const))('%s', (name, scene) => {
  const space = scene.prompts!;
  const dimensions = scene.sampleShape.reduce((product, size) => product * size, 1);

  test('RL prompts are a function of seed and iteration, and none is held out', () => {
    for (let iteration = 0; iteration < 40; iteration++) {
      const prompts = space.draw(16, 5, iteration);
      expect(prompts).toEqual(space.draw(16, 5, iteration));
      expect(prompts.some(heldOut[name])).toBe(false);
    }
    expect(space.draw(16, 5, 0)).not.toEqual(space.draw(16, 5, 1));
    expect(space.draw(16, 5, 0)).not.toEqual(space.draw(16, 6, 0));
  });

  test('every iteration holds every task', () => {
    for (let iteration = 0; iteration < 10; iteration++) {
      const drawn = new Set(space.draw(32, 1, iteration).map((prompt) => space.taskOf(prompt)));
      expect([...drawn].sort()).toEqual([...space.tasks].sort());
    }
  });

  test('evaluation takes the tasks in turn, each prompt twice, from what was held out', () => {
    const prompts = space.evaluation(600, 3);
    const first = prompts.slice(0, 2 * space.tasks.length);
    expect(first.map((prompt) => space.taskOf(prompt))).toEqual(
      space.tasks.flatMap((task) => [task, task]),
    );
    for (let i = 0; i < prompts.length; i += 2) expect(prompts[i]).toEqual(prompts[i + 1]);
    const trained = new Set(
      Array.from({ length: 60 }, (_, i) => space.draw(16, 3, i))
        .flat()
        .map((prompt) => prompt.join()),
    );
    for (const prompt of prompts) {
      const isNew = !trained.has(prompt.join());
      const canBeNew = name === 'glyphs' || prompt[4] > 0;
      expect(isNew || !canBeNew).toBe(true);
    }
  });

  test('a shorter evaluation is the beginning of a longer one', () => {
    expect(space.evaluation(50, 3)).toEqual(space.evaluation(600, 3).slice(0, 50));
  });

  test('choices name every value of every slot once', () => {
    const slots = space.choices.map(({ slot }) => slot);
    expect([...slots].sort()).toEqual(space.evaluation(1, 1)[0].map((_, slot) => slot));
    const values = space.choices.reduce((sum, choice) => sum + choice.values.length, 0);
    expect(values).toBe(space.conditionSize);
  });

  test('its data is described as what it shows, and judged right by its verdict', () => {
    const data = scene.data(6, 2);
    const { describe: say, verdict } = scene.picture!;
    for (let i = 0; i < 6; i++) {
      expect(say(data, i * dimensions)).toMatch(/^(reads [A-Z]{2,4}|shows a \w+ \w+)/);
    }
    expect(scene.rewards.map((reward) => reward.name)).toContain(verdict);
  });

  test('prompts are written and read back, and encoded one-hot', () => {
    for (const prompt of space.evaluation(60, 1)) {
      expect(space.read(space.write(prompt))).toEqual(prompt);
      const condition = new Float32Array(space.conditionSize + 2);
      space.encode(prompt, condition, 1);
      expect(condition.reduce((sum, value) => sum + value, 0)).toBe(prompt.length);
      const slots = space.conditionSize / prompt.length;
      expect(prompt.map((value, slot) => condition[1 + slot * slots + value])).toEqual(
        prompt.map(() => 1),
      );
    }
  });

  test('data are pictures of the right size, the first ones whatever follows, and differ by seed', () => {
    const data = scene.data(20, 1);
    expect(data.length).toBe(20 * dimensions);
    expect(scene.data(5, 1)).toEqual(data.slice(0, 5 * dimensions));
    expect(scene.data(5, 2)).not.toEqual(scene.data(5, 1));
  });

  test('the picture is opaque and uses dark and light', () => {
    const { width, height, paint } = scene.picture!;
    const bytes = new Uint8ClampedArray(width * height * 4);
    paint(scene.data(2, 1), dimensions, bytes);
    for (let i = 3; i < bytes.length; i += 4) expect(bytes[i]).toBe(255);
    expect(Math.max(...bytes.filter((_, i) => i % 4 < 3))).toBeGreaterThan(200);
    expect(Math.min(...bytes.filter((_, i) => i % 4 < 3))).toBeLessThan(60);
  });

  test('metrics are finite on noise, and rewards are 0', () => {
    const draw = drawsOf(1, 2, 3);
    const samples = Float32Array.from(
      { length: 24 * dimensions },
      () => draw(2001) / 500 + draw(2001) / 500 - 4,
    );
    const prompts = space.evaluation(24, 1);
    for (const metric of scene.metrics) {
      const value = metric.measure(samples, samples, prompts);
      expect(Number.isFinite(value)).toBe(true);
      if (!['diversity', 'residual'].includes(metric.name)) expect(value).toBe(0);
    }
    for (const score of scoresOf(scene, samples, prompts)) expect(score).toBeLessThan(0.05);
  });
});

describe('words', () => {
  const { read, write } = scenes['glyphs'].prompts!;

  test.each([
    ['cat', 'CAT'],
    [' Rush ', 'RUSH'],
    ['OK', 'OK'],
  ])('%j is read as %s', (text, word) => {
    expect(write(read(text))).toBe(word);
  });

  test.each([
    ['BAT', '"B" is not a letter of this scene.', 'A C E F'],
    ['I', '"I" has 1 letters.', '2 to 4'],
    ['', '"" has 0 letters.', '2 to 4'],
    ['HEART', '"HEART" has 5 letters.', '2 to 4'],
    ['A C', '" " is not a letter of this scene.', 'A C E F'],
  ])('%j is refused with help', (text, message, hint) => {
    let caught: unknown;
    try {
      read(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(EspalierError);
    expect(caught).toMatchObject({ code: 'bad-prompt', message });
    expect((caught as EspalierError).hint).toContain(hint);
  });
});

test('tasks come as often as their shares say, in any order', () => {
  const counts = [0, 0, 0];
  for (let i = 0; i < 50; i++) {
    const drawn = tasksByShare([1, 2, 5], 16, drawsOf(1, 1, i));
    expect(drawn).toHaveLength(16);
    for (const task of drawn) counts[task]++;
  }
  expect(counts.map((count) => count / 100)).toEqual([1, 2, 5]);
});

test('diversity is the distance within prompts, not between them', () => {
  const samples = Float32Array.of(0, 0, 3, 4, 100, 100, 100, 100);
  expect(diversity(samples, 2, [[1], [1], [2], [2]])).toBe(2.5);
  expect(diversity(samples, 2, [[1], [2], [3], [4]])).toBe(0);
});
