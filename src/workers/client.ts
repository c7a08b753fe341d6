/**
 * The page's only way to the training worker.
 *
 *   const client = await TrainingClient.start((event) => …);   // journal, progress, state and failed events
 *   const { tier } = await client.probe();
 *   await client.open(request);
 *   void client.run().catch(show);                              // and so on: see TrainingApi in session/protocol.ts
 *   client.terminate();
 *
 * Every call settles: it resolves, rejects with the worker's own error, is given up after a while without a word from the
 * worker ('timed-out'), or rejects when the worker crashes ('worker-crashed') or is terminated ('stopped'). `run` may
 * take for ever, but rejects likewise. After a crash the client is finished and 'failed' was told; start a new one.
 *
 * Comlink alone would leave calls pending for ever when a worker dies, and its release never resolves in 4.4.2, so it is
 * wrapped completely in here.
 */
import { wrap } from 'comlink';
import type { Remote } from 'comlink';
import { EspalierError, errorData } from '../core/errors';
import { callTimeouts } from '../session/protocol';
import type { CallName, TrainingApi, WorkerEvent } from '../session/protocol';
import { carryErrors } from './messages';
import type { Introduction } from './messages';
import { takeTrainingWorker } from './trainingWorker';

/** The part of Worker that is used, so that tests can stand in for it. */
export type WorkerLike = Pick<
  Worker,
  'postMessage' | 'terminate' | 'addEventListener' | 'removeEventListener'
>;

/** Milliseconds without an answer or a sign of progress after which a call is given up. */
export type Timeouts = Readonly<Record<CallName | 'start', number>>;

const defaultTimeouts: Timeouts = { start: 30_000, ...callTimeouts };

export interface ClientOptions {
  readonly createWorker?: () => WorkerLike;
  readonly timeouts?: Partial<Timeouts>;
}

interface PendingCall {
  reject(error: EspalierError): void;
  /** Starts waiting anew. */
  rearm(): void;
}

/** The worker's calls, and the worker itself: see TrainingApi in session/protocol.ts. */
export interface TrainingClient extends TrainingApi {
  /** False after a crash or `terminate`; every call rejects then. */
  readonly alive: boolean;
  /** Ends the worker at once. Calls in progress reject with 'stopped'; nothing is emitted any more. */
  terminate(): void;
}

export const TrainingClient = {
  /**
   * A client whose worker has answered. `onEvent` is called in the order of the worker's events.
   * @throws EspalierError 'worker-crashed', 'timed-out'; no worker is left behind then
   */
  async start(
    onEvent: (event: WorkerEvent) => void,
    options: ClientOptions = {},
  ): Promise<TrainingClient> {
    const connection = new Connection(onEvent, options);
    try {
      await connection.welcomed();
    } catch (error) {
      connection.terminate();
      throw error;
    }
    return {
      ...connection.calls(),
      get alive() {
        return connection.alive;
      },
      terminate: () => connection.terminate(),
    };
  },
};

class Connection {
  readonly #worker: WorkerLike;
  readonly #timeouts: Timeouts;
  readonly #onEvent: (event: WorkerEvent) => void;
  readonly #port: MessagePort;
  readonly #remote: Remote<TrainingApi>;
  readonly #pending = new Set<PendingCall>();
  #end: EspalierError | null = null;
  #welcome: () => void = () => undefined;

  constructor(onEvent: (event: WorkerEvent) => void, options: ClientOptions) {
    const { createWorker = takeTrainingWorker, timeouts } = options;
    carryErrors();
    this.#onEvent = onEvent;
    this.#timeouts = { ...defaultTimeouts, ...timeouts };
    this.#worker = createWorker();
    this.#worker.addEventListener('error', this.#onError);
    this.#worker.addEventListener('messageerror', this.#onError);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#remote = wrap<TrainingApi>(port1);
    port1.addEventListener('message', ({ data }: MessageEvent<object>) => {
      if ('kind' in data) this.#receive(data as WorkerEvent);
    });
    port1.addEventListener('messageerror', this.#onError);
    port1.start();
    const base = globalThis.document?.baseURI ?? '';
    this.#worker.postMessage({ port: port2, base } satisfies Introduction, [port2]);
  }

  get alive(): boolean {
    return this.#end === null;
  }

  /** Resolves when the worker has answered. */
  welcomed(): Promise<void> {
    return this.#pend('start', () => new Promise<void>((resolve) => (this.#welcome = resolve)));
  }

  /** Every call of the TrainingApi, passed on to the worker and settled in any case. */
  calls(): TrainingApi {
    const remote = this.#remote as unknown as Record<
      CallName,
      (...args: unknown[]) => Promise<unknown>
    >;
    const names = Object.keys(callTimeouts) as CallName[];
    const call =
      (name: CallName) =>
      (...args: unknown[]): Promise<unknown> =>
        this.#pend(name, () => remote[name](...args));
    return Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as TrainingApi;
  }

  terminate(): void {
    this.#close(new EspalierError('stopped', 'workerEnded'));
  }

  readonly #onError = (event: Event): void => {
    if (!this.alive) return;
    event.preventDefault();
    const reason = (event as ErrorEvent).message;
    const crash = reason
      ? new EspalierError('worker-crashed', 'workerCrashedBecause', { reason })
      : new EspalierError('worker-crashed', 'workerCrashed');
    this.#close(crash);
    this.#onEvent({ kind: 'failed', error: errorData(crash) });
  };

  #receive(event: WorkerEvent): void {
    if (!this.alive) return;
    if (event.kind === 'ready') this.#welcome();
    if (event.kind === 'progress') for (const call of this.#pending) call.rearm();
    this.#onEvent(event);
  }

  #close(reason: EspalierError): void {
    if (!this.alive) return;
    this.#end = reason;
    this.#worker.removeEventListener('error', this.#onError);
    this.#worker.removeEventListener('messageerror', this.#onError);
    this.#worker.terminate();
    this.#port.close();
    for (const call of [...this.#pending]) call.reject(reason);
  }

  #pend<T>(name: CallName | 'start', begin: () => Promise<T>): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    const timeouts = this.#timeouts[name];
    return new Promise<T>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.#pending.delete(call);
        finish();
      };
      const call: PendingCall = {
        reject: (error) => settle(() => reject(error)),
        rearm: () => {
          clearTimeout(timer);
          if (timeouts === Infinity) return;
          timer = setTimeout(() => call.reject(timedOut(name, timeouts)), timeouts);
        },
      };
      this.#pending.add(call);
      call.rearm();
      begin().then(
        (value) => settle(() => resolve(value)),
        (error: Error) => settle(() => reject(error)),
      );
    });
  }
}

function timedOut(name: string, timeouts: number): EspalierError {
  const params = { call: name, seconds: timeouts / 1000 };
  return new EspalierError('timed-out', 'workerSilent', params);
}
