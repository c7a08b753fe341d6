/** Cores for the CPU tier: how many, and how a worker is started here. Never part of a run: its bytes are the same. */
import type { FromWorker, ToWorker } from './protocol';

/** A started worker, in a page or in Node. */
export interface ShardWorker {
  post(message: ToWorker, transfer: ArrayBuffer[]): void;
  /** Called once, before anything is posted. `onCrash` may be called at any time after. */
  listen(onMessage: (message: FromWorker) => void, onCrash: (reason: string) => void): void;
  /** Whether its answer is waited for: in Node an idle worker must not keep the process alive. */
  hold(waiting: boolean): void;
  terminate(): void;
}

export interface Cores {
  /** Threads that compute, the calling one included: 1 starts no worker. */
  readonly count: number;
  start(): ShardWorker;
}

/** More cores than shards have nothing to do. */
export const maxCores = 16;

/** The number of cores to use where nobody says: all that there are, at most 16. */
export const defaultCores = (available: number): number =>
  Math.max(1, Math.min(maxCores, Math.floor(available) || 1));
