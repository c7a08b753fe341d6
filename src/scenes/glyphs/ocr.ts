/**
 * Reading a glyph picture by template matching, and the text reward of Flow-GRPO's OCR task (algorithms.md §4):
 * r = max(0, 1 − edit distance / length of the word asked for).
 *
 * Each cell is made black and white at 0 and compared with every letter at every place it may stand; it reads as the
 * nearest letter, as blank when it holds hardly any ink, or as unreadable when nothing is near or it is too grey.
 */
import {
  CELL,
  CELLS,
  JITTER_X,
  JITTER_Y,
  LETTER_HEIGHT,
  LETTER_WIDTH,
  WIDTH,
  alphabet,
  glyphs,
} from './font';

export const BLANK = -1;
export const UNREADABLE = -2;

/** Hamming distance up to which a cell still reads as a letter. */
const LARGEST_DISTANCE = 2;
/** Ink pixels up to which a cell is blank. */
const BLANK_INK = 2;
/** A pixel is grey when its value is further than this from ±1 … */
const GREY = 0.7;
/** … and a cell with more grey pixels than this is unreadable. */
const GREY_PIXELS = 6;

interface Template {
  readonly letter: number;
  readonly ink: Uint8Array;
}

const templates: readonly Template[] = glyphs.flatMap((glyph, letter) =>
  Array.from({ length: JITTER_X * JITTER_Y }, (_, place) => {
    const ink = new Uint8Array(CELL * CELL);
    for (let i = 0; i < LETTER_WIDTH * LETTER_HEIGHT; i++) {
      const row = Math.floor(place / JITTER_X) + Math.floor(i / LETTER_WIDTH);
      ink[row * CELL + (place % JITTER_X) + (i % LETTER_WIDTH)] = glyph[i];
    }
    return { letter, ink };
  }),
);

/** Reads one cell: a letter's index, BLANK or UNREADABLE. */
export function readCell(picture: Float32Array, cell: number, offset = 0): number {
  const ink = new Uint8Array(CELL * CELL);
  let inkCount = 0;
  let grey = 0;
  for (let row = 0; row < CELL; row++) {
    for (let column = 0; column < CELL; column++) {
      const value = picture[offset + row * WIDTH + cell * CELL + column];
      // Written so that NaN counts as grey.
      if (!(Math.abs(Math.abs(value) - 1) <= GREY)) grey++;
      if (value > 0) {
        ink[row * CELL + column] = 1;
        inkCount++;
      }
    }
  }
  if (grey > GREY_PIXELS) return UNREADABLE;
  if (inkCount <= BLANK_INK) return BLANK;
  let best = LARGEST_DISTANCE + 1;
  let letter = UNREADABLE;
  for (const template of templates) {
    let distance = 0;
    for (let i = 0; i < ink.length && distance < best; i++) {
      if (ink[i] !== template.ink[i]) distance++;
    }
    if (distance < best) {
      best = distance;
      letter = template.letter;
    }
  }
  return letter;
}

/** The word in a picture [1, 8, 32]; "?" where a cell is unreadable, trailing blanks dropped, inner ones "_". */
export function readWord(picture: Float32Array, offset = 0): string {
  let word = '';
  for (let cell = 0; cell < CELLS; cell++) {
    const letter = readCell(picture, cell, offset);
    word += letter === BLANK ? '_' : letter === UNREADABLE ? '?' : alphabet[letter];
  }
  return word.replace(/_+$/, '');
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j] + 1, current[j - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}

/** Reward of what was read for the word that was asked for, in [0, 1]. */
export const textReward = (read: string, asked: string): number =>
  Math.max(0, 1 - editDistance(read, asked) / asked.length);
