/**
 * Long sums over the batch, cut into stretches that run side by side.
 *
 * The gradient of a weight matrix sums over all rows of the batch but has few elements: one thread per tile would leave a
 * real GPU idle and wait for thousands of reads in a row. Partial sums cost one more kernel, which is packed with others.
 * Only sums over the batch are cut, so a sample's own numbers never depend on it.
 */
import { sizeAt, shapeSize, type Size } from './sizes';
import type { Value, ValueFactory } from './values';

export interface SplitOptions {
  readonly maxBatch: number;
  /** Cut sums for a GPU with thousands of threads. */
  readonly hardware: boolean;
}

/** Threads that keep a small real GPU busy, and the least that each of them should add up. */
const WANTED_THREADS = 8192;
const SHORTEST_STRETCH = 64;
const MAX_SPLITS = 32;

/** Stretches for sums of `length` terms by `threads` threads. */
function splitsOf(length: Size, threads: number, { maxBatch, hardware }: SplitOptions): number {
  if (!hardware || length.power === 0) return 1;
  const stretches = Math.floor(sizeAt(length, maxBatch) / SHORTEST_STRETCH);
  return Math.max(1, Math.min(stretches, Math.ceil(WANTED_THREADS / threads), MAX_SPLITS));
}

/** a·b. */
export function matrixProduct(
  make: ValueFactory,
  a: Value,
  b: Value,
  options: SplitOptions,
): Value {
  const depth = shapeSize(a.shape.slice(-1));
  const outputs = shapeSize([...a.shape.slice(0, -1), b.shape[b.shape.length - 1]]);
  const isMatrix = a.shape.length === 2 && outputs.power === 0;
  const splits = isMatrix ? splitsOf(depth, outputs.count / 16, options) : 1;
  if (splits === 1) return make.matmul(a, b);
  return make.reduce('sum', make.transpose(make.matmul(a, b, splits), [1, 2, 0]), 1);
}

/** Σ over the last `inner` axes. */
export function sumOver(
  make: ValueFactory,
  source: Value,
  inner: number,
  options: SplitOptions,
): Value {
  const rank = source.shape.length - inner;
  const outputs = shapeSize(source.shape.slice(0, rank));
  const length = shapeSize(source.shape.slice(rank));
  const splits = outputs.power === 0 ? splitsOf(length, outputs.count / 4, options) : 1;
  if (splits === 1) return make.reduce('sum', source, inner);
  const parts = make.reduce('sum', source, inner, splits);
  const last = [...parts.shape.keys()].slice(1);
  return make.reduce('sum', make.transpose(parts, [...last, 0]), 1);
}
