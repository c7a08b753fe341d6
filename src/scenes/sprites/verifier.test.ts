import { describe, expect, test } from 'vitest';
import { drawsOf } from '../promptTools';
import { LATENT, decodeLatent, encodePicture } from './latent';
import { PIXELS, SIZE, SPRITE, background, colours, drawSprites, masks } from './palette';
import { readPrompt } from './grammar';
import { drawPrompt, obey, tasks, violate } from './prompts';
import { findSprites, judge, tolerance } from './verifier';
import type { Found } from './verifier';

const clean = (text: string, seed = 1): Float32Array =>
  drawSprites(obey(readPrompt(text), drawsOf(seed, 0, 0)));

/** Adds `amount` to pixels at which `where` holds, in every channel. */
const shifted = (
  picture: Float32Array,
  amount: number,
  where: (pixel: number) => boolean = () => true,
): Float32Array => picture.map((x, i) => (where(i % PIXELS) ? x + amount : x));

describe('says what the prompt says', () => {
  test.each([
    ['two rings', 'of any colours', [0, 1], true],
    ['two red rings', 'of this colour', [0, 0], true],
    ['two red rings', 'not of another', [0, 1], false],
  ] as const)('%s: %s', (text, _, ringColours, strict) => {
    const rings = ringColours.map((colour, i) => ({ shape: 1, colour, tile: 4 * i }));
    expect(judge(drawSprites(rings), readPrompt(text)).strict).toBe(strict);
  });

  test.each([
    ['two red rings left of a blue square', [0, 3], 2, true],
    ['two red rings left of a blue square', [0, 8], 2, false],
    ['a red ring left of a blue square', [0], 2, true],
    ['a red ring left of a blue square', [2], 0, false],
  ] as const)('%s, rings in %j and square in %i: %s', (text, rings, square, strict) => {
    const sprites = [
      ...rings.map((tile) => ({ shape: 1, colour: 0, tile })),
      { shape: 0, colour: 2, tile: square },
    ];
    expect(judge(drawSprites(sprites), readPrompt(text)).strict).toBe(strict);
  });
});

describe('drift', () => {
  const prompt = readPrompt('a red ring');
  const isBackground = (picture: Float32Array) => (pixel: number) =>
    Math.abs(picture[pixel] - background[0]) < 1e-6;

  test('a background that drifts costs more the further it goes, and in the end everything', () => {
    const picture = clean('a red ring');
    const graded = [0, 0.05, 0.1, 0.2, 0.4].map(
      (by) => judge(shifted(picture, by, isBackground(picture)), prompt).graded,
    );
    for (let i = 1; i < graded.length; i++) expect(graded[i]).toBeLessThan(graded[i - 1]);
    expect(graded[1]).toBeLessThan(0.96);
    expect(judge(shifted(picture, 0.15, isBackground(picture)), prompt).strict).toBe(false);
  });

  test('a faint pattern is paid for although every pixel still reads as background', () => {
    const picture = clean('a red ring');
    const faint = shifted(picture, 0.25, (i) => i % 2 === 0 && isBackground(picture)(i));
    expect(findSprites(faint)).toMatchObject({ junk: 0 });
    expect(judge(faint, prompt).graded).toBeLessThan(0.85);
  });

  test('a not-a-number is worth nothing', () => {
    const picture = clean('a red ring');
    picture.fill(NaN);
    expect(judge(picture, prompt)).toMatchObject({ strict: false, graded: 0 });
  });
});

/** The definition, slowly: every colour × shape × place against its framed template. */
function sought(picture: Float32Array): Found[] {
  const label = (row: number, column: number): number => {
    if (row < 0 || column < 0 || row >= SIZE || column >= SIZE) return 0;
    const rgb = [0, 1, 2].map((channel) => picture[channel * PIXELS + row * SIZE + column]);
    const distances = [background, ...colours].map((colour) =>
      Math.hypot(...colour.map((value, channel) => value - rgb[channel])),
    );
    const nearest = Math.min(...distances);
    return nearest <= tolerance.colour ? distances.indexOf(nearest) : -1;
  };
  const labels = Array.from({ length: SIZE + 2 }, (_, r) =>
    Array.from({ length: SIZE + 2 }, (_, c) => label(r - 1, c - 1)),
  );
  const wrongAt = (shape: number, colour: number, row: number, column: number): number => {
    let wrong = 0;
    for (let y = -1; y <= SPRITE; y++) {
      for (let x = -1; x <= SPRITE; x++) {
        const inside = y >= 0 && x >= 0 && y < SPRITE && x < SPRITE;
        const on = inside && masks[shape][y * SPRITE + x] === 1;
        if (labels[row + y + 1][column + x + 1] !== (on ? colour + 1 : 0)) wrong++;
      }
    }
    return wrong;
  };
  const found: Found[] = [];
  for (let row = 0; row <= SIZE - SPRITE; row++) {
    for (let column = 0; column <= SIZE - SPRITE; column++) {
      for (let shape = 0; shape < masks.length; shape++) {
        for (let colour = 0; colour < colours.length; colour++) {
          if (wrongAt(shape, colour, row, column) <= tolerance.pixels)
            found.push({ shape, colour, row, column });
        }
      }
    }
  }
  return found;
}

test('the quick search finds exactly what the definition finds, spoilt pictures included', () => {
  for (let i = 0; i < 6; i++) {
    const draw = drawsOf(9, 1, i);
    const picture = drawSprites(obey(drawPrompt(tasks[i], draw), draw));
    for (let k = 0; k < 2 * i; k++) {
      const at = draw(PIXELS);
      for (let channel = 0; channel < 3; channel++)
        picture[channel * PIXELS + at] = draw(200) / 100 - 1;
    }
    expect(findSprites(picture).found).toEqual(sought(picture));
  }
});

describe('an adversary that climbs the reward', () => {
  /** Keeps random changes of a few numbers that do not lower the graded reward. */
  function climb(
    start: Float32Array,
    score: (x: Float32Array) => number,
    { budget, width, seed }: { budget: number; width: number; seed: number },
  ): { x: Float32Array; best: number } {
    const draw = drawsOf(seed, 2, 0);
    const x = start.slice();
    let best = score(x);
    for (let i = 0; i < budget; i++) {
      const at = Array.from({ length: 1 + draw(4) }, () => draw(x.length));
      const before = at.map((place) => x[place]);
      for (const place of at) x[place] += (draw(2001) / 1000 - 1) * width;
      const now = score(x);
      if (now >= best) best = now;
      else at.forEach((place, k) => (x[place] = before[k]));
    }
    return { x, best };
  }

  test('gets nowhere in pixels from noise', () => {
    const prompt = readPrompt('a red ring');
    const draw = drawsOf(4, 3, 0);
    const noise = Float32Array.from({ length: 3 * PIXELS }, () => draw(2001) / 1000 - 1);
    const { best } = climb(noise, (x) => judge(x, prompt).graded, {
      budget: 4000,
      width: 1,
      seed: 1,
    });
    expect(best).toBe(0);
  });

  test('cannot turn a wrong picture into a strictly right one', () => {
    for (const [i, task] of tasks.entries()) {
      const draw = drawsOf(5, 4, i);
      const prompt = drawPrompt(task, draw);
      const latent = new Float32Array(LATENT);
      encodePicture(drawSprites(violate(prompt, draw)), latent);
      const picture = new Float32Array(3 * PIXELS);
      const score = (x: Float32Array): number => {
        decodeLatent(x, picture);
        const { strict, graded } = judge(picture, prompt);
        return graded + (strict ? 1 : 0);
      };
      const { best } = climb(latent, score, { budget: 1500, width: 0.5, seed: i });
      expect(best).toBeLessThan(1);
    }
  });

  test('what survives at full reward is the right picture, clean to the eye', () => {
    const prompt = readPrompt('a red ring');
    const start = clean('a red ring');
    const latent = new Float32Array(LATENT);
    encodePicture(start, latent);
    const picture = new Float32Array(3 * PIXELS);
    const score = (x: Float32Array): number => {
      decodeLatent(x, picture);
      return judge(picture, prompt).graded;
    };
    const { x, best } = climb(latent, score, { budget: 3000, width: 0.3, seed: 7 });
    expect(best).toBe(1);
    decodeLatent(x, picture);
    const { residual, junk, found } = findSprites(picture);
    expect(found).toHaveLength(1);
    expect(junk).toBeLessThanOrEqual(tolerance.junk);
    expect(residual).toBeLessThanOrEqual(0.02);
  });
});
