/**
 * The reward over the plane as a quiet background: one ramp from paper to green, even in perceived lightness because it
 * is straight in OKLab (Ottosson 2020). Rewards within [0, 1] are shown as they are, others from their least to largest.
 */
import type { Landscape, Reward } from '../../scenes/scene';
import { rewardScale } from '../view/beads';

/** Cells across. */
export const heatSize = 96;

type Triple = readonly [number, number, number];

/** Reward at the middle of every cell of a square around 0 [heatSize²], row 0 at the top, as shares 0 … 1. */
export function heatShares(reward: Reward, paint: Landscape, extent: number): Float32Array {
  const samples = new Float32Array(heatSize * heatSize * 2);
  const cell = (2 * extent) / heatSize;
  for (let i = 0; i < heatSize * heatSize; i++) {
    samples[2 * i] = ((i % heatSize) + 0.5) * cell - extent;
    samples[2 * i + 1] = extent - (Math.floor(i / heatSize) + 0.5) * cell;
  }
  const rewards = new Float32Array(heatSize * heatSize);
  reward.score(samples, rewards, { landscape: paint, prompts: null });
  return rewards.map(rewardScale(rewards));
}

/** Colours of the shares as RGBA bytes. `low` and `high` are "#rrggbb". */
export function heatPixels(
  shares: Float32Array,
  low: string,
  high: string,
): Uint8ClampedArray<ArrayBuffer> {
  const [from, to] = [okLab(parseHex(low)), okLab(parseHex(high))];
  const ramp = Array.from({ length: 256 }, (_, i) =>
    fromOkLab(from.map((value, k) => value + ((to[k] - value) * i) / 255) as unknown as Triple),
  );
  const pixels = new Uint8ClampedArray(shares.length * 4);
  shares.forEach((share, i) => {
    pixels.set(ramp[Math.round(share * 255)] ?? ramp[0], 4 * i);
    pixels[4 * i + 3] = 255;
  });
  return pixels;
}

function parseHex(colour: string): Triple {
  const word = Number.parseInt(colour.slice(1), 16);
  return [(word >> 16) & 255, (word >> 8) & 255, word & 255];
}

const linear = (byte: number): number => {
  const c = byte / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

const companded = (c: number): number =>
  255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

function okLab(rgb: Triple): Triple {
  const [r, g, b] = rgb.map(linear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOkLab([L, a, b]: Triple): Triple {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    companded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    companded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    companded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
