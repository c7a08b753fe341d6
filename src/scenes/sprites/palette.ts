/**
 * What a sprite picture is made of: a grid of 3 × 3 tiles of 8 × 8 pixels, each empty or holding one 5 × 5 sprite in
 * one colour (docs/scenes.md §3.1). Colours are RGB in [−1, 1]. Pictures are [3, 24, 24], channel first.
 */

export const TILES = 3;
export const TILE = 8;
export const SIZE = TILES * TILE;
export const PIXELS = SIZE * SIZE;

export type Rgb = readonly [number, number, number];

export const background: Rgb = [-0.85, -0.85, -0.8];

/** Value 0 of a colour slot means "not said". */
export const colourNames = ['red', 'green', 'blue', 'yellow'] as const;

export const colours: readonly Rgb[] = [
  [0.9, -0.6, -0.6],
  [-0.6, 0.7, -0.5],
  [-0.4, -0.1, 1],
  [0.95, 0.8, -0.6],
];

export const shapeNames = ['square', 'ring', 'triangle', 'heart'] as const;

const drawings = [
  '##### ##### ##### ##### #####',
  '.###. #...# #...# #...# .###.',
  '..#.. ..#.. .###. .###. #####',
  '.#.#. ##### ##### .###. ..#..',
];

export const SPRITE = 5;

/** Masks [shape][5 × 5], 1 where the sprite is. */
export const masks: readonly Float32Array[] = drawings.map((drawing) =>
  Float32Array.from(drawing.replaceAll(' ', ''), (dot) => (dot === '#' ? 1 : 0)),
);

/** One sprite in one tile (0 … 8, row by row). */
export interface Sprite {
  readonly shape: number;
  readonly colour: number;
  readonly tile: number;
}

/** The picture of some sprites [3, 24, 24]. */
export function drawSprites(
  sprites: readonly Sprite[],
  out = new Float32Array(3 * PIXELS),
): Float32Array {
  for (let channel = 0; channel < 3; channel++) {
    out.fill(background[channel], channel * PIXELS, (channel + 1) * PIXELS);
  }
  for (const { shape, colour, tile } of sprites) {
    const top = Math.floor(tile / TILES) * TILE;
    const left = (tile % TILES) * TILE;
    for (let i = 0; i < SPRITE * SPRITE; i++) {
      if (masks[shape][i] === 0) continue;
      const at = (top + Math.floor(i / SPRITE)) * SIZE + left + (i % SPRITE);
      for (let channel = 0; channel < 3; channel++)
        out[channel * PIXELS + at] = colours[colour][channel];
    }
  }
  return out;
}
