/**
 * How a batch is cut, so that any number of cores gives the same bytes: the shards depend on the number of rows and on
 * the network alone, and gradients are added over them in one fixed tree (sumTree in shardRunner.mjs).
 *
 * A shard of a picture network has at least 16 rows, below which ONNX Runtime takes longer for a row (measured: glyphs'
 * gradient 1.25 ms a row at 8, 1.06 at 16, 1.03 at 32); a batch below two such is cut once down to 8 rows, because a
 * half of the work on another core is worth more. A shard of a network of points has at least 256.
 */
export const maxShards = 16;

/** Rows below which a batch stays whole, the least rows of more than two shards, and the most rows of one ORT run. */
export interface Grain {
  readonly whole: number;
  readonly rows: number;
  readonly run: number;
}

/** `dimensions` of one sample. Bounds memory, too: rows of one run. */
export const grainOf = (dimensions: number): Grain =>
  dimensions <= 64 ? { whole: 512, rows: 256, run: 2048 } : { whole: 16, rows: 16, run: 64 };

/** No cutting but for memory: where one run uses all that computes. */
export const oneRun = (dimensions: number): Grain => ({ ...grainOf(dimensions), whole: Infinity });

/** Number of shards: a power of two up to `maxShards`, so that 1, 2, 4, 8 and 16 cores have equal shares. */
export function shardCount(rows: number, grain: Grain): number {
  if (rows < grain.whole) return 1;
  let count = 2;
  while (count < maxShards && rows >= 2 * count * grain.rows) count *= 2;
  return count;
}

/** First row of every shard, and the number of rows at the end [count + 1]. */
export function shardBounds(rows: number, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => Math.floor((i * rows) / count));
}

/** Bounds of the shards of a batch; none is larger than one run may be where they are `maxShards` already. */
export function cut(rows: number, grain: Grain): number[] {
  const count = shardCount(rows, grain);
  const runs = Math.ceil(rows / count / grain.run);
  return shardBounds(rows, count * Math.max(1, runs));
}

/** Shards [from, to) of worker `worker` of `workers`: neighbours, so that it can add up most of its own gradients. */
export function shareOf(shards: number, worker: number, workers: number): [number, number] {
  const bound = (i: number): number => Math.floor((i * shards) / workers);
  return [bound(worker), bound(worker + 1)];
}
