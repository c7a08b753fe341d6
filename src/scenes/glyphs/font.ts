/**
 * The alphabet of the glyph scene: sixteen letters in the usual 5 × 7 dot-matrix forms (docs/scenes.md §4), and words
 * drawn with them. Pictures are [1, 8, 32]: four cells of 8 × 8, ink +1 on paper −1.
 */

export const CELL = 8;
export const CELLS = 4;
export const WIDTH = CELL * CELLS;
export const HEIGHT = CELL;
export const PIXELS = WIDTH * HEIGHT;

export const LETTER_WIDTH = 5;
export const LETTER_HEIGHT = 7;

/** A letter may stand 0 … 2 pixels to the right and 0 … 1 down in its cell. */
export const JITTER_X = 3;
export const JITTER_Y = 2;

const drawings: Readonly<Record<string, string>> = {
  A: '01110 10001 10001 11111 10001 10001 10001',
  C: '01110 10001 10000 10000 10000 10001 01110',
  E: '11111 10000 10000 11110 10000 10000 11111',
  F: '11111 10000 10000 11110 10000 10000 10000',
  H: '10001 10001 10001 11111 10001 10001 10001',
  I: '01110 00100 00100 00100 00100 00100 01110',
  K: '10001 10010 10100 11000 10100 10010 10001',
  L: '10000 10000 10000 10000 10000 10000 11111',
  N: '10001 11001 10101 10011 10001 10001 10001',
  O: '01110 10001 10001 10001 10001 10001 01110',
  P: '11110 10001 10001 11110 10000 10000 10000',
  R: '11110 10001 10001 11110 10100 10010 10001',
  S: '01111 10000 10000 01110 00001 00001 11110',
  T: '11111 00100 00100 00100 00100 00100 00100',
  U: '10001 10001 10001 10001 10001 10001 01110',
  Y: '10001 10001 01010 00100 00100 00100 00100',
};

export const alphabet = Object.keys(drawings).join('');

/** Ink of each letter [letter][7 × 5]. */
export const glyphs: readonly Uint8Array[] = Object.values(drawings).map((drawing) =>
  Uint8Array.from(drawing.replaceAll(' ', ''), Number),
);

/** Where a word stands: x is common to its letters, y is each letter's own. */
export interface Jitter {
  readonly x: number;
  readonly y: readonly number[];
}

/** Draws letters (indices into the alphabet) from the left [1, 8, 32]. */
export function drawWord(
  letters: readonly number[],
  jitter: Jitter,
  out: Float32Array,
  offset = 0,
): void {
  out.fill(-1, offset, offset + PIXELS);
  letters.forEach((letter, cell) => {
    for (let i = 0; i < LETTER_WIDTH * LETTER_HEIGHT; i++) {
      if (glyphs[letter][i] === 0) continue;
      const row = jitter.y[cell] + Math.floor(i / LETTER_WIDTH);
      const column = cell * CELL + jitter.x + (i % LETTER_WIDTH);
      out[offset + row * WIDTH + column] = 1;
    }
  });
}
