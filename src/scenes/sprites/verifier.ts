/**
 * The exact judge of sprite pictures: analysis by synthesis (docs/scenes.md §3.2).
 *
 * 1. Each pixel takes the nearest of background and colours, or none if all are too far. 2. Every colour × shape ×
 * place is compared with its template in a frame one pixel wide; a hit may miss little. 3. What no hit explains is
 * junk. Strict: exactly the objects asked for, as asked, hardly any junk, and clean colours. Graded: partial credit,
 * less for extra objects, junk, and the residual, the mean distance of pixels to the colours they are taken for, so
 * that a faint pattern or a drifting background is paid for long before it could tip a verdict.
 */
import { PIXELS, SIZE, SPRITE, TILE, TILES, background, colours, masks } from './palette';
import type { Rgb } from './palette';
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
  /** Largest residual: mean RGB distance of the pixels to the colours they are taken for. */
  readonly residual: number;
}

export const tolerance: Tolerance = { colour: 0.6, pixels: 2, junk: 2, residual: 0.2 };

/** Residual that costs nothing. */
export const FREE_RESIDUAL = 0.02;

const BACKGROUND = 0;
const UNKNOWN = 255;
const palette = Float64Array.from([background, ...colours].flat());
const colourLabels = colours.map((_, colour) => colour + 1);

const squaredDistance = (a: ArrayLike<number>, b: Rgb): number =>
  b.reduce((sum, value, i) => sum + (a[i] - value) * (a[i] - value), 0);

/** The background as pictures hold it, and its distance to the palette's. */
const painted = Float32Array.from(background);
const roundedOff = Math.sqrt(squaredDistance(painted, background));

/** Squared distance below which a colour is the nearest one: not quite half as far as any two are from each other. */
const surelyNearest =
  0.24 *
  Math.min(
    ...[background, ...colours].flatMap((one, i, all) =>
      all.slice(i + 1).map((other) => squaredDistance(one, other)),
    ),
  );

/** Labels are kept with a margin of one background pixel, as sprites at the rim have it. */
const MARGIN = 1;
const LINE = SIZE + 2 * MARGIN;
const FRAME = SPRITE + 2 * MARGIN;
const LAST_PLACE = SIZE - SPRITE;

/** Where each pixel's label is kept. */
const places = Int32Array.from(
  { length: PIXELS },
  (_, i) => (MARGIN + Math.floor(i / SIZE)) * LINE + MARGIN + (i % SIZE),
);

/**
 * Label of every pixel in a margin of background [26 × 26]: 0 background, 1 … colours, 255 none of them.
 * @returns the residual; a pixel of no colour counts with `limit`
 */
export function labelPixels(picture: Float32Array, labels: Uint8Array, limit: number): number {
  const squaredLimit = limit * limit;
  const pixels = places.length;
  const [red, green, blue] = painted;
  let residual = 0;
  for (let i = 0; i < pixels; i++) {
    // Most pixels of a decoded picture are between the sprites.
    if (picture[i] === red && picture[pixels + i] === green && picture[2 * pixels + i] === blue) {
      labels[places[i]] = BACKGROUND;
      residual += roundedOff;
      continue;
    }
    let best = squaredLimit;
    let label = UNKNOWN;
    for (let p = 0; p < palette.length; p += 3) {
      const dr = picture[i] - palette[p];
      const dg = picture[pixels + i] - palette[p + 1];
      const db = picture[2 * pixels + i] - palette[p + 2];
      const distance = dr * dr + dg * dg + db * db;
      if (distance <= best) {
        best = distance;
        label = p / 3;
        if (distance < surelyNearest) break;
      }
    }
    residual += Math.sqrt(best);
    labels[places[i]] = label;
  }
  return residual / pixels;
}

/** Pixels of a sprite's frame, 7 × 7, relative to its upper left corner in the labels … */
const frame = Int32Array.from(
  { length: FRAME * FRAME },
  (_, i) => Math.floor(i / FRAME) * LINE + (i % FRAME),
);

/** … and for every shape whether the sprite is there. */
const frameMasks = masks.map((mask) =>
  Uint8Array.from(frame, (_, i) => {
    const [y, x] = [Math.floor(i / FRAME) - MARGIN, (i % FRAME) - MARGIN];
    const inside = y >= 0 && x >= 0 && y < SPRITE && x < SPRITE;
    return inside && mask[y * SPRITE + x] === 1 ? 1 : 0;
  }),
);

const areas = masks.map((mask) => mask.reduce((sum, on) => sum + on, 0));

/** Pixels of each shape's frame, those of the sprite first: there a wrong colour shows at once. */
const ordered = frameMasks.map((mask) => {
  const inside = (on: number): number[] => [...frame].filter((_, i) => mask[i] === on);
  return Int32Array.of(...inside(1), ...inside(0));
});

/** Whether at most `limit` pixels are wrong for a sprite whose frame begins at `corner`. */
function matches(labels: Uint8Array, shape: number, label: number, corner: number, limit: number) {
  const pixels = ordered[shape];
  const area = areas[shape];
  let wrong = 0;
  for (let i = 0; i < area; i++) {
    if (labels[corner + pixels[i]] !== label && ++wrong > limit) return false;
  }
  for (let i = area; i < pixels.length; i++) {
    if (labels[corner + pixels[i]] !== BACKGROUND && ++wrong > limit) return false;
  }
  return true;
}

export interface Sighting {
  readonly found: readonly Found[];
  /** Pixels that are not background and belong to no sprite found. */
  readonly junk: number;
  readonly residual: number;
}

/** All sprites in a picture, at whatever place. */
export function findSprites(picture: Float32Array, limits = tolerance): Sighting {
  const labels = new Uint8Array(LINE * LINE);
  const residual = labelPixels(picture, labels, limits.colour);
  const ink = inkTable(labels);
  const seen = colourLabels.filter((label) => labels.includes(label));
  const found: Found[] = [];
  const explained = new Uint8Array(LINE * LINE);
  for (let row = 0; row <= LAST_PLACE; row++) {
    for (let column = 0; column <= LAST_PLACE; column++) {
      const corner = row * LINE + column;
      const inked = inkInFrame(ink, row, column);
      if (inked === 0) continue;
      for (let shape = 0; shape < areas.length; shape++) {
        // A frame whose ink differs by more from the sprite's area has more wrong pixels than that.
        if (Math.abs(inked - areas[shape]) > limits.pixels) continue;
        for (const label of seen) {
          if (!matches(labels, shape, label, corner, limits.pixels)) continue;
          found.push({ shape, colour: label - 1, row, column });
          frameMasks[shape].forEach((on, i) => (explained[corner + frame[i]] |= on));
        }
      }
    }
  }
  let junk = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== BACKGROUND && explained[i] === 0) junk++;
  }
  return { found, junk, residual };
}

/** Inked labels above and left of every corner [27 × 27], for sums over rectangles. */
function inkTable(labels: Uint8Array): Int32Array {
  const width = LINE + 1;
  const table = new Int32Array(width * width);
  for (let row = 0; row < LINE; row++) {
    let line = 0;
    for (let column = 0; column < LINE; column++) {
      if (labels[row * LINE + column] !== BACKGROUND) line++;
      table[(row + 1) * width + column + 1] = table[row * width + column + 1] + line;
    }
  }
  return table;
}

function inkInFrame(table: Int32Array, row: number, column: number): number {
  const width = LINE + 1;
  const top = row * width + column;
  const bottom = top + FRAME * width;
  return table[bottom + FRAME] - table[bottom] - table[top + FRAME] + table[top];
}

export interface Verdict {
  readonly strict: boolean;
  /** In [0, 1]. */
  readonly graded: number;
  /** Mean RGB distance of the pixels to the colours they are taken for. */
  readonly residual: number;
}

/** Judges one picture [3, 24, 24] against one prompt. */
export function judge(picture: Float32Array, prompt: Prompt, limits = tolerance): Verdict {
  const { found, junk, residual } = findSprites(picture, limits);
  const { right, credit, wanted } = credits(found, prompt);
  const extra = Math.max(0, found.length - wanted);
  const clean = junk <= limits.junk && residual <= limits.residual;
  const penalty = 0.02 * Math.max(0, junk - limits.junk) + Math.max(0, residual - FREE_RESIDUAL);
  // Written so that a picture with NaN is worth nothing.
  const shared = credit / (1 + extra);
  const graded = shared > penalty ? shared - penalty : 0;
  return { strict: right && extra === 0 && clean, graded, residual };
}

interface Credits {
  readonly right: boolean;
  /** Share of what was asked, in [0, 1]. */
  readonly credit: number;
  /** Sprites that may be there. */
  readonly wanted: number;
}

/**
 * Half for the objects, half for what was said of them: colours and relation. Nothing is asked of what the prompt
 * leaves open, so "two rings" may differ in colour.
 */
function credits(found: readonly Found[], prompt: Prompt): Credits {
  const [count, s1, c1, relation, s2, c2] = prompt;
  const first = found.filter((sprite) => sprite.shape === s1 - 1);
  const second = found.filter((sprite) => sprite.shape === s2 - 1);
  const objects = [count > 0 ? countShare(first.length, count) : asNumber(first.length > 0)];
  if (s2 > 0) objects.push(asNumber(second.length > 0));
  const said: number[] = [];
  if (c1 > 0) said.push(asNumber(allOfColour(first, c1)));
  if (c2 > 0) said.push(asNumber(allOfColour(second, c2)));
  if (relation > 0) {
    const holds = (a: Found): boolean => second.some((b) => stands(tileOf(a), relation, tileOf(b)));
    said.push(asNumber(count > 0 ? first.length > 0 && first.every(holds) : first.some(holds)));
  }
  const right = [...objects, ...said].every((share) => share === 1);
  const credit = said.length === 0 ? mean(objects) : (mean(objects) + mean(said)) / 2;
  const wanted = (count > 0 ? Math.max(count, first.length) : 1) + (s2 > 0 ? 1 : 0);
  return { right, credit, wanted };
}

const asNumber = (holds: boolean): number => (holds ? 1 : 0);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const countShare = (found: number, asked: number): number =>
  Math.max(0, 1 - Math.abs(asked - found) / asked);

const allOfColour = (sprites: readonly Found[], colour: number): boolean =>
  sprites.length > 0 && sprites.every((sprite) => sprite.colour === colour - 1);

const tileOf = (sprite: Found): number =>
  Math.floor(sprite.row / TILE) * TILES + Math.floor(sprite.column / TILE);
