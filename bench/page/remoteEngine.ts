/** One engine in its worker, seen from the page, with its thread known so that its processor time can be read. */
import { wrap } from 'comlink';
import type { Remote } from 'comlink';
import type { EngineId, Pass } from '../engines/engine';
import type { BenchWorkload } from '../report/types';
import type { BenchWorkerApi } from '../worker/worker';
import { threadTimes } from './host';
import type { ThreadTime } from './host';

/** How long and how often a pass is repeated to read its processor time. */
const REPEAT = { milliseconds: 1500, least: 2, most: 50 } as const;

/** An engine that does not answer for so long has hung. */
const SILENCE = 15 * 60_000;

export class RemoteEngine {
  private constructor(
    readonly id: EngineId,
    readonly api: Remote<BenchWorkerApi>,
    private readonly worker: Worker,
    private readonly failed: Promise<never>,
    private readonly thread: number | null,
  ) {}

  /**
   * Starts a worker and opens the engine in it. With `watchThread`, to be called one at a time: the new thread is this
   * worker's.
   */
  static async open(
    id: EngineId,
    workload: BenchWorkload,
    { watchThread }: { watchThread: boolean },
  ): Promise<RemoteEngine> {
    const before = watchThread ? await threadTimes() : null;
    const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
    const failed = new Promise<never>((_, reject) => {
      worker.onerror = ({ message }) => reject(new Error(message || 'The worker did not start.'));
    });
    failed.catch(() => {});
    const api = wrap<BenchWorkerApi>(worker);
    try {
      await Promise.race([api.errors(), failed]);
      const thread = before && newWorkerThread(before, (await threadTimes()) ?? []);
      const engine = new RemoteEngine(id, api, worker, failed, thread);
      await engine.within(api.open(id, workload, location.href));
      return engine;
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  /** `task`, unless the worker breaks or keeps silent for too long. */
  async within<Result>(task: Promise<Result>): Promise<Result> {
    let timer = 0;
    const late = new Promise<never>((_, reject) => {
      const message = `no answer within ${SILENCE / 60_000} minutes`;
      timer = window.setTimeout(() => reject(new Error(message)), SILENCE);
    });
    try {
      return await Promise.race([task, this.failed, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Processor milliseconds of the worker's thread per run; null where they cannot be read. */
  async workerMilliseconds(pass: Pass): Promise<number | null> {
    const before = await this.#processorTime();
    if (before === null) return null;
    const { milliseconds, least, most } = REPEAT;
    const runs = await this.api.repeat(pass, milliseconds, least, most);
    const after = await this.#processorTime();
    return after === null ? null : (after - before) / runs;
  }

  /** @throws Error with the first GPU error since the last call, if there was one. */
  async check(): Promise<void> {
    const errors = await this.api.errors();
    if (errors.length > 0) throw new Error(`GPU error: ${errors[0]}`);
  }

  close(): void {
    this.worker.terminate();
  }

  async #processorTime(): Promise<number | null> {
    if (this.thread === null) return null;
    const times = await threadTimes();
    return times?.find(({ id }) => id === this.thread)?.milliseconds ?? null;
  }
}

/** The worker thread that is new; null where there is not exactly one. */
function newWorkerThread(
  before: readonly ThreadTime[],
  after: readonly ThreadTime[],
): number | null {
  const known = new Set(before.map(({ id }) => id));
  const fresh = after.filter(
    ({ id, name }) => !known.has(id) && name.startsWith('DedicatedWorker'),
  );
  return fresh.length === 1 ? fresh[0].id : null;
}
