import { describe, expect, test } from 'vitest';
import { drawsOf } from '../promptTools';
import { CELL, HEIGHT, JITTER_X, JITTER_Y, PIXELS, WIDTH, alphabet, drawWord } from './font';
import { editDistance, exactReward, readWord, residual, textReward } from './ocr';

const write = (word: string, x = 1, y = 0): Float32Array => {
  const picture = new Float32Array(PIXELS);
  const letters = [...word].map((letter) => alphabet.indexOf(letter));
  drawWord(letters, { x, y: letters.map(() => y) }, picture);
  return picture;
};

const noiseOf = (seed: number, width: number): Float32Array => {
  const draw = drawsOf(seed, 0, 0);
  return Float32Array.from({ length: PIXELS }, () => (draw(2001) / 1000 - 1) * width);
};

describe('reads what is written', () => {
  test('every letter at every place, clean and noisy', () => {
    for (const [i, letter] of [...alphabet].entries()) {
      for (let x = 0; x < JITTER_X; x++) {
        for (let y = 0; y < JITTER_Y; y++) {
          const word = letter + alphabet[(i + 5) % alphabet.length];
          const picture = write(word, x, y);
          expect(readWord(picture)).toBe(word);
          expect(textReward(picture, word)).toBe(1);
          const noise = noiseOf(i, 0.4);
          expect(readWord(picture.map((v, k) => v + noise[k]))).toBe(word);
        }
      }
    }
  });

  test('the word in the picture at an offset', () => {
    const both = new Float32Array(2 * PIXELS);
    both.set(write('CAT'), PIXELS);
    expect(textReward(both, 'CAT', PIXELS)).toBe(1);
    expect(textReward(both.fill(-1, 0, PIXELS), 'CAT')).toBe(0);
  });

  test('blanks inside count, blanks behind do not', () => {
    const picture = write('CAT');
    for (let row = 0; row < HEIGHT; row++)
      picture.fill(-1, row * WIDTH + CELL, row * WIDTH + 2 * CELL);
    expect(readWord(picture)).toBe('C_T');
    expect(textReward(picture, 'CAT')).toBeCloseTo(2 / 3, 6);
  });
});

test('the reward is 1 − edit distance / length', () => {
  expect(editDistance('RUSH', 'RUSH')).toBe(0);
  expect(editDistance('', 'CAT')).toBe(3);
  expect(editDistance('CATS', 'CAT')).toBe(1);
  expect(editDistance('HAT', 'CAT')).toBe(1);
  expect(textReward(write('HAT'), 'CAT')).toBeCloseTo(2 / 3, 6);
  expect(textReward(write('CATS'), 'CAT')).toBeCloseTo(2 / 3, 6);
  expect(exactReward(write('HAT'), 'CAT')).toBe(0);
  expect(textReward(write('LONE'), 'CAT')).toBe(0);
});

describe('is not taken in', () => {
  test('noise, grey, blank and all-ink pictures are worth nothing', () => {
    for (let seed = 0; seed < 20; seed++) expect(textReward(noiseOf(seed, 2), 'CAT')).toBe(0);
    for (const value of [0, 0.3, -1, 1, NaN]) {
      expect(textReward(new Float32Array(PIXELS).fill(value), 'CAT')).toBe(0);
    }
  });

  test('faint ink is paid for, and in the end unreadable', () => {
    const rewards = [1, 0.8, 0.6, 0.4, 0.2].map((strength) =>
      textReward(
        write('CAT').map((v) => v * strength),
        'CAT',
      ),
    );
    for (let i = 2; i < rewards.length; i++) expect(rewards[i]).toBeLessThan(rewards[i - 1]);
    expect(rewards[rewards.length - 1]).toBe(0);
    expect(
      exactReward(
        write('CAT').map((v) => v * 0.7),
        'CAT',
      ),
    ).toBe(0);
  });

  test('paper that drifts to grey is paid for before a letter is lost', () => {
    const drifted = write('CAT').map((v) => (v < 0 ? -0.75 : v));
    expect(readWord(drifted)).toBe('CAT');
    expect(residual(drifted)).toBeGreaterThan(0.18);
    expect(textReward(drifted, 'CAT')).toBeLessThan(0.93);
  });

  test('extra ink: a few specks are borne, a blot is not', () => {
    const picture = write('AT');
    picture[3 * CELL] = 1;
    expect(textReward(picture, 'AT')).toBe(1);
    for (let i = 0; i < 5; i++) picture[3 * CELL + i] = 1;
    expect(textReward(picture, 'AT')).toBeLessThanOrEqual(0.5);
  });

  test('climbing from a wrong word by random changes finds no exact word that is not written', () => {
    const asked = 'CAT';
    const draw = drawsOf(3, 1, 0);
    const picture = write('HIP');
    let best = textReward(picture, asked);
    for (let i = 0; i < 4000; i++) {
      const at = draw(PIXELS);
      const before = picture[at];
      picture[at] += draw(2001) / 1000 - 1;
      const now = textReward(picture, asked);
      if (now >= best) best = now;
      else picture[at] = before;
    }
    expect(exactReward(picture, asked)).toBe(0);
    expect(best).toBeLessThanOrEqual(1 / 3);
  });
});
