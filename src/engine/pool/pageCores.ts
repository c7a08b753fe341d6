/** Cores of the machine in a page: module workers, started from within the training worker. */
import { say } from '../../content';
import { defaultCores } from './cores';
import type { Cores, ShardWorker } from './cores';
import type { FromWorker } from './protocol';

/** `count` cores, or all that the browser tells of, at most 16. */
export const pageCores = (count = defaultCores(navigator.hardwareConcurrency)): Cores => ({
  count,
  start: startWorker,
});

function startWorker(): ShardWorker {
  const worker = new Worker(new URL('./shard.worker.ts', import.meta.url), { type: 'module' });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onCrash) {
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => onMessage(data));
      worker.addEventListener('messageerror', () => onCrash(say('pool.unreadable')));
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        onCrash(event.message || say('pool.notLoaded'));
      });
    },
    hold: () => undefined,
    terminate: () => worker.terminate(),
  };
}
