/**
 * Numbers of elements that grow with the batch: a Size is count·Nᵖ, and a Bound is a polynomial in N used to compare
 * index ranges for every batch size at once. N ≥ 1 is the batch size, known only when a plan is encoded.
 */
import type { Shape } from '../../onnx/graph';

/** count·N^power. */
export interface Size {
  readonly count: number;
  readonly power: number;
}

export const one: Size = { count: 1, power: 0 };

/** The size of a dimension in graph.ts's notation (−k stands for k·N). */
export function dimSize(dim: number): Size {
  return dim < 0 ? { count: -dim, power: 1 } : { count: dim, power: 0 };
}

export function product(...sizes: readonly Size[]): Size {
  return sizes.reduce((a, b) => ({ count: a.count * b.count, power: a.power + b.power }), one);
}

/** Number of elements of `shape`. */
export function shapeSize(shape: Shape): Size {
  return product(...shape.map(dimSize));
}

export function sameSize(a: Size, b: Size): boolean {
  return a.count === b.count && (a.power === b.power || a.count === 0);
}

export function sizeAt(size: Size, batch: number): number {
  return size.count * batch ** size.power;
}

/** `a / b` where it is exact for every N, otherwise null. */
export function quotient(a: Size, b: Size): Size | null {
  const count = a.count / b.count;
  const power = a.power - b.power;
  return Number.isInteger(count) && power >= 0 ? { count, power } : null;
}

/** WGSL for a size, with the batch size in the variable `n`. */
export function sizeCode({ count, power }: Size): string {
  const factors = [...(count === 1 && power > 0 ? [] : [`${count}u`])];
  for (let i = 0; i < power; i++) factors.push('n');
  return factors.length > 1 ? `(${factors.join(' * ')})` : factors[0];
}

/** Coefficients of 1, N, N², … */
export type Bound = readonly number[];

export function addBounds(a: Bound, b: Bound): Bound {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, power) => (a[power] ?? 0) + (b[power] ?? 0));
}

export function scaleBound(bound: Bound, { count, power }: Size): Bound {
  return [...new Array<number>(power).fill(0), ...bound.map((coefficient) => coefficient * count)];
}

export function sizeBound(size: Size): Bound {
  return scaleBound([1], size);
}

/**
 * True where `bound` is known to be ≥ 0 for every N ≥ 1: with N = 1 + m, every coefficient of m is non-negative.
 */
export function isNonNegative(bound: Bound): boolean {
  const shifted = new Array<number>(bound.length).fill(0);
  bound.forEach((coefficient, power) => {
    for (let i = 0, binomial = 1; i <= power; i++) {
      shifted[i] += coefficient * binomial;
      binomial = (binomial * (power - i)) / (i + 1);
    }
  });
  return shifted.every((coefficient) => coefficient >= 0);
}

/** True where `bound` < `size` for every N ≥ 1. */
export function isBelow(bound: Bound, size: Size): boolean {
  return isNonNegative(addBounds(addBounds(sizeBound(size), [-1]), scaleBound(bound, minusOne)));
}

const minusOne: Size = { count: -1, power: 0 };
