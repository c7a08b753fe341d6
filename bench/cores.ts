/**
 * What every core is worth on the CPU tier: `node tools/run.mjs bench/cores.ts [glyphs|sprites …]`.
 *
 * One iteration of a scene by its preset, its rollout and its update, at 1, 2, 4, … cores of this machine, with the
 * ratio to one core in the same process. The serial share is the part of an iteration at one core that is not spent in
 * the network; with it comes the bound for more cores than there are (Amdahl), whose shards are equal up to 16.
 */
import { availableParallelism } from 'node:os';
import { resolveSettings } from '../src/config/resolve';
import type { Settings } from '../src/config/properties';
import { createOrtEngine } from '../src/engine/ortEngine';
import { defaultCores, maxCores } from '../src/engine/pool/cores';
import { nodeCores } from '../src/engine/pool/nodeCores';
import { ShardPool } from '../src/engine/pool/pool';
import { findScene } from '../src/scenes';
import { nodeEnvironment } from '../src/session/runHeadless';
import { openPolicy } from '../src/session/setUp';
import type { Policy } from '../src/session/setUp';
import { Trainer } from '../src/trainer/trainer';
import { iterationWork } from './iterationWork';
import { median } from './report/ratios';

const ALGORITHM = 'branch-grpo';
const ITERATIONS = 4;

interface Measured {
  readonly rollout: number;
  readonly update: number;
  readonly total: number;
  readonly network: number;
  /** Megabytes that the process grew by, for each worker started. */
  readonly memory: number;
}

/** Adds up the time inside the network's calls of every pool. */
const networkClock = { milliseconds: 0 };
for (const name of ['forward', 'gradient'] as const) {
  const original = ShardPool.prototype[name] as (...args: unknown[]) => Promise<Float32Array>;
  ShardPool.prototype[name] = async function (this: ShardPool, ...args: unknown[]) {
    const began = performance.now();
    const result = await original.apply(this, args);
    networkClock.milliseconds += performance.now() - began;
    return result;
  };
}

async function measure(
  name: string,
  settings: Settings,
  policy: Policy,
  count: number,
): Promise<Measured> {
  const engine = await createOrtEngine(policy.model, { provider: 'wasm' }, nodeCores(count));
  const before = process.memoryUsage().rss;
  const readings: Record<string, number[]> = {};
  const networks: number[] = [];
  const trainer = new Trainer({
    ...{ scene: findScene(name), algorithm: ALGORITHM, settings, engine, model: policy.identity },
    ...{ tier: 'cpu', version: 'bench', clock: () => performance.now() },
    emit: ({ type, milliseconds }) => (readings[type] ??= []).push(milliseconds),
  });
  await trainer.start();
  while (!trainer.finished) {
    const began = networkClock.milliseconds;
    const { iteration } = trainer;
    while (trainer.iteration === iteration) await trainer.step();
    networks.push(networkClock.milliseconds - began);
    // The first iteration starts the workers; from the second on they are there.
    if (iteration === 0) await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  const memory = (process.memoryUsage().rss - before) / 1e6 / Math.max(1, count - 1);
  engine.destroy();
  const [rollout, update] = ['tree-grown', 'weights-updated'].map((type) =>
    median(readings[type].slice(1)),
  );
  const phases =
    'tree-grown leaves-scored rewards-fused advantages-set edges-pruned weights-updated';
  const total = phases.split(' ').reduce((sum, type) => sum + median(readings[type].slice(1)), 0);
  return { rollout, update, total, network: median(networks.slice(1)), memory };
}

async function bench(name: string): Promise<void> {
  const quick = { evaluationSamples: 16, evaluationSteps: 1, evaluationInterval: ITERATIONS };
  const settings = resolveSettings(name, ALGORITHM, { ...quick, iterations: ITERATIONS });
  const request = {
    ...({ scene: name, algorithm: ALGORITHM, settings, engine: 'ort-wasm', model: null } as const),
    ...{ checkpoint: null, landscape: null },
  };
  const policy = await openPolicy(request, findScene(name), nodeEnvironment, () => {});
  const most = defaultCores(availableParallelism());
  let alone: Measured | null = null;
  for (let count = 1; count <= most; count *= 2) {
    const now = await measure(name, settings, policy, count);
    alone ??= now;
    const ratio = (key: 'rollout' | 'update' | 'total'): string =>
      `${key} ${now[key].toFixed(0)} ms (${(alone![key] / now[key]).toFixed(2)} x)`;
    const grown = count > 1 ? `, ${now.memory.toFixed(0)} MB a worker` : '';
    const figures = [ratio('rollout'), ratio('update'), ratio('total')].join(', ');
    console.log(`${name}, ${count} cores: ${figures}${grown}`);
  }
  if (!alone) return;
  const serial = 1 - alone.network / alone.total;
  const bounds = [2, 4, 8, maxCores].map(
    (cores) => `${cores}: ${(1 / (serial + (1 - serial) / cores)).toFixed(1)} x`,
  );
  console.log(
    `${name}: serial share ${(100 * serial).toFixed(1)} %, bound at ${bounds.join(', ')}`,
  );
  console.log(`${name}: an evaluation by default costs ${evaluation(name).toFixed(1)} iterations`);
}

/** By rows of the network, one with gradient counted as three (a backward pass costs about two forward ones). */
function evaluation(name: string): number {
  const settings = resolveSettings(name, ALGORITHM, {});
  const rows = iterationWork(settings).reduce(
    (sum, { pass, batch, times }) => sum + (pass === 'forward' ? 1 : 3) * batch * times,
    0,
  );
  return (settings.evaluationSamples * settings.evaluationSteps) / rows;
}

/** Prints the table of every scene named, glyphs and sprites where none is. */
export async function main(names: string[]): Promise<number> {
  for (const name of names.length > 0 ? names : ['glyphs', 'sprites']) await bench(name);
  return 0;
}
