import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buildPointMlp } from '../../onnx/models/mlp';
import { testNormal } from '../../onnx/models/testNormal';
import { networkFiles } from '../network';
import { OrtModel } from '../ortModel';
import { randomPolicy } from '../testRuns';
import type { Cores, ShardWorker } from './cores';
import { defaultCores } from './cores';
import { nodeCores } from './nodeCores';
import { ShardPool } from './pool';
import type { FromWorker, PartialSum, Rows } from './protocol';
import { cut, grainOf, maxShards, oneRun, shareOf } from './shard';
import { addToTree } from './shardRunner.mjs';

const normal = testNormal();
const network = buildPointMlp({
  ...{ width: 16, layers: 2, timeFeatures: 4, maxFrequency: 5, normal },
});
const model = randomPolicy(network);
const files = networkFiles(model);

function openPool(cores: Cores | null): ShardPool {
  const open = (bytes: Uint8Array) => OrtModel.open(bytes, { provider: 'wasm' });
  const pool = new ShardPool(files, open, { cores, grain: grainOf(files.dimensions) });
  pool.setWeights('policy', model.initialWeights);
  return pool;
}

const batch = (rows: number, seed = 0): Rows => ({
  x: Float32Array.from({ length: rows * 2 }, (_, i) => normal(seed + i)),
  t: Float32Array.from({ length: rows }, (_, i) => (i + 0.5) / rows),
  cond: null,
  dv: Float32Array.from({ length: rows * 2 }, (_, i) => normal(seed + 7 * i + 3)),
});

const bytes = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('any number of cores', () => {
  const pools: ShardPool[] = [];
  beforeAll(async () => {
    for (const count of [1, 2, 3, 4]) pools.push(openPool(nodeCores(count)));
    await Promise.all(pools.map((pool) => pool.start()));
  });
  afterAll(() => pools.forEach((pool) => pool.destroy()));

  test('is there', () => {
    expect(pools.map(({ size }) => size)).toEqual([1, 2, 3, 4]);
  });

  test('gives the same bytes, at any number of rows', async () => {
    const rows = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 500, max: 9000 }));
    await fc.assert(
      fc.asyncProperty(rows, async (count) => {
        const request = batch(count, count);
        const [alone, ...others] = pools;
        const velocities = await alone.forward('policy', request);
        const gradient = await alone.gradient(request);
        for (const pool of others) {
          expect(bytes(await pool.forward('policy', request))).toEqual(bytes(velocities));
          expect(bytes(await pool.gradient(request))).toEqual(bytes(gradient));
        }
      }),
      { numRuns: 12 },
    );
  });

  test('computes with new weights as soon as they are told', async () => {
    const request = batch(2048);
    const before = await pools[1].forward('policy', request);
    const changed = model.initialWeights.map((weight) => weight * 0.9);
    for (const pool of pools) pool.setWeights('policy', changed);
    const after = await Promise.all(pools.map((pool) => pool.forward('policy', request)));
    for (const pool of pools) pool.setWeights('policy', model.initialWeights);
    expect(after[0]).not.toEqual(before);
    for (const one of after) expect(one).toEqual(after[0]);
  });
});

/** A worker that starts, and then does what `answer` says. */
function workerThat(answer: (id: number, told: (message: FromWorker) => void) => void): Cores {
  const start = (): ShardWorker => {
    let told: (message: FromWorker) => void;
    let crash: (reason: string) => void;
    return {
      listen: (onMessage, onCrash) => ([told, crash] = [onMessage, onCrash]),
      post(message) {
        if (message.kind === 'open') queueMicrotask(() => told({ kind: 'opened' }));
        if (message.kind !== 'run') return;
        queueMicrotask(() => answer(message.id, told));
        setTimeout(() => crash('out of memory'));
      },
      hold: () => undefined,
      terminate: () => undefined,
    };
  };
  return { count: 2, start };
}

describe('a worker', () => {
  test('that crashes is a named error', async () => {
    const pool = openPool(workerThat(() => undefined));
    await pool.start();
    await expect(pool.forward('policy', batch(2048))).rejects.toMatchObject({
      code: 'worker-crashed',
      params: { reason: 'out of memory' },
    });
  });

  test('that fails says why by the same name', async () => {
    const pool = openPool(workerThat((id, told) => told({ kind: 'failed', id, message: 'no' })));
    await pool.start();
    await expect(pool.gradient(batch(2048))).rejects.toMatchObject({
      code: 'worker-crashed',
      params: { reason: 'no' },
    });
  });

  test('that does not start is done without', async () => {
    const start = (): ShardWorker => {
      throw new Error('not allowed here');
    };
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const [pool, alone] = [openPool({ count: 3, start }), openPool(null)];
    await pool.start();
    expect(warned).toHaveBeenCalledTimes(2);
    warned.mockRestore();
    expect(pool.size).toBe(1);
    const request = batch(2048);
    expect(await pool.gradient(request)).toEqual(await alone.gradient(request));
  });
});

describe('shards', () => {
  const counts = fc.integer({ min: 1, max: 20_000 });

  test('hold every row once, and no more than one run takes', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(2, 576), fc.boolean(), (rows, dimensions, one) => {
        const grain = one ? oneRun(dimensions) : grainOf(dimensions);
        const bounds = cut(rows, grain);
        expect([bounds[0], bounds.at(-1)]).toEqual([0, rows]);
        const sizes = bounds.slice(1).map((end, i) => end - bounds[i]);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(grain.run);
      }),
    );
  });

  test.each([
    [15, 1],
    [16, 2],
    [64, 4],
    [100, 4],
    [256, 16],
    [4096, 64],
  ])('of %i pictures are %i', (rows, shards) => {
    expect(cut(rows, grainOf(576))).toHaveLength(shards + 1);
  });

  test('are shared out evenly among 1, 2, 4, 8 and 16 workers', () => {
    for (const workers of [1, 2, 4, 8, 16]) {
      const sizes = Array.from({ length: workers }, (_, i) => {
        const [from, to] = shareOf(maxShards, i, workers);
        return to - from;
      });
      expect(new Set(sizes)).toEqual(new Set([maxShards / workers]));
    }
  });

  test('are added up in one order, whatever order they arrive in', () => {
    const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
      ...{ minLength: 1, maxLength: 40 },
    });
    const sum = (parts: readonly number[], order: readonly number[]): number => {
      const sums: PartialSum[] = [];
      for (const index of order) {
        const part = { level: 0, index, values: Float32Array.of(parts[index]) };
        addToTree(sums, part, parts.length);
      }
      expect(sums).toHaveLength(1);
      return sums[0].values[0];
    };
    fc.assert(
      fc.property(values, fc.infiniteStream(fc.nat()), (parts, draws) => {
        const order = parts.map((_, i) => i);
        const keys = order.map(() => draws.next().value as number);
        const shuffled = [...order].sort((a, b) => keys[a] - keys[b]);
        expect(sum(parts, shuffled)).toBe(sum(parts, order));
      }),
    );
  });
});

test.each([
  [NaN, 1],
  [1, 1],
  [8, 8],
  [128, 16],
])('of %f cores there are, %i are used', (available, used) => {
  expect(defaultCores(available)).toBe(used);
});
