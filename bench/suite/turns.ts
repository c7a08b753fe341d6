/**
 * What every comparison of engines shares: they are open side by side, take turns, are held to the CPU tier's results,
 * and one that fails is reported and left out from then on.
 */
import { isSoftwareAdapter } from '../../src/gpu/device';
import type { EngineId, EngineTier, Outputs, Pass } from '../engines/engine';
import { engineEntry, engineTable } from '../engines/registry';
import type { EngineEntry } from '../engines/registry';
import type { FileSizes } from '../fileSizes';
import type { BenchOptions } from '../options';
import { worstError } from '../report/ratios';
import type { WorstError } from '../report/ratios';
import type { BenchHost } from './host';
import { RemoteEngine } from './remoteEngine';
import type { BenchWorkload } from '../workload';

/** The engine whose results the others' are compared with. */
export const referenceEngine: EngineId = 'ort-wasm-1';

/**
 * Largest relative error that still is the same result. SwiftShader's sine is good to 2e-4 (docs/engine.md §2), which
 * real GPUs may do too.
 */
export const tolerances: Readonly<Record<EngineTier, number>> = { webgpu: 1e-3, wasm: 1e-5 };

export interface SuiteContext {
  readonly host: BenchHost;
  readonly options: BenchOptions;
  /** 'software' computes on the CPU. */
  readonly adapter: 'none' | 'software' | 'hardware';
  readonly sizes: FileSizes;
  readonly progress: (text: string) => void;
  readonly fail: (text: string) => void;
}

export const adapterKind = (info: GPUAdapterInfo | undefined): SuiteContext['adapter'] => {
  if (!info) return 'none';
  return isSoftwareAdapter(info) ? 'software' : 'hardware';
};

/** @throws Error where the tier cannot run here */
export function checkTier({ adapter }: SuiteContext, tier: EngineTier): void {
  if (tier === 'webgpu' && adapter === 'none') throw new Error('there is no WebGPU adapter here');
}

/** What is known of one engine while it takes part. */
export interface TurnRunner {
  readonly engine: RemoteEngine;
  worst: WorstError;
}

export class Turns<Runner extends TurnRunner> {
  runners: Runner[] = [];

  constructor(
    private readonly context: SuiteContext,
    readonly workload: BenchWorkload,
    readonly tier: EngineTier,
  ) {}

  /** The engines of this tier that were chosen and can run here. */
  chosen(): EngineEntry[] {
    return engineTable.filter(
      (engine) =>
        engine.tier === this.tier &&
        this.context.options.engines.includes(engine.id) &&
        this.context.host.offers(engine),
    );
  }

  open(id: EngineId, thread: { watchThread: boolean }): Promise<RemoteEngine> {
    return RemoteEngine.open(this.context.host, id, this.workload, thread);
  }

  /** Velocities and, after a gradient pass, gradients of the CPU tier, the oracle of every other engine. */
  async reference(
    runs: readonly { readonly pass: Pass; readonly batch: number }[],
  ): Promise<Outputs[]> {
    this.tell(referenceEngine, 'reference results');
    const engine = await this.open(referenceEngine, { watchThread: false });
    try {
      const results: Outputs[] = [];
      for (const { pass, batch } of runs) {
        await engine.api.prepare(batch);
        await engine.api.time(pass);
        results.push(await engine.api.read());
      }
      return results;
    } finally {
      engine.close();
    }
  }

  /** Holds the outputs of the engine's last run to `expected`. @throws Error saying which tensor is wrong */
  async compare(runner: Runner, pass: Pass, expected: Outputs): Promise<void> {
    const actual = await runner.engine.api.read();
    await runner.engine.check();
    const found = worstError(actual, expected);
    if (found.error > runner.worst.error) runner.worst = found;
    if (!(found.error <= tolerances[this.tier])) {
      const where = `${this.workload} ${pass}, tensor ${found.tensor}`;
      throw new Error(`wrong result (${where}): relative error ${found.error.toExponential(1)}`);
    }
  }

  /** Runs `task` for every engine in turn, beginning with number `first` (modulo their count). */
  async each(what: string, task: (runner: Runner) => Promise<void>, first = 0): Promise<void> {
    const start = first % Math.max(1, this.runners.length);
    for (const runner of [...this.runners.slice(start), ...this.runners.slice(0, start)]) {
      this.tell(runner.engine.id, what);
      await this.attempt(runner.engine.id, () => runner.engine.within(task(runner)));
    }
  }

  /** An engine whose `task` fails is reported and closed. */
  async attempt(id: EngineId, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.context.fail(`${engineEntry(id).title}, workload ${this.workload}: ${text}`);
      this.runners.find(({ engine }) => engine.id === id)?.engine.close();
      this.runners = this.runners.filter(({ engine }) => engine.id !== id);
    }
  }

  tell(id: EngineId, what: string): void {
    this.context.progress(`${this.workload} ${this.tier}: ${engineEntry(id).title}, ${what}`);
  }

  close(): void {
    for (const { engine } of this.runners) engine.close();
  }
}
