/**
 * The latent space of sprite pictures: what a tile can show lies in a space of 4 shapes × 3 colour channels, so a
 * picture of 1,728 numbers is a latent image [12, 3, 3] of 108 without loss. The policy lives there, as the papers'
 * models live behind a VAE; decoding is one small matrix product.
 *
 * Masks are made orthonormal by Gram–Schmidt; each of the 12 coordinates is divided by its standard deviation over the
 * 16 sprites.
 */
import { PIXELS, SIZE, SPRITE, TILE, TILES, background, colours, masks } from './palette';

export const CHANNELS = masks.length * 3;
export const LATENT = CHANNELS * TILES * TILES;

const AREA = SPRITE * SPRITE;

/** Orthonormal mask basis [4][25]. */
const basis: readonly Float64Array[] = orthonormal(masks);

/** Standard deviation of each coordinate over all sprites, at least .15 of the largest. */
const scale: Float64Array = coordinateScale();

function orthonormal(vectors: readonly Float32Array[]): Float64Array[] {
  const result: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = Float64Array.from(vector);
    for (const unit of result) {
      const share = dot(rest, unit);
      for (let i = 0; i < AREA; i++) rest[i] -= share * unit[i];
    }
    const length = Math.sqrt(dot(rest, rest));
    result.push(rest.map((value) => value / length));
  }
  return result;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < AREA; i++) sum += a[i] * b[i];
  return sum;
}

function coordinateScale(): Float64Array {
  const result = new Float64Array(CHANNELS);
  for (let coordinate = 0; coordinate < CHANNELS; coordinate++) {
    const values = masks.flatMap((mask) =>
      colours.map(
        (colour) =>
          dot(mask, basis[Math.floor(coordinate / 3)]) *
          (colour[coordinate % 3] - background[coordinate % 3]),
      ),
    );
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    result[coordinate] = Math.sqrt(
      values.reduce((a, v) => a + (v - mean) * (v - mean), 0) / values.length,
    );
  }
  const floor = 0.15 * Math.max(...result);
  return result.map((value) => Math.max(value, floor));
}

/** First pixel of each tile's sprite area inside one channel. */
const corners = Int32Array.from(
  { length: TILES * TILES },
  (_, tile) => Math.floor(tile / TILES) * TILE * SIZE + (tile % TILES) * TILE,
);

/** Pixels of a sprite area relative to its first. */
const area = Int32Array.from(
  { length: AREA },
  (_, i) => Math.floor(i / SPRITE) * SIZE + (i % SPRITE),
);

/** Picture [3, 24, 24] → latent [12, 3, 3]. Pixels outside the sprite areas do not count. */
export function encodePicture(picture: Float32Array, latent: Float32Array, offset = 0): void {
  const tiles = TILES * TILES;
  for (let tile = 0; tile < tiles; tile++) {
    for (let coordinate = 0; coordinate < CHANNELS; coordinate++) {
      const channel = coordinate % 3;
      const unit = basis[Math.floor(coordinate / 3)];
      let sum = 0;
      for (let i = 0; i < AREA; i++) {
        sum +=
          unit[i] * (picture[channel * PIXELS + corners[tile] + area[i]] - background[channel]);
      }
      latent[offset + coordinate * tiles + tile] = sum / scale[coordinate];
    }
  }
}

/** Latent [12, 3, 3] → picture [3, 24, 24]. */
export function decodeLatent(latent: Float32Array, picture: Float32Array, offset = 0): void {
  const tiles = TILES * TILES;
  const { fround } = Math;
  const [unit0, unit1, unit2, unit3] = basis;
  for (let channel = 0; channel < 3; channel++) {
    const empty = fround(background[channel]);
    picture.fill(empty, channel * PIXELS, (channel + 1) * PIXELS);
    for (let tile = 0; tile < tiles; tile++) {
      const at = offset + channel * tiles + tile;
      const value0 = latent[at] * scale[channel];
      const value1 = latent[at + 3 * tiles] * scale[channel + 3];
      const value2 = latent[at + 6 * tiles] * scale[channel + 6];
      const value3 = latent[at + 9 * tiles] * scale[channel + 9];
      const first = channel * PIXELS + corners[tile];
      for (let i = 0; i < AREA; i++) {
        const two = fround(fround(empty + unit0[i] * value0) + unit1[i] * value1);
        picture[first + area[i]] = fround(two + unit2[i] * value2) + unit3[i] * value3;
      }
    }
  }
}
