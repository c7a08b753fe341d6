/**
 * One workload on one tier: cold starts, agreement of results, timed rounds in which the engines take turns, and what
 * only batch 1 shows (dispatches, submits, processor time of the worker).
 */
import type { EngineId, EngineTier, Outputs, Pass } from '../engines/engine';
import { engineEntry, engineTable } from '../engines/registry';
import { batchSize, roundCount } from '../options';
import type { BenchOptions } from '../options';
import { worstError } from '../report/ratios';
import type { WorstError } from '../report/ratios';
import type { BenchWorkload, EngineRow, PassRow, Section } from '../report/types';
import { measureCold } from './cold';
import type { ColdStart } from './cold';
import { RemoteEngine } from './remoteEngine';

export const passes = ['forward', 'gradient'] as const satisfies readonly Pass[];

/** The engine whose results the others' are compared with. */
export const referenceEngine: EngineId = 'ort-wasm';

/**
 * Largest relative error that still is the same result. SwiftShader's sine is good to 2e-4 (engine.md §2), which real
 * GPUs may do too.
 */
export const tolerances: Readonly<Record<EngineTier, number>> = { webgpu: 1e-3, wasm: 1e-5 };

const titles: Readonly<Record<BenchWorkload, string>> = {
  A: 'A: MLP 32-128-128-128-2',
  B: 'B: DiT-small 24×24×3, 644k weights',
};

export interface SuiteContext {
  readonly options: BenchOptions;
  /** Whether the WebGPU adapter computes on the CPU. */
  readonly software: boolean;
  readonly sizes: Readonly<Record<string, { readonly raw: number; readonly gzip: number }>>;
  readonly progress: (text: string) => void;
  readonly fail: (text: string) => void;
}

/** What is known of one engine while its section runs. */
interface Runner {
  readonly engine: RemoteEngine;
  readonly cold: ColdStart;
  readonly rounds: Record<Pass, number[]>;
  worst: WorstError;
  peakBytes: number | null;
  gpuMilliseconds: Record<Pass, number | null>;
  batchOne: Record<Pass, Pick<PassRow, 'dispatches' | 'submits' | 'workerMilliseconds'>>;
}

const nothing = { dispatches: null, submits: null, workerMilliseconds: null };

export async function runSection(
  context: SuiteContext,
  workload: BenchWorkload,
  tier: EngineTier,
): Promise<Section> {
  const { options, software } = context;
  const batch = batchSize(options, workload, tier, software);
  const section = new SectionRun(context, workload, tier, batch);
  await section.run();
  return {
    workload,
    title: titles[workload],
    tier,
    batch,
    passes: section.runners.flatMap(passRows),
    engines: section.runners.map((runner) => engineRow(runner, tier, context)),
  };
}

class SectionRun {
  runners: Runner[] = [];
  #expected: Outputs = {};

  constructor(
    private readonly context: SuiteContext,
    private readonly workload: BenchWorkload,
    private readonly tier: EngineTier,
    private readonly batch: number,
  ) {}

  async run(): Promise<void> {
    try {
      await this.#openAll();
      await this.#each('results', (runner) => this.#agree(runner));
      await this.#rounds();
      await this.#each('results again', (runner) => this.#finish(runner));
      await this.#each('batch 1', (runner) => this.#batchOne(runner));
    } finally {
      for (const { engine } of this.runners) engine.close();
    }
  }

  /** All cold starts come first: compiled WASM is shared with whoever still has it open. */
  async #openAll(): Promise<void> {
    const { options } = this.context;
    const chosen = engineTable.filter(
      ({ id, tier, needsIsolation }) =>
        tier === this.tier &&
        options.engines.includes(id) &&
        (crossOriginIsolated || !needsIsolation),
    );
    const started: [EngineId, ColdStart][] = [];
    for (const { id } of chosen) {
      this.#tell(id, 'cold start');
      await this.#attempt(id, async () => {
        started.push([id, await measureCold(id, this.workload)]);
      });
    }
    this.#expected = await this.#reference();
    for (const [id, cold] of started) {
      this.#tell(id, 'opening');
      await this.#attempt(id, async () => {
        const engine = await RemoteEngine.open(id, this.workload, { watchThread: true });
        this.runners.push(newRunner(engine, cold));
        await engine.within(engine.api.prepare(this.batch));
      });
    }
  }

  /** Velocities and gradients of the CPU tier, the oracle of every other engine. */
  async #reference(): Promise<Outputs> {
    this.#tell(referenceEngine, 'reference results');
    const engine = await RemoteEngine.open(referenceEngine, this.workload, {
      watchThread: false,
    });
    try {
      await engine.api.prepare(this.batch);
      await engine.api.time('gradient');
      return await engine.api.read();
    } finally {
      engine.close();
    }
  }

  async #agree(runner: Runner): Promise<void> {
    for (const pass of passes) {
      await runner.engine.api.time(pass);
      await this.#compare(runner, pass);
    }
  }

  async #compare(runner: Runner, pass: Pass): Promise<void> {
    const actual = await runner.engine.api.read();
    await runner.engine.check();
    const expected = pass === 'forward' ? { v: this.#expected.v } : this.#expected;
    const found = worstError(actual, expected);
    if (found.error > runner.worst.error) runner.worst = found;
    if (!(found.error <= tolerances[this.tier])) {
      const where = `${this.workload} ${pass}, tensor ${found.tensor}`;
      throw new Error(`wrong result (${where}): relative error ${found.error.toExponential(1)}`);
    }
  }

  /** All engines in turn, another one first each time, so that drift and neighbours hit all alike. */
  async #rounds(): Promise<void> {
    const count = roundCount(this.context.options, this.tier);
    for (let round = 0; round < count; round++) {
      for (const pass of passes) {
        const what = `round ${round + 1} of ${count}, ${pass}`;
        const time = async ({ engine, rounds }: Runner): Promise<void> => {
          rounds[pass].push(await engine.api.time(pass));
        };
        await this.#each(what, time, round);
      }
    }
  }

  /** The last timed run was a gradient: its results must still be right, or the timings are worth nothing. */
  async #finish(runner: Runner): Promise<void> {
    const { api } = runner.engine;
    await this.#compare(runner, 'gradient');
    if (this.tier === 'wasm') return;
    runner.peakBytes = await api.peakBytes();
    for (const pass of passes) runner.gpuMilliseconds[pass] = await api.gpuMilliseconds(pass);
    await runner.engine.check();
  }

  async #batchOne(runner: Runner): Promise<void> {
    const { engine } = runner;
    await engine.api.prepare(1);
    for (const pass of passes) {
      await engine.api.time(pass);
      const counts = await engine.api.count(pass);
      runner.batchOne[pass] = {
        dispatches: this.tier === 'webgpu' ? counts.dispatches : null,
        submits: this.tier === 'webgpu' ? counts.submits : null,
        workerMilliseconds: await engine.workerMilliseconds(pass),
      };
    }
    await engine.check();
  }

  /**
   * Runs `task` for every engine, beginning with number `first` (modulo their count); one that fails is reported and
   * left out from then on.
   */
  async #each(what: string, task: (runner: Runner) => Promise<void>, first = 0): Promise<void> {
    const start = first % Math.max(1, this.runners.length);
    for (const runner of [...this.runners.slice(start), ...this.runners.slice(0, start)]) {
      this.#tell(runner.engine.id, what);
      await this.#attempt(runner.engine.id, () => runner.engine.within(task(runner)));
    }
  }

  /** An engine whose `task` fails is reported and closed. */
  async #attempt(id: EngineId, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.context.fail(`${engineEntry(id).title}, workload ${this.workload}: ${text}`);
      this.runners.find(({ engine }) => engine.id === id)?.engine.close();
      this.runners = this.runners.filter(({ engine }) => engine.id !== id);
    }
  }

  #tell(id: EngineId, what: string): void {
    this.context.progress(`${this.workload} ${this.tier}: ${engineEntry(id).title}, ${what}`);
  }
}

const newRunner = (engine: RemoteEngine, cold: ColdStart): Runner => ({
  engine,
  cold,
  rounds: { forward: [], gradient: [] },
  worst: { error: 0, tensor: '' },
  peakBytes: null,
  gpuMilliseconds: { forward: null, gradient: null },
  batchOne: { forward: nothing, gradient: nothing },
});

const passRows = (runner: Runner): PassRow[] =>
  passes.map((pass) => ({
    engine: runner.engine.id,
    pass,
    rounds: runner.rounds[pass],
    gpuMilliseconds: runner.gpuMilliseconds[pass],
    coldStart: runner.cold[pass],
    ...runner.batchOne[pass],
  }));

function engineRow(runner: Runner, tier: EngineTier, { sizes }: SuiteContext): EngineRow {
  const files = runner.cold.files.map((path) => sizes[path]).filter(Boolean);
  const sum = (of: 'raw' | 'gzip'): number => files.reduce((total, size) => total + size[of], 0);
  return {
    engine: runner.engine.id,
    peakBytes: tier === 'webgpu' ? runner.peakBytes : null,
    download: files.length > 0 ? { raw: sum('raw'), gzip: sum('gzip') } : null,
    error: runner.worst.error,
    worstTensor: runner.worst.tensor,
  };
}
