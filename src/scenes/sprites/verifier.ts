/**
 * The exact judge of sprite pictures: analysis by synthesis (scenes.md S2 "Verifier").
 *
 * 1. Each pixel takes the nearest of background and colours, or none if all are too far. 2. Every colour × shape ×
 * place is compared with its template in a frame one pixel wide; a hit may miss little. 3. What no hit explains is
 * junk. Strict: exactly the objects asked for, as asked, and hardly any junk. Graded: partial credit, less for extra
 * objects and junk.
 */
import { PIXELS, SIZE, SPRITE, background, colours, masks } from './palette';
import { stands } from './prompts';
import type { Prompt } from './prompts';

export interface Found {
  readonly shape: number;
  readonly colour: number;
  readonly row: number;
  readonly column: number;
}

export interface Tolerance {
  /** Largest RGB distance of a pixel to its colour. */
  readonly colour: number;
  /** Wrong pixels allowed in one sprite. */
  readonly pixels: number;
  /** Unexplained pixels allowed in the picture. */
  readonly junk: number;
}

export const tolerance: Tolerance = { colour: 0.6, pixels: 2, junk: 2 };

const BACKGROUND = 0;
const UNKNOWN = 255;
const palette = [background, ...colours];

/** Label of every pixel: 0 background, 1 … colours, 255 none of them. */
export function labelPixels(
  picture: Float32Array,
  labels: Uint8Array,
  limit = tolerance.colour,
): void {
  const squaredLimit = limit * limit;
  for (let i = 0; i < PIXELS; i++) {
    let best = squaredLimit;
    labels[i] = UNKNOWN;
    for (let p = 0; p < palette.length; p++) {
      const dr = picture[i] - palette[p][0];
      const dg = picture[PIXELS + i] - palette[p][1];
      const db = picture[2 * PIXELS + i] - palette[p][2];
      const distance = dr * dr + dg * dg + db * db;
      if (distance <= best) {
        best = distance;
        labels[i] = p;
      }
    }
  }
}

/** Wrong pixels of a sprite with its frame at (row, column), stopping when there are more than `limit`. */
function mismatch(
  labels: Uint8Array,
  shape: number,
  label: number,
  row: number,
  column: number,
  limit: number,
): number {
  let wrong = 0;
  for (let y = -1; y <= SPRITE; y++) {
    for (let x = -1; x <= SPRITE; x++) {
      const inside = y >= 0 && x >= 0 && y < SPRITE && x < SPRITE;
      const on = inside && masks[shape][y * SPRITE + x] === 1;
      const [r, c] = [row + y, column + x];
      const off = r < 0 || c < 0 || r >= SIZE || c >= SIZE;
      const found = off ? BACKGROUND : labels[r * SIZE + c];
      if (found !== (on ? label : BACKGROUND) && ++wrong > limit) return wrong;
    }
  }
  return wrong;
}

/** All sprites found, and the number of pixels none of them explains. */
export function findSprites(
  picture: Float32Array,
  limits = tolerance,
): { found: Found[]; junk: number } {
  const labels = new Uint8Array(PIXELS);
  labelPixels(picture, labels, limits.colour);
  const found: Found[] = [];
  const explained = new Uint8Array(PIXELS);
  for (let row = 0; row <= SIZE - SPRITE; row++) {
    for (let column = 0; column <= SIZE - SPRITE; column++) {
      if (!areaHasInk(labels, row, column)) continue;
      for (let shape = 0; shape < masks.length; shape++) {
        for (let colour = 0; colour < colours.length; colour++) {
          if (mismatch(labels, shape, colour + 1, row, column, limits.pixels) > limits.pixels)
            continue;
          found.push({ shape, colour, row, column });
          explain(explained, shape, row, column);
        }
      }
    }
  }
  let junk = 0;
  for (let i = 0; i < PIXELS; i++) if (labels[i] !== BACKGROUND && explained[i] === 0) junk++;
  return { found, junk };
}

/** Quick refusal: every sprite has ink in its middle row and column cross. */
function areaHasInk(labels: Uint8Array, row: number, column: number): boolean {
  let ink = 0;
  for (let i = 0; i < SPRITE; i++) {
    if (labels[(row + i) * SIZE + column + 2] !== BACKGROUND) ink++;
    if (labels[(row + 2) * SIZE + column + i] !== BACKGROUND) ink++;
  }
  return ink >= 2;
}

function explain(explained: Uint8Array, shape: number, row: number, column: number): void {
  for (let i = 0; i < SPRITE * SPRITE; i++) {
    if (masks[shape][i] === 1)
      explained[(row + Math.floor(i / SPRITE)) * SIZE + column + (i % SPRITE)] = 1;
  }
}

export interface Verdict {
  readonly strict: boolean;
  /** In [0, 1]. */
  readonly graded: number;
}

const center = (sprite: Found): number =>
  Math.floor(sprite.row / 8) * 3 + Math.floor(sprite.column / 8);

/** Judges one picture [3, 24, 24] against one prompt. */
export function judge(picture: Float32Array, prompt: Prompt, limits = tolerance): Verdict {
  const { found, junk } = findSprites(picture, limits);
  const { right, credit, wanted } = credits(found, prompt);
  const extra = Math.max(0, found.length - wanted);
  const penalty = 0.02 * Math.max(0, junk - limits.junk);
  const graded = Math.max(0, credit / (1 + extra) - penalty);
  return { strict: right && extra === 0 && junk <= limits.junk, graded };
}

function credits(
  found: readonly Found[],
  prompt: Prompt,
): { right: boolean; credit: number; wanted: number } {
  const [count, s1, c1, relation, s2, c2] = prompt;
  const ofShape = (shape: number): Found[] => found.filter((sprite) => sprite.shape === shape - 1);
  const hasColour = (sprites: Found[], colour: number): boolean =>
    sprites.some((sprite) => sprite.colour === colour - 1);
  const first = ofShape(s1);
  if (s2 > 0) {
    const second = ofShape(s2);
    const objects = (first.length > 0 ? 0.5 : 0) + (second.length > 0 ? 0.5 : 0);
    const both = objects === 1;
    if (relation > 0) {
      const holds =
        both && first.some((a) => second.some((b) => stands(center(a), relation, center(b))));
      return { right: both && holds, credit: 0.5 * objects + (holds ? 0.5 : 0), wanted: 2 };
    }
    if (c1 > 0) {
      const bound = (hasColour(first, c1) ? 0.5 : 0) + (hasColour(second, c2) ? 0.5 : 0);
      return { right: both && bound === 1, credit: 0.5 * objects + 0.5 * bound, wanted: 2 };
    }
    return { right: both, credit: objects, wanted: 2 };
  }
  if (count > 0) {
    const oneColour = first.every((sprite) => sprite.colour === first[0].colour);
    const credit = Math.max(0, 1 - Math.abs(count - first.length) / count);
    return {
      right: first.length === count && oneColour,
      credit,
      wanted: Math.max(count, first.length),
    };
  }
  if (c1 > 0) {
    const coloured = hasColour(first, c1);
    return {
      right: coloured,
      credit: (first.length > 0 ? 0.5 : 0) + (coloured ? 0.5 : 0),
      wanted: 1,
    };
  }
  return { right: first.length > 0, credit: first.length > 0 ? 1 : 0, wanted: 1 };
}
