/** One engine seen from the suite, with its thread known so that its processor time can be read. */
import { wrap } from 'comlink';
import type { Remote } from 'comlink';
import type { EngineId, Pass } from '../engines/engine';
import type { EngineApi } from '../worker/engineApi';
import type { BenchHost, Task, ThreadTime } from './host';
import type { BenchWorkload } from '../workload';

/** How long and how often a pass is repeated to read its processor time. */
const REPEAT = { milliseconds: 1500, least: 2, most: 50 } as const;

/** An engine that does not answer for so long has hung. */
const SILENCE = 15 * 60_000;

export class RemoteEngine {
  private constructor(
    readonly id: EngineId,
    readonly api: Remote<EngineApi>,
    private readonly host: BenchHost,
    private readonly task: Task,
    private readonly thread: number | null,
  ) {}

  /**
   * Starts a task and opens the engine in it. With `watchThread`, to be called one at a time: the new thread is this
   * worker's.
   */
  static async open(
    host: BenchHost,
    id: EngineId,
    workload: BenchWorkload,
    { watchThread }: { watchThread: boolean },
  ): Promise<RemoteEngine> {
    const before = watchThread ? await host.threadTimes() : null;
    const task = host.start('engine');
    const api = wrap<EngineApi>(task.endpoint);
    try {
      await Promise.race([api.errors(), task.failed]);
      const thread = before && newWorkerThread(before, (await host.threadTimes()) ?? []);
      const engine = new RemoteEngine(id, api, host, task, thread);
      await engine.within(api.open(id, workload, host.base));
      return engine;
    } catch (error) {
      task.close();
      throw error;
    }
  }

  /** `work`, unless its task breaks or keeps silent for too long. */
  async within<Result>(work: Promise<Result>): Promise<Result> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `no answer within ${SILENCE / 60_000} minutes`;
      timer = setTimeout(() => reject(new Error(message)), SILENCE);
    });
    try {
      return await Promise.race([work, this.task.failed, late]);
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
    this.task.close();
  }

  async #processorTime(): Promise<number | null> {
    if (this.thread === null) return null;
    const times = await this.host.threadTimes();
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
