/**
 * The page's only way to the training worker.
 *
 *   const client = await TrainingClient.start((event) => …);   // journal, progress, state and failed events
 *   const { tier } = await client.probe();
 *   await client.open(request);
 *   void client.run().catch(show);                              // and so on: see TrainingApi in protocol.ts
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
import type { Checkpoint } from '../journal/events';
import type { Landscape, Prompt } from '../scenes/scene';
import { carryErrors } from './messages';
import type { CallName, Introduction } from './messages';
import type {
  Capabilities,
  ProfileStep,
  RunReady,
  RunRequest,
  TrainingApi,
  WorkerEvent,
} from '../session/protocol';

/** The part of Worker that is used, so that tests can stand in for it. */
export type WorkerLike = Pick<
  Worker,
  'postMessage' | 'terminate' | 'addEventListener' | 'removeEventListener'
>;

/** Milliseconds without an answer or a sign of progress after which a call is given up. */
export type Patience = Readonly<Record<CallName | 'start', number>>;

const defaultPatience: Patience = {
  start: 30_000,
  probe: 30_000,
  open: 120_000,
  run: Infinity,
  // The others wait for the phase in progress, which may be long on the CPU tier.
  step: 600_000,
  pause: 120_000,
  stop: 120_000,
  paint: 120_000,
  checkpoint: 120_000,
  sample: 120_000,
  profile: 120_000,
};

export interface ClientOptions {
  readonly createWorker?: () => WorkerLike;
  readonly patience?: Partial<Patience>;
}

const createTrainingWorker = (): Worker =>
  new Worker(new URL('./train.worker.ts', import.meta.url), { type: 'module' });

interface PendingCall {
  reject(error: EspalierError): void;
  /** Starts waiting anew. */
  rearm(): void;
}

export class TrainingClient implements TrainingApi {
  readonly #worker: WorkerLike;
  readonly #patience: Patience;
  readonly #onEvent: (event: WorkerEvent) => void;
  readonly #port: MessagePort;
  readonly #remote: Remote<TrainingApi>;
  readonly #pending = new Set<PendingCall>();
  #end: EspalierError | null = null;
  #welcome: () => void = () => undefined;

  /**
   * A client whose worker has answered. `onEvent` is called in the order of the worker's events.
   * @throws EspalierError 'worker-crashed', 'timed-out'; no worker is left behind then
   */
  static async start(
    onEvent: (event: WorkerEvent) => void,
    options: ClientOptions = {},
  ): Promise<TrainingClient> {
    const client = new TrainingClient(onEvent, options);
    try {
      await client.#pend(
        'start',
        () => new Promise<void>((resolve) => (client.#welcome = resolve)),
      );
    } catch (error) {
      client.terminate();
      throw error;
    }
    return client;
  }

  private constructor(onEvent: (event: WorkerEvent) => void, options: ClientOptions) {
    const { createWorker = createTrainingWorker, patience } = options;
    carryErrors();
    this.#onEvent = onEvent;
    this.#patience = { ...defaultPatience, ...patience };
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

  /** False after a crash or `terminate`; every call rejects then. */
  get alive(): boolean {
    return this.#end === null;
  }

  probe(): Promise<Capabilities> {
    return this.#pend('probe', () => this.#remote.probe());
  }

  open(request: RunRequest): Promise<RunReady> {
    return this.#pend('open', () => this.#remote.open(request));
  }

  run(): Promise<void> {
    return this.#pend('run', () => this.#remote.run());
  }

  pause(): Promise<void> {
    return this.#pend('pause', () => this.#remote.pause());
  }

  step(unit: 'phase' | 'iteration'): Promise<void> {
    return this.#pend('step', () => this.#remote.step(unit));
  }

  stop(): Promise<void> {
    return this.#pend('stop', () => this.#remote.stop());
  }

  paint(landscape: Landscape): Promise<void> {
    return this.#pend('paint', () => this.#remote.paint(landscape));
  }

  checkpoint(): Promise<Checkpoint> {
    return this.#pend('checkpoint', () => this.#remote.checkpoint());
  }

  sample(prompts: readonly Prompt[]): Promise<Float32Array> {
    return this.#pend('sample', () => this.#remote.sample(prompts));
  }

  profile(): Promise<ProfileStep[]> {
    return this.#pend('profile', () => this.#remote.profile());
  }

  /** Ends the worker at once. Calls in progress reject with 'stopped'; nothing is emitted any more. */
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
    const patience = this.#patience[name];
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
          if (patience === Infinity) return;
          timer = setTimeout(() => call.reject(timedOut(name, patience)), patience);
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

function timedOut(name: string, patience: number): EspalierError {
  const params = { call: name, seconds: patience / 1000 };
  return new EspalierError('timed-out', 'workerSilent', params);
}
