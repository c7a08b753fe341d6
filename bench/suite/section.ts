/**
 * One workload on one tier: cold starts, agreement of results, timed rounds in which the engines take turns, and what
 * only batch 1 shows (dispatches, submits, processor time of the worker).
 */
import type { EngineId, EngineTier, Outputs, Pass } from '../engines/engine';
import { batchSize, roundCount } from '../options';
import type { EngineRow, PassRow, Section } from '../report/types';
import type { ColdStart } from './host';
import type { RemoteEngine } from './remoteEngine';
import { Turns } from './turns';
import type { SuiteContext, TurnRunner } from './turns';
import type { PassWorkload } from '../workload';

export const passes = ['forward', 'gradient'] as const satisfies readonly Pass[];

const titles: Readonly<Record<PassWorkload, string>> = {
  A: 'A: MLP 32-128-128-128-2',
  B: 'B: DiT-small 24×24×3, 644k weights',
};

interface Runner extends TurnRunner {
  readonly cold: ColdStart | null;
  readonly rounds: Record<Pass, number[]>;
  peakBytes: number | null;
  gpuMilliseconds: Record<Pass, number | null>;
  batchOne: Record<Pass, Pick<PassRow, 'dispatches' | 'submits' | 'workerMilliseconds'>>;
}

const nothing = { dispatches: null, submits: null, workerMilliseconds: null };

export async function runSection(
  context: SuiteContext,
  workload: PassWorkload,
  tier: EngineTier,
): Promise<Section> {
  const { options, adapter } = context;
  const batch = batchSize(options, workload, tier, adapter !== 'hardware');
  const section = new SectionRun(context, workload, tier, batch);
  await section.run();
  const { runners } = section.turns;
  return {
    workload,
    title: titles[workload],
    tier,
    batch,
    passes: runners.flatMap(passRows),
    engines: runners.map((runner) => engineRow(runner, tier, context)),
  };
}

class SectionRun {
  readonly turns: Turns<Runner>;
  #expected: Outputs = {};

  constructor(
    private readonly context: SuiteContext,
    private readonly workload: PassWorkload,
    private readonly tier: EngineTier,
    private readonly batch: number,
  ) {
    this.turns = new Turns(context, workload, tier);
  }

  async run(): Promise<void> {
    const { turns } = this;
    try {
      await this.#openAll();
      await turns.each('results', (runner) => this.#agree(runner));
      await this.#rounds();
      await turns.each('results again', (runner) => this.#finish(runner));
      await turns.each('batch 1', (runner) => this.#batchOne(runner));
    } finally {
      turns.close();
    }
  }

  /** All cold starts come first: compiled WASM is shared with whoever still has it open. */
  async #openAll(): Promise<void> {
    const { turns } = this;
    const started: [EngineId, ColdStart | null][] = [];
    for (const { id } of turns.chosen()) {
      turns.tell(id, 'cold start');
      await turns.attempt(id, async () => {
        started.push([id, await this.context.host.measureCold(id, this.workload)]);
      });
    }
    [this.#expected] = await turns.reference([{ pass: 'gradient', batch: this.batch }]);
    for (const [id, cold] of started) {
      turns.tell(id, 'opening');
      await turns.attempt(id, async () => {
        const engine = await turns.open(id, { watchThread: true });
        turns.runners.push(newRunner(engine, cold));
        await engine.within(engine.api.prepare(this.batch));
      });
    }
  }

  async #agree(runner: Runner): Promise<void> {
    for (const pass of passes) {
      await runner.engine.api.time(pass);
      await this.#compare(runner, pass);
    }
  }

  #compare(runner: Runner, pass: Pass): Promise<void> {
    const expected = pass === 'forward' ? { v: this.#expected.v } : this.#expected;
    return this.turns.compare(runner, pass, expected);
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
        await this.turns.each(what, time, round);
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
}

const newRunner = (engine: RemoteEngine, cold: ColdStart | null): Runner => ({
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
    coldStart: runner.cold?.[pass] ?? null,
    ...runner.batchOne[pass],
  }));

function engineRow(runner: Runner, tier: EngineTier, { sizes }: SuiteContext): EngineRow {
  const files = (runner.cold?.files ?? []).map((path) => sizes[path]).filter(Boolean);
  const sum = (of: 'raw' | 'gzip'): number => files.reduce((total, size) => total + size[of], 0);
  return {
    engine: runner.engine.id,
    peakBytes: tier === 'webgpu' ? runner.peakBytes : null,
    download: files.length > 0 ? { raw: sum('raw'), gzip: sum('gzip') } : null,
    error: runner.worst.error,
    worstTensor: runner.worst.tensor,
  };
}
