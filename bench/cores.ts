/**
 * What every core is worth on the CPU tier, in Node: a part of `npm run bench`, and alone
 * `node tools/run.mjs bench/cores.ts [points/ring|glyphs|sprites …]`.
 *
 * Two engines train the same scene by its preset, an iteration each in turn, one on one core and one on all, so that a
 * slow spell counts for both. The floor is what ONNX Runtime alone takes for the rows of an iteration in whole batches
 * on one thread, divided by the cores.
 */
import { availableParallelism } from 'node:os';
import { resolveSettings } from '../src/config/resolve';
import { ROW } from '../src/core/objective';
import type { Engine, UpdateRequest } from '../src/engine/engine';
import { Network } from '../src/engine/network';
import { createOrtEngine } from '../src/engine/ortEngine';
import { defaultCores } from '../src/engine/pool/cores';
import { nodeCores } from '../src/engine/pool/nodeCores';
import { ShardPool } from '../src/engine/pool/pool';
import type { Rows } from '../src/engine/pool/protocol';
import { grainOf } from '../src/engine/pool/shard';
import { elementCount } from '../src/onnx/graph';
import { findScene } from '../src/scenes';
import { nodeEnvironment } from '../src/session/runHeadless';
import { openPolicy } from '../src/session/setUp';
import type { Policy } from '../src/session/setUp';
import { Trainer } from '../src/trainer/trainer';
import { iterationWork } from './iterationWork';
import { formatCores } from './report/cores';
import { median } from './report/ratios';
import { coresScenes } from './report/types';
import type { CoresRow, CoresTimes } from './report/types';

const ALGORITHM = 'branch-grpo';
const ITERATIONS = 6;

/** Time and rows in the network's calls of every pool, added up. */
const network = { milliseconds: 0, forward: 0, gradient: 0 };
for (const pass of ['forward', 'gradient'] as const) {
  const original = ShardPool.prototype[pass] as (...args: unknown[]) => Promise<Float32Array>;
  ShardPool.prototype[pass] = async function (this: ShardPool, ...args: unknown[]) {
    const began = performance.now();
    const result = await original.apply(this, args);
    network.milliseconds += performance.now() - began;
    network[pass] += (args.at(-1) as Rows).t.length;
    return result;
  };
}

/** A trainer on so many cores, and what its iterations took but the first, which starts the workers. */
class Measured {
  readonly times: Record<keyof CoresTimes, number[]> = { rollout: [], update: [], total: [] };
  readonly networks: number[] = [];
  rows = { forward: 0, gradient: 0 };
  #request: UpdateRequest | null = null;
  #milliseconds: Record<string, number> = {};

  private constructor(
    readonly engine: Engine,
    private trainer: Trainer | null,
  ) {}

  static async open(name: string, policy: Policy, count: number): Promise<Measured> {
    const engine = await createOrtEngine(policy.model, { provider: 'wasm' }, nodeCores(count));
    const one = new Measured(engine, null);
    const update = engine.update.bind(engine);
    engine.update = (request) => update((one.#request = request));
    const quick = { evaluationSamples: 16, evaluationSteps: 1, evaluationInterval: ITERATIONS };
    const settings = resolveSettings(name, ALGORITHM, { ...quick, iterations: ITERATIONS });
    one.trainer = new Trainer({
      ...{ scene: findScene(name), algorithm: ALGORITHM, settings, engine, model: policy.identity },
      ...{ tier: 'cpu', version: 'bench', clock: () => performance.now() },
      emit: ({ type, milliseconds }) => (one.#milliseconds[type] = milliseconds),
    });
    await one.trainer.start();
    return one;
  }

  async iterate(): Promise<void> {
    const trainer = this.trainer!;
    const { iteration } = trainer;
    const before = { ...network };
    while (trainer.iteration === iteration) await trainer.step();
    this.rows = {
      forward: network.forward - before.forward,
      gradient: network.gradient - before.gradient,
    };
    // The first iteration starts the workers and evaluates.
    if (iteration === 0) return;
    const phases =
      'tree-grown leaves-scored rewards-fused advantages-set edges-pruned weights-updated';
    const total = phases.split(' ').reduce((sum, type) => sum + this.#milliseconds[type], 0);
    this.times.rollout.push(this.#milliseconds['tree-grown']);
    this.times.update.push(this.#milliseconds['weights-updated']);
    this.times.total.push(total);
    this.networks.push(network.milliseconds - before.milliseconds);
  }

  /** What an update costs at no row: on the line through those of 1 and of 9 rows. */
  async beforeFirstRow(): Promise<number> {
    const times: Record<1 | 9, number[]> = { 1: [], 9: [] };
    for (let i = 0; i < 15; i++) {
      for (const rows of [1, 9] as const) {
        const request = this.#request!;
        const began = performance.now();
        const few = { ...request, rows: request.rows.slice(0, rows * ROW.width) };
        await this.engine.update(few);
        times[rows].push(performance.now() - began);
      }
    }
    const [one, nine] = [median(times[1]), median(times[9])];
    return one - (nine - one) / 8;
  }
}

/** Milliseconds of ONNX Runtime for a row of each pass, in the largest batches that are run, on one thread. */
async function rowCost({ model }: Policy): Promise<Record<'forward' | 'gradient', number>> {
  const alone = await Network.create(model, { provider: 'wasm' });
  const dimensions = elementCount(model.sampleShape);
  const size = Math.min(1024, grainOf(dimensions).run);
  const x = Float32Array.from({ length: size * dimensions }, (_, i) => ((i * 37) % 101) / 50 - 1);
  const conditions = model.conditionShape ? elementCount(model.conditionShape) * size : 0;
  const batch = {
    ...{ size, x, t: new Float32Array(size).fill(0.5) },
    cond: conditions > 0 ? new Float32Array(conditions) : null,
  };
  const gradients = new Float32Array(model.parameterLength);
  const passes = {
    forward: () => alone.forward(model.initialWeights, batch),
    gradient: () => alone.gradient(model.initialWeights, batch, x, gradients),
  };
  const cost = { forward: 0, gradient: 0 };
  for (const pass of ['forward', 'gradient'] as const) {
    const times: number[] = [];
    for (let i = 0; i < 8; i++) {
      const began = performance.now();
      await passes[pass]();
      times.push(performance.now() - began);
    }
    cost[pass] = median(times.slice(1)) / size;
  }
  await alone.destroy();
  return cost;
}

export async function measureCores(name: (typeof coresScenes)[number]): Promise<CoresRow> {
  const settings = resolveSettings(name, ALGORITHM);
  const policy = await openPolicy(
    {
      ...{ scene: name, algorithm: ALGORITHM, settings, engine: 'ort-wasm', model: null },
      ...{ checkpoint: null, landscape: null },
    },
    findScene(name),
    nodeEnvironment,
    () => {},
  );
  const cores = defaultCores(availableParallelism());
  const alone = await Measured.open(name, policy, 1);
  const before = process.memoryUsage().rss;
  const all = await Measured.open(name, policy, cores);
  for (let i = 0; i < ITERATIONS; i++) {
    await alone.iterate();
    await all.iterate();
    // From the second iteration on the workers are there.
    if (i === 0) await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  const memory = (process.memoryUsage().rss - before) / 1e6 / Math.max(1, cores - 1);
  const cost = await rowCost(policy);
  const { forward, gradient } = all.rows;
  const beforeFirstRow = await all.beforeFirstRow();
  for (const { engine } of [alone, all]) engine.destroy();
  return {
    ...{ scene: name, cores, alone: alone.times, all: all.times, memory, beforeFirstRow },
    serialShare: 1 - median(alone.networks) / median(alone.times.total),
    floor: (forward * cost.forward + gradient * cost.gradient) / cores,
    evaluation: evaluation(name),
  };
}

/** By rows of the network, one with gradient counted as three (a backward pass costs about two forward ones). */
function evaluation(name: string): number {
  const settings = resolveSettings(name, ALGORITHM);
  const rows = iterationWork(settings).reduce(
    (sum, { pass, batch, times }) => sum + (pass === 'forward' ? 1 : 3) * batch * times,
    0,
  );
  return (settings.evaluationSamples * settings.evaluationSteps) / rows;
}

/** Prints the table of every scene named, of all three where none is. */
export async function main(names: string[]): Promise<number> {
  const rows: CoresRow[] = [];
  for (const scene of coresScenes) {
    if (names.length === 0 || names.includes(scene)) rows.push(await measureCores(scene));
  }
  console.log(formatCores(rows));
  return 0;
}
