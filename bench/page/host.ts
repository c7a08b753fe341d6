/** Engines in workers of this page. What only the terminal can tell it, main.ts puts on `window`. */
import type { BenchHost, Task, TaskName, ThreadTime } from '../suite/host';
import { measureCold } from './cold';

declare global {
  interface Window {
    /** All threads of all renderers; null where the system does not tell (not Linux). Absent when opened by hand. */
    benchThreads?: () => Promise<ThreadTime[] | null>;
  }
}

const workers: Readonly<Record<TaskName, () => Worker>> = {
  engine: () =>
    new Worker(new URL('../worker/engineWorker.ts', import.meta.url), { type: 'module' }),
  iteration: () =>
    new Worker(new URL('../worker/iterationWorker.ts', import.meta.url), { type: 'module' }),
};

function start(name: TaskName): Task {
  const worker = workers[name]();
  const failed = new Promise<never>((_, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message || 'The worker did not start.'));
  });
  failed.catch(() => {});
  return { endpoint: worker, failed, close: () => worker.terminate() };
}

export const pageHost: BenchHost = {
  base: location.href,
  offers: () => true,
  start,
  threadTimes: async () => (await window.benchThreads?.()) ?? null,
  measureCold,
};
