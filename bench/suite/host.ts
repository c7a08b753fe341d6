/**
 * Where the suite runs its engines: in workers of the benchmark's page (page/host.ts) or in processes with Dawn
 * (dawn/host.ts).
 */
import type { Endpoint } from 'comlink';
import type { EngineEntry } from '../engines/registry';
import type { EngineId } from '../engines/engine';
import type { BenchWorkload } from '../workload';

/** What runs on the other side: one engine, or iterations of the trainer (worker/). */
export type TaskName = 'engine' | 'iteration';

/** A task that has been started. */
export interface Task {
  readonly endpoint: Endpoint;
  /** Rejects when the task breaks. */
  readonly failed: Promise<never>;
  close(): void;
}

/** Processor time of one thread. */
export interface ThreadTime {
  readonly id: number;
  readonly name: string;
  readonly milliseconds: number;
}

export interface ColdStart {
  /** Milliseconds from opening the page to the first forward result, and on to the first gradient. */
  readonly forward: number;
  readonly gradient: number;
  /** Paths of the files that the engine needed. */
  readonly files: readonly string[];
}

export interface BenchHost {
  /** The address that `data/…` is read from. */
  readonly base: string;
  /** Whether this engine can run here. */
  offers(engine: EngineEntry): boolean;
  start(task: TaskName): Task;
  /** Of all threads that a task may run on; null where the system does not tell. */
  threadTimes(): Promise<ThreadTime[] | null>;
  /** null where nothing is opened or downloaded. */
  measureCold(id: EngineId, workload: BenchWorkload): Promise<ColdStart | null>;
}
