/** Cores of the machine in Node: workers of node:worker_threads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { say } from '../../content';
import { defaultCores } from './cores';
import type { Cores, ShardWorker } from './cores';
import type { FromWorker } from './protocol';

/** `count` cores, or all of the machine's, at most 16. */
export const nodeCores = (count = defaultCores(availableParallelism())): Cores => ({
  count,
  start: startWorker,
});

function startWorker(): ShardWorker {
  // Not the two-argument form that bundlers look for: the file is loaded as it stands.
  const file = './nodeShard.mjs';
  const worker = new Worker(new URL(file, import.meta.url), { execArgv: [] });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onCrash) {
      worker.on('message', (message: FromWorker) => onMessage(message));
      worker.on('error', (error) => onCrash(error.message));
      worker.on('exit', (code) => onCrash(say('pool.ended', { code })));
    },
    hold: (waiting) => (waiting ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}
