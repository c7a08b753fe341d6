/**
 * The page's side of the training worker: one client at a time, started again when it was lost, and one run in it.
 * What goes wrong is handed to `failed` with what was being done; nothing is thrown at callers.
 */
import { say } from '../../content/page';
import type { ErrorData } from '../../core/errors';
import type { Checkpoint, JournalEvent } from '../../journal/events';
import type { Landscape, Prompt } from '../../scenes/scene';
import { TrainingClient } from '../../workers/client';
import type {
  Capabilities,
  ProfileStep,
  RunReady,
  RunRequest,
  WorkerEvent,
} from '../../session/protocol';
import { thrownData } from './notices.svelte';

/** 'empty': a worker without a run; 'lost': no worker. */
export type SessionStatus = 'starting' | 'empty' | 'opening' | 'open' | 'lost';

export interface SessionHooks {
  journal(event: JournalEvent): void;
  failed(error: unknown, doing: string): void;
}

export class Session {
  #status = $state<SessionStatus>('starting');
  #moving = $state<'run' | 'step' | null>(null);
  #capabilities = $state.raw<Capabilities | null>(null);
  #ready = $state.raw<RunReady | null>(null);
  #progress = $state.raw<{ text: string; fraction: number } | null>(null);
  #client: TrainingClient | null = null;
  #still: Promise<unknown> = Promise.resolve();
  /** Whether the worker has a run that has not ended: it keeps its run when another one is refused. */
  #holdsRun = false;
  /** Counts runs and workers, so that what an earlier one still says is not taken for the present one's. */
  #generation = 0;
  #openings = 0;
  readonly #hooks: SessionHooks;

  constructor(hooks: SessionHooks) {
    this.#hooks = hooks;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  /** Whether training goes on by itself. */
  get running(): boolean {
    return this.#moving === 'run';
  }

  get capabilities(): Capabilities | null {
    return this.#capabilities;
  }

  get ready(): RunReady | null {
    return this.#ready;
  }

  get progress(): { text: string; fraction: number } | null {
    return this.#progress;
  }

  /** Starts the worker and finds out what the machine can do. */
  async start(): Promise<boolean> {
    this.#status = 'starting';
    const generation = ++this.#generation;
    return this.#attempt(say('doing.startingWorker'), async () => {
      const client = await TrainingClient.start((event) => this.#hear(generation, event));
      this.#client = client;
      this.#capabilities = await client.probe();
      this.#status = 'empty';
    });
  }

  /** Sets up a run in place of the present one. Of requests that overlap only the newest counts. */
  async open(request: RunRequest, doing = say('doing.settingUp')): Promise<boolean> {
    const turn = ++this.#openings;
    if (!this.#client && !(await this.start())) return false;
    this.#status = 'opening';
    const opened = await this.#attempt(doing, async (client) => {
      const ready = await client.open(request);
      if (turn !== this.#openings) return;
      this.#ready = ready;
      this.#status = 'open';
    });
    if (turn !== this.#openings) return false;
    if (!opened && this.#status === 'opening') this.#status = this.#holdsRun ? 'open' : 'empty';
    this.#progress = null;
    return opened;
  }

  /** Resolves when the run stands still again. */
  run(): Promise<boolean> {
    return this.#move('run', (client) => client.run());
  }

  step(unit: 'phase' | 'iteration'): Promise<boolean> {
    return this.#move('step', (client) => client.step(unit));
  }

  /** Resolves when the run stands still. */
  async pause(): Promise<void> {
    if (!this.#moving) return;
    await this.#attempt(say('doing.pausing'), (client) => client.pause());
    await this.#still;
  }

  /** Ends the run; its last checkpoint goes to the journal. */
  async stop(): Promise<void> {
    if (this.#status !== 'open') return;
    await this.#attempt(say('doing.ending'), (client) => client.stop());
    if (this.#status === 'open') this.#status = 'empty';
  }

  paint(landscape: Landscape): Promise<boolean> {
    return this.#attempt(say('doing.painting'), (client) => client.paint(landscape));
  }

  /** The point from which training goes on, or null where there is none. */
  async checkpoint(): Promise<Checkpoint | null> {
    let checkpoint: Checkpoint | null = null;
    if (this.#status === 'open') {
      await this.#attempt(say('doing.readingWeights'), async (client) => {
        checkpoint = await client.checkpoint();
      });
    }
    return checkpoint;
  }

  /** One sample of the policy for each prompt, or null where that failed. */
  async sample(prompts: readonly Prompt[]): Promise<Float32Array | null> {
    let samples: Float32Array | null = null;
    await this.#attempt(say('doing.asking'), async (client) => {
      samples = await client.sample(prompts);
    });
    return samples;
  }

  /** Where exploration pays for the policy as it is, or null where that failed. */
  async profile(): Promise<ProfileStep[] | null> {
    let profile: ProfileStep[] | null = null;
    await this.#attempt(say('doing.measuring'), async (client) => {
      profile = await client.profile();
    });
    return profile;
  }

  /** Runs or steps, after every step that is still being made. */
  async #move(
    kind: 'run' | 'step',
    go: (client: TrainingClient) => Promise<void>,
  ): Promise<boolean> {
    while (this.#moving === 'step') await this.#still;
    if (this.#status !== 'open' || this.#moving) return false;
    this.#moving = kind;
    const done = this.#attempt(say('doing.training'), go).finally(() => (this.#moving = null));
    this.#still = done;
    return done;
  }

  /** Does one thing with the client and reports what goes wrong, once. */
  async #attempt(doing: string, work: (client: TrainingClient) => Promise<void>): Promise<boolean> {
    const generation = this.#generation;
    try {
      await work(this.#client as TrainingClient);
      return true;
    } catch (error) {
      if (generation === this.#generation) this.#handle(error, doing);
      return false;
    }
  }

  #handle(error: unknown, doing: string): void {
    const { code } = thrownData(error);
    if (code === 'stopped') return;
    if (code === 'worker-crashed' || this.#status === 'starting') this.abandon();
    this.#hooks.failed(error, doing);
  }

  /** Gives the worker up; the journal on the page stays, and the next `open` starts another one. */
  abandon(): void {
    this.#generation++;
    this.#client?.terminate();
    this.#client = null;
    this.#holdsRun = false;
    this.#status = 'lost';
    this.#moving = null;
    this.#progress = null;
  }

  #hear(generation: number, event: WorkerEvent): void {
    if (generation !== this.#generation) return;
    switch (event.kind) {
      case 'journal':
        if (event.event.type === 'run-started') this.#holdsRun = true;
        if (event.event.type === 'run-ended') this.#holdsRun = false;
        this.#hooks.journal(event.event);
        break;
      case 'progress':
        this.#progress = event.fraction < 1 ? event : null;
        break;
      case 'self-check':
        this.#confirm(event.checks);
        break;
      case 'failed':
        this.#fail(event.error);
        break;
      default:
    }
  }

  #confirm(checks: RunReady['selfCheck']): void {
    if (this.#ready) {
      this.#ready = { ...this.#ready, selfCheck: [...this.#ready.selfCheck, ...checks] };
    }
  }

  #fail(error: ErrorData): void {
    this.#handle(error, say('doing.training'));
    if (this.#status === 'open') this.#status = 'empty';
  }
}
