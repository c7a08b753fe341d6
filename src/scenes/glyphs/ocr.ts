/**
 * Reading a glyph picture by template matching, and the text reward of Flow-GRPO's OCR task (docs/methods.md §8):
 * r = max(0, 1 − edit distance / length of the word asked for).
 *
 * Each cell is made black and white at 0 and compared with every letter at every place it may stand; it reads as the
 * nearest letter, as blank when it holds hardly any ink, or as unreadable when nothing is near or it is too grey.
 * Ink and paper that drift from black and white are paid for long before they could tip a reading: the residual, the
 * mean of ||x| − 1|, is taken off the reward.
 */
import {
  CELL,
  CELLS,
  JITTER_X,
  JITTER_Y,
  LETTER_HEIGHT,
  LETTER_WIDTH,
  PIXELS,
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
/** Residual that costs nothing … */
const FREE_RESIDUAL = 0.1;
/** … and above which a word is not exact. */
const LARGEST_RESIDUAL = 0.25;

/** A cell's 64 pixels are kept as two words of this many bits. */
const HALF = 32;

interface Template {
  readonly letter: number;
  /** The 64 pixels of a cell as bits: rows 0 … 3 and rows 4 … 7. */
  readonly upper: number;
  readonly lower: number;
}

const templates: readonly Template[] = glyphs.flatMap((glyph, letter) =>
  Array.from({ length: JITTER_X * JITTER_Y }, (_, place) => {
    const halves = [0, 0];
    for (let i = 0; i < LETTER_WIDTH * LETTER_HEIGHT; i++) {
      if (glyph[i] === 0) continue;
      const row = Math.floor(place / JITTER_X) + Math.floor(i / LETTER_WIDTH);
      const bit = row * CELL + (place % JITTER_X) + (i % LETTER_WIDTH);
      halves[bit >> 5] |= 1 << (bit % HALF);
    }
    return { letter, upper: halves[0], lower: halves[1] };
  }),
);

/** Number of set bits of a 32-bit word. */
function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Reads one cell: a letter's index, BLANK or UNREADABLE. */
export function readCell(picture: Float32Array, cell: number, offset = 0): number {
  let upper = 0;
  let lower = 0;
  let grey = 0;
  for (let bit = 0; bit < CELL * CELL; bit++) {
    const value = picture[offset + (bit >> 3) * WIDTH + cell * CELL + (bit & 7)];
    // Written so that NaN counts as grey.
    if (!(Math.abs(Math.abs(value) - 1) <= GREY)) grey++;
    if (!(value > 0)) continue;
    if (bit < HALF) upper |= 1 << bit;
    else lower |= 1 << (bit - HALF);
  }
  if (grey > GREY_PIXELS) return UNREADABLE;
  if (bitCount(upper) + bitCount(lower) <= BLANK_INK) return BLANK;
  let best = LARGEST_DISTANCE + 1;
  let letter = UNREADABLE;
  for (const template of templates) {
    const distance = bitCount(upper ^ template.upper) + bitCount(lower ^ template.lower);
    if (distance < best) {
      best = distance;
      letter = template.letter;
    }
  }
  return letter;
}

/** Mean of ||x| − 1| over a picture [1, 8, 32]: 0 in black and white, 1 in plain grey. */
export function residual(picture: Float32Array, offset = 0): number {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) sum += Math.abs(Math.abs(picture[offset + i]) - 1);
  return sum / PIXELS;
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

/** Share of the word that can be read, less what the ink lacks in clarity, in [0, 1]. */
export function textReward(picture: Float32Array, asked: string, offset = 0): number {
  const share = 1 - editDistance(readWord(picture, offset), asked) / asked.length;
  // Written so that a picture with NaN is worth nothing.
  const penalty = Math.max(0, residual(picture, offset) - FREE_RESIDUAL);
  return share > penalty ? share - penalty : 0;
}

/** 1 if the word reads exactly as asked in clear ink, else 0. */
export const exactReward = (picture: Float32Array, asked: string, offset = 0): number =>
  residual(picture, offset) <= LARGEST_RESIDUAL && readWord(picture, offset) === asked ? 1 : 0;
