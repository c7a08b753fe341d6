/** Comlink over the messages of a process: the child from the outside, `process` from within. */
import type { ChildProcess } from 'node:child_process';
import type { Endpoint } from 'comlink';

export function processEndpoint(other: ChildProcess | NodeJS.Process): Endpoint {
  const listeners = new Map<unknown, (data: unknown) => void>();
  return {
    postMessage: (message: object) => void other.send!(message),
    addEventListener: (_, listener) => {
      const hear = (data: unknown): void => {
        const event = { data } as MessageEvent;
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      };
      listeners.set(listener, hear);
      other.on('message', hear);
    },
    removeEventListener: (_, listener) => {
      const hear = listeners.get(listener);
      if (hear) other.off('message', hear);
      listeners.delete(listener);
    },
  };
}
