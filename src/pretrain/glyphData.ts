/**
 * What the glyph policy learns: words of two to four letters, drawn with jitter, whose captions are wrong on purpose
 * (docs/scenes.md §4). Every letter is replaced by a uniform one with probability q = .40, which leaves reward for RL
 * to find while the pictures stay sharp.
 */
import { CELLS, JITTER_X, JITTER_Y, alphabet, drawWord } from '../scenes/glyphs/font';
import { drawWordPrompt, lettersOf } from '../scenes/glyphs/words';
import type { Draw } from '../scenes/promptTools';
import type { Prompt } from '../scenes/scene';

export const glyphSlots: readonly number[] = new Array<number>(CELLS).fill(alphabet.length + 1);

/** Replaced letters per thousand. */
const CAPTION_NOISE = 400;

/** Two to four letters, every length equally often. */
export const drawGlyphPrompt = (draw: Draw): Prompt => drawWordPrompt(2 + draw(CELLS - 1), draw);

/** A picture of `prompt` with caption noise, written at `offset` [1, 8, 32]. */
export function drawGlyphSample(
  prompt: Prompt,
  draw: Draw,
  out: Float32Array,
  offset: number,
): void {
  const letters = lettersOf(prompt).map((letter) =>
    draw(1000) < CAPTION_NOISE ? draw(alphabet.length) : letter,
  );
  const jitter = { x: draw(JITTER_X), y: letters.map(() => draw(JITTER_Y)) };
  drawWord(letters, jitter, out, offset);
}
