/**
 * How values cross between page and worker: errors keep their code and words, and the arrays of an event are given away instead
 * of being copied a second time on the page's thread.
 */
import { transferHandlers } from 'comlink';
import type { TransferHandler } from 'comlink';
import { errorData, errorFrom } from '../core/errors';
import type { ErrorData } from '../core/errors';
import type { WorkerEvent } from '../session/protocol';

/** First and only plain message to a new worker. */
export interface Introduction {
  /**
   * Comlink calls of the TrainingApi come in here; their answers and the WorkerEvents go out, all through one port, so
   * that whoever has the answer to a call has seen every event before it. (Two ports keep no order between them.)
   */
  readonly port: MessagePort;
  /** Address of the page, which models are fetched relative to. */
  readonly base: string;
}

/** Makes comlink carry an error's code, key, parameters and details. Both ends call it before their first call. */
export function carryErrors(): void {
  const { canHandle } = transferHandlers.get('throw') as TransferHandler<
    { value: unknown },
    unknown
  >;
  const handler: TransferHandler<{ value: unknown }, ErrorData> = {
    canHandle,
    serialize: ({ value }) => [errorData(value), []],
    deserialize: (data) => {
      throw errorFrom(data);
    },
  };
  transferHandlers.set('throw', handler);
}

/** Posts a copy of `event` whose arrays are transferred; the sender's own stay whole. */
export function postEvent(port: MessagePort, event: WorkerEvent): void {
  const buffers: ArrayBuffer[] = [];
  port.postMessage(detachedCopy(event, buffers), buffers);
}

function detachedCopy(value: unknown, buffers: ArrayBuffer[]): unknown {
  if (value instanceof Float32Array || value instanceof Uint8Array) {
    const copy = value.slice();
    buffers.push(copy.buffer);
    return copy;
  }
  if (Array.isArray(value)) return value.map((entry) => detachedCopy(entry, buffers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, detachedCopy(entry, buffers)]),
  );
}
