/** From the plane of the points to pixels and back. The plane is a square around 0; y points up. */
import type { RunView } from '../view/runView';

export interface Projection {
  readonly size: number;
  /** The square reaches from −extent to extent. */
  readonly extent: number;
}

/** Squares that the plane may show, from the usual one outwards. */
const extents = [3.2, 4.8, 7.2, 10.8, 16.2, 24.3];

export const toPixels = (
  { size, extent }: Projection,
  x: number,
  y: number,
): readonly [number, number] => [
  ((x + extent) / (2 * extent)) * size,
  ((extent - y) / (2 * extent)) * size,
];

export const toPlane = (
  { size, extent }: Projection,
  px: number,
  py: number,
): readonly [number, number] => [
  (px / size) * 2 * extent - extent,
  extent - (py / size) * 2 * extent,
];

/** The smallest of the squares that holds all but a fiftieth of the samples: points may leave the data altogether. */
export function planeExtent({ evaluation, data }: RunView): number {
  const samples = evaluation?.samples ?? data;
  const count = samples.length / 2;
  const fits = (extent: number): boolean => {
    let outside = 0;
    for (let i = 0; i < count; i++) {
      if (Math.abs(samples[2 * i]) > extent || Math.abs(samples[2 * i + 1]) > extent) outside++;
    }
    return outside <= count / 50;
  };
  return extents.find(fits) ?? extents[extents.length - 1];
}
