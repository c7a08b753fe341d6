/**
 * Arithmetic on shapes whose batch-sized dimensions are negative (graph.ts: −k stands for k·N).
 *
 * A dimension that is a multiple of N never equals a fixed number, since a graph must hold for every batch size.
 */
import type { Shape } from './graph';

export const isBatchDim = (dim: number): boolean => dim < 0;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

/** `axis` counted from the front, or null when it is outside a tensor of `rank` dimensions. */
export function normalAxis(axis: number, rank: number): number | null {
  const normal = axis < 0 ? axis + rank : axis;
  return Number.isInteger(axis) && normal >= 0 && normal < rank ? normal : null;
}

/** The common shape of an element-wise operation (NumPy broadcasting), or null when the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const dimA = a[axis - rank + a.length] ?? 1;
    const dimB = b[axis - rank + b.length] ?? 1;
    if (dimA !== dimB && dimA !== 1 && dimB !== 1) return null;
    result.push(dimA === 1 ? dimB : dimA);
  }
  return result;
}

/** A number of elements as `count · N^power`. */
export interface SymbolicCount {
  readonly count: number;
  readonly power: number;
}

export function symbolicCount(shape: Shape): SymbolicCount {
  return {
    count: shape.reduce((product, dim) => product * Math.abs(dim), 1),
    power: shape.filter(isBatchDim).length,
  };
}

/**
 * The shape that ONNX Reshape makes of `input`: a 0 in `target` copies that dimension, one −1 is worked out. Null when
 * the element counts do not match for every batch size.
 */
export function reshapedShape(input: Shape, target: readonly number[]): Shape | null {
  if (target.some((dim, axis) => dim < -1 || (dim === 0 && axis >= input.length))) return null;
  const copied = target.map((dim, axis) => (dim === 0 ? input[axis] : dim));
  const total = symbolicCount(input);
  const free = target.indexOf(-1);
  const known = symbolicCount(copied.filter((_, axis) => axis !== free));
  if (free < 0) return total.count === known.count && total.power === known.power ? copied : null;
  const missing = total.count / known.count;
  const power = total.power - known.power;
  if (target.indexOf(-1, free + 1) >= 0 || !Number.isInteger(missing)) return null;
  if (power !== 0 && power !== 1) return null;
  return copied.map((dim, axis) => (axis !== free ? dim : power === 1 ? -missing : missing));
}

/** `shape` as an operand of ONNX Reshape: its batch-sized dimension becomes −1. Null when there is more than one. */
export function reshapeTarget(shape: Shape): number[] | null {
  if (shape.filter(isBatchDim).length > 1) return null;
  return shape.map((dim) => (isBatchDim(dim) ? -1 : dim));
}

/** Axes of `full` (counted from the front) along which a tensor of shape `small` is repeated to reach `full`. */
export function repeatedAxes(small: Shape, full: Shape): number[] {
  const lead = full.length - small.length;
  return full.flatMap((dim, axis) =>
    axis < lead || (small[axis - lead] === 1 && dim !== 1) ? [axis] : [],
  );
}
