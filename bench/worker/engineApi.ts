/** One engine in a worker or process of its own: opens it, runs it, counts what it does. Driven by bench/suite. */
import { transfer } from 'comlink';
import type { BenchEngine, EngineId, Outputs, Pass } from '../engines/engine';
import { createBenchEngine } from '../engines/registry';
import { benchInputs, loadWorkload } from '../workload';
import type { BenchWorkload, Workload } from '../workload';
import { GpuProbe } from './gpuProbe';
import type { GpuCounts } from './gpuProbe';

const probe = new GpuProbe();

let engine: BenchEngine | null = null;
let workload: Workload | null = null;
let prepared = false;

function opened(): BenchEngine {
  if (!engine) throw new Error('open() comes first.');
  return engine;
}

/** One run to its very end. */
async function run(pass: Pass): Promise<void> {
  await (pass === 'forward' ? opened().forward() : opened().gradient());
  await probe.settle();
}

export const engineApi = {
  /** Loads the engine's code and binary; `base` is the page's address. */
  async open(id: EngineId, name: BenchWorkload, base: string): Promise<void> {
    workload = await loadWorkload(name, base);
    engine = await createBenchEngine(id);
    await engine.load();
  },

  async prepare(batch: number): Promise<void> {
    if (!workload) throw new Error('open() comes first.');
    if (prepared) await opened().dispose();
    probe.resetPeak();
    await opened().prepare(workload, benchInputs(workload, batch));
    prepared = true;
  },

  /** Wall milliseconds of one run. */
  async time(pass: Pass): Promise<number> {
    const began = performance.now();
    await run(pass);
    return performance.now() - began;
  },

  /** Runs for at least `milliseconds`, `least` to `most` times; returns how often. */
  async repeat(pass: Pass, milliseconds: number, least: number, most: number): Promise<number> {
    const began = performance.now();
    let runs = 0;
    while (runs < least || (runs < most && performance.now() - began < milliseconds)) {
      await run(pass);
      runs++;
    }
    return runs;
  },

  count: (pass: Pass): Promise<GpuCounts> => probe.count(() => run(pass)),

  gpuMilliseconds: (pass: Pass): Promise<number | null> => probe.gpuMilliseconds(() => run(pass)),

  async read(): Promise<Outputs> {
    const outputs = await opened().read();
    const buffers = Object.values(outputs).map(({ buffer }) => buffer as ArrayBuffer);
    return transfer(outputs, [...new Set(buffers)]);
  },

  peakBytes: (): number => probe.peakBytes,

  /** Addresses of everything that this worker fetched so far. */
  resources: (): string[] => performance.getEntriesByType('resource').map(({ name }) => name),

  /** GPU errors since the last call. */
  errors: (): string[] => probe.errors.splice(0),
};

export type EngineApi = typeof engineApi;
