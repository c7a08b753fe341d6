/**
 * Painting a reward by hand. A stamp lifts the landscape towards 1, or lowers it towards 0, most in its middle and not
 * at all beyond its radius: (1 − (d/r)²)². A stroke is stamps close together.
 */
import type { Landscape } from '../../scenes/scene';

/** Cells across, and half the width of the painted square in units of the plane. */
export const landscapeSize = 64;
export const landscapeExtent = 4;

/** How much of the way to 1 or 0 the middle of one stamp goes. */
const strength = 0.35;

export const blankLandscape = (): Landscape => ({
  size: landscapeSize,
  extent: landscapeExtent,
  values: new Float32Array(landscapeSize * landscapeSize),
});

/** A new landscape with a stroke from point to point in it; the given one stays as it is. */
export function stroke(
  landscape: Landscape,
  from: readonly [number, number],
  to: readonly [number, number],
  radius: number,
  erase: boolean,
): Landscape {
  const values = Float32Array.from(landscape.values);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const stamps = Math.max(1, Math.ceil(length / (radius / 3)));
  for (let i = 1; i <= stamps; i++) {
    const share = i / stamps;
    const x = from[0] + (to[0] - from[0]) * share;
    const y = from[1] + (to[1] - from[1]) * share;
    stamp(landscape, values, x, y, radius, erase);
  }
  return { ...landscape, values };
}

function stamp(
  { size, extent }: Landscape,
  values: Float32Array,
  x: number,
  y: number,
  radius: number,
  erase: boolean,
): void {
  const cell = (2 * extent) / size;
  const cells = (low: number, high: number): [number, number] => [
    Math.max(0, Math.floor(low / cell)),
    Math.min(size - 1, Math.ceil(high / cell)),
  ];
  const [firstColumn, lastColumn] = cells(x - radius + extent, x + radius + extent);
  const [firstRow, lastRow] = cells(extent - y - radius, extent - y + radius);
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const dx = (column + 0.5) * cell - extent - x;
      const dy = extent - (row + 0.5) * cell - y;
      const fall = 1 - (dx * dx + dy * dy) / (radius * radius);
      if (fall <= 0) continue;
      const at = row * size + column;
      values[at] += ((erase ? 0 : 1) - values[at]) * strength * fall * fall;
    }
  }
}
