/**
 * The four point clouds of docs/scenes.md §2 and the shapes they lie on.
 *
 *   ring          2·(cos kπ/4, sin kπ/4) + .15·n,  k uniform on 0 … 7
 *   moons         1.6·((cos a, sin a) − (.5, .25)) or 1.6·((1 − cos a, .5 − sin a) − (.5, .25)), + .1·n,  a ~ U(0, π)
 *   checkerboard  (i + u − 2, j + u′ − 2),  i uniform on 0 … 3,  j = 2·bit + (i mod 2)
 *   spiral        .8/π·(u cos u, u sin u) + .06·n,  u = 3π√U
 *
 * with n standard normal and U, u, u′ uniform on (0, 1). Random numbers are counter-based (kernels/noise) and sin and
 * cos our own, so a seed gives the same points in every JavaScript engine.
 */
import { streams } from '../../core/streams';
import { cos, sin } from '../../core/math';
import { NOISE_STREAM, normals, sampleKeys, threefry2x32 } from '../../kernels/noise/noise.twin';

/** Where a point is in relation to the noise-free shape: how far off, and by which of its equal parts. */
export interface Placement {
  readonly distance: number;
  readonly part: number;
}

export interface PointCloud {
  /** Writes one point into out[at], out[at + 1]; `u` are four uniform numbers, `n` two normal ones. */
  readonly draw: (
    u: ArrayLike<number>,
    n: ArrayLike<number>,
    out: Float32Array,
    at: number,
  ) => void;
  /** Eight parts that hold an eighth of the data each. */
  readonly parts: 8;
  readonly place: (x: number, y: number) => Placement;
  /** A sample is on the data when its distance is at most this. */
  readonly tolerance: number;
}

const UNIFORMS = 0x756e6966;

/** A number on the open interval (0, 1) from the upper 24 bits of a word. */
const uniform = (word: number): number => ((word >>> 8) + 0.5) / 0x1000000;

/** `count` points of a cloud [count, 2]; the first points do not depend on how many follow. */
export function drawPoints(cloud: PointCloud, count: number, seed: number): Float32Array {
  const keys = sampleKeys(seed, streams.pointsData, count);
  const points = new Float32Array(count * 2);
  const n = new Float32Array(2);
  for (let i = 0; i < count; i++) {
    const key0 = keys[i * 2];
    const key1 = keys[i * 2 + 1];
    const words = [
      ...threefry2x32(key0, key1, 0, UNIFORMS),
      ...threefry2x32(key0, key1, 1, UNIFORMS),
    ];
    normals(key0, key1, NOISE_STREAM.own, 2, n, 0);
    cloud.draw(words.map(uniform), n, points, i * 2);
  }
  return points;
}

/** The parts as centres [8, 2] or as a finely traced curve [8·m, 2] whose eighths follow one another. */
function placeByNearest(points: readonly (readonly [number, number])[]): PointCloud['place'] {
  return (x, y) => {
    let index = 0;
    let best = Infinity;
    for (let i = 0; i < points.length; i++) {
      const dx = x - points[i][0];
      const dy = y - points[i][1];
      const squared = dx * dx + dy * dy;
      if (squared < best) {
        best = squared;
        index = i;
      }
    }
    return { distance: Math.sqrt(best), part: Math.floor((index * 8) / points.length) };
  };
}

/** `count` points of a curve, in the middle of equal shares of its data. */
const trace = (count: number, curve: (share: number) => readonly [number, number]) =>
  Array.from({ length: count }, (_, i) => curve((i + 0.5) / count));

const ringMode = (k: number): readonly [number, number] => [
  2 * cos((k * Math.PI) / 4),
  2 * sin((k * Math.PI) / 4),
];

export const ring: PointCloud = {
  draw: (u, n, out, at) => {
    const [x, y] = ringMode(Math.floor(u[0] * 8));
    out[at] = x + 0.15 * n[0];
    out[at + 1] = y + 0.15 * n[1];
  },
  parts: 8,
  place: placeByNearest(Array.from({ length: 8 }, (_, k) => ringMode(k))),
  tolerance: 0.6,
};

const moon = (second: boolean, share: number): readonly [number, number] => {
  const x = cos(Math.PI * share);
  const y = sin(Math.PI * share);
  return second ? [1.6 * (0.5 - x), 1.6 * (0.25 - y)] : [1.6 * (x - 0.5), 1.6 * (y - 0.25)];
};

export const moons: PointCloud = {
  draw: (u, n, out, at) => {
    const [x, y] = moon(u[0] >= 0.5, u[1]);
    out[at] = x + 0.1 * n[0];
    out[at + 1] = y + 0.1 * n[1];
  },
  parts: 8,
  place: placeByNearest([
    ...trace(128, (share) => moon(false, share)),
    ...trace(128, (share) => moon(true, share)),
  ]),
  tolerance: 0.3,
};

/** Distance of a coordinate from the unit interval that starts at `low`. */
const outside = (value: number, low: number): number => Math.max(low - value, value - low - 1, 0);

export const checkerboard: PointCloud = {
  draw: (u, _n, out, at) => {
    const i = Math.floor(u[0] * 4);
    const j = 2 * Math.floor(u[1] * 2) + (i % 2);
    out[at] = i + u[2] - 2;
    out[at + 1] = j + u[3] - 2;
  },
  parts: 8,
  place: (x, y) => {
    const placement = { distance: Infinity, part: 0 };
    for (let part = 0; part < 8; part++) {
      const i = part >> 1;
      const dx = outside(x, i - 2);
      const dy = outside(y, 2 * (part & 1) + (i % 2) - 2);
      const distance = Math.sqrt(dx * dx + dy * dy);
      if (distance < placement.distance) Object.assign(placement, { distance, part });
    }
    return placement;
  },
  tolerance: 0.1,
};

const spiralAt = (share: number): readonly [number, number] => {
  const turn = 3 * Math.PI * Math.sqrt(share);
  const radius = 2.4 * Math.sqrt(share);
  return [radius * cos(turn), radius * sin(turn)];
};

export const spiral: PointCloud = {
  draw: (u, n, out, at) => {
    const [x, y] = spiralAt(u[0]);
    out[at] = x + 0.06 * n[0];
    out[at + 1] = y + 0.06 * n[1];
  },
  parts: 8,
  place: placeByNearest(trace(256, spiralAt)),
  tolerance: 0.2,
};
