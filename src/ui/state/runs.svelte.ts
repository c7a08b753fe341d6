/**
 * Which run is on the page: live in the worker or recorded, the one before it, and how training goes on from a point
 * that was kept.
 */
import { say } from '../../content/page';
import type { Settings } from '../../config/properties';
import { numerics } from '../../journal/events';
import type { Checkpoint, JournalEvent } from '../../journal/events';
import type { Journal } from '../../journal/journal';
import type { Landscape } from '../../scenes/scene';
import type { RunRequest } from '../../session/protocol';
import { hasLearned } from '../view/series';
import type { JournalStore } from './journalStore.svelte';
import type { Notices } from './notices.svelte';
import type { Playback } from './playback.svelte';
import type { Session } from './session.svelte';
import type { Setup } from './setup.svelte';

/** Least milliseconds between two checkpoints that are taken in case the worker is lost. */
const safetyInterval = 3000;

/** What runs need of the page. */
export interface RunsPage {
  readonly notices: Notices;
  readonly playback: Playback;
  readonly session: Session;
  readonly setup: Setup;
  /** Resolves when nothing moves. */
  halt(): Promise<void>;
  pause(): Promise<void>;
  run(): Promise<void>;
}

export class Runs {
  #origin = $state<'live' | 'recorded'>('live');
  #opened = $state.raw<RunRequest | null>(null);
  #earlier = $state.raw<Journal | null>(null);
  /** The newest attempt to put a run in place; null when none is under way. */
  #opening: Promise<boolean> | null = null;
  /** The newest point to go on from if the worker is lost, and when it was taken. */
  #safety: Checkpoint | null = null;
  #safetyAt = -Infinity;
  readonly #page: RunsPage;
  readonly #store: JournalStore;

  constructor(page: RunsPage, store: JournalStore) {
    this.#page = page;
    this.#store = store;
  }

  get live(): boolean {
    return this.#origin === 'live';
  }

  /** The run that was on the page before this one. */
  get earlier(): Journal | null {
    return this.#earlier;
  }

  /** Whether the run has changed any weight. */
  get trained(): boolean {
    return hasLearned(this.#store.journal);
  }

  /** Whether what is set up differs from the run on the page. */
  readonly pending: boolean = $derived.by(() => {
    const { setup } = this.#page;
    if (this.live && this.#opened) return !setup.asked(this.#opened);
    const { run } = this.#store.journal;
    return run !== null && !setup.matches(run);
  });

  /** Puts a run in place of the one on the page, which is kept at hand if it had learned anything. */
  open(request: RunRequest, doing?: string): Promise<boolean> {
    const opening = this.#open(request, doing).finally(() => {
      if (this.#opening === opening) this.#opening = null;
    });
    this.#opening = opening;
    return opening;
  }

  /** Resolves when no run is being put in place: what is asked for meanwhile is meant for the new one. */
  async inPlace(): Promise<void> {
    while (this.#opening) await this.#opening;
  }

  async #open(request: RunRequest, doing?: string): Promise<boolean> {
    const { session, playback } = this.#page;
    await this.#page.halt();
    if (!(await session.open(request, doing))) return false;
    this.#opened = request;
    playback.toEnd();
    return true;
  }

  /** Shows a recorded run; the worker is freed. */
  async show(journal: Journal): Promise<void> {
    if (!journal.run) return;
    await this.#page.halt();
    this.#keepEarlier();
    await this.#page.session.stop();
    this.#origin = 'recorded';
    this.#page.setup.adopt(journal.run);
    this.#store.replace(journal);
    this.#store.flush();
    this.#page.playback.seek(journal.positions);
  }

  /** Brings the earlier run back, in exchange for the present one. */
  async bringBack(): Promise<void> {
    const { earlier } = this;
    if (!earlier) return;
    this.#earlier = null;
    await this.show(earlier);
  }

  /** Trains a run that is over for as long again, from its last checkpoint. */
  async trainOn(): Promise<void> {
    const { checkpoint, run } = this.#store.journal;
    if (!checkpoint || !run) return;
    const { settings } = run;
    const left = settings.iterations - checkpoint.iteration;
    const iterations = left > 0 ? settings.iterations : checkpoint.iteration + settings.iterations;
    const opened = await this.goOn({ ...settings, iterations }, checkpoint, this.#landscape);
    if (opened && run.numerics !== numerics) {
      this.#page.notices.info(say('run.otherNumerics'), say('run.otherNumerics.hint'));
    }
  }

  /** Trains on from a checkpoint, or from the reference; only with the policy that the checkpoint was taken of. */
  async goOn(
    settings: Settings,
    checkpoint: Checkpoint | null,
    landscape: Landscape | null,
  ): Promise<boolean> {
    const { setup } = this.#page;
    setup.set({ iterations: settings.iterations, reward: settings.reward });
    if (checkpoint) setup.chooseModel(setup.modelOf(checkpoint.policy));
    return this.open({ ...setup.request(), settings, checkpoint, landscape });
  }

  /** After a lost worker: the same run, from the last checkpoint that was taken. */
  recover(): Promise<boolean> {
    const { session, setup } = this.#page;
    const request = this.#opened ?? setup.request();
    const checkpoint = this.#safety ?? request.checkpoint;
    session.abandon();
    return this.open({ ...request, checkpoint, landscape: this.#landscape });
  }

  /** Takes an event of the run in the worker into the journal; those that come late are of no interest. */
  hear(event: JournalEvent): void {
    if (event.type === 'run-started') {
      this.#keepEarlier();
      this.#origin = 'live';
      this.#safety = null;
    }
    if (!this.live) return;
    this.#store.append(event);
    if (!this.#page.session.running) return;
    if (this.#store.full) void this.#makeRoom();
    const { firstIteration } = this.#store.journal;
    if (event.type === 'evaluated' && event.iteration > firstIteration) void this.#takeSafety();
  }

  get #landscape(): Landscape | null {
    const { journal } = this.#store;
    return journal.run ? journal.view(journal.positions).landscape : null;
  }

  #keepEarlier(): void {
    if (this.live && this.trained) this.#earlier = this.#store.journal;
  }

  /** The journal has become as large as a page should hold; training goes on in a new one if asked to. */
  async #makeRoom(): Promise<void> {
    const { notices, session } = this.#page;
    await this.#page.pause();
    const goOn = async (): Promise<void> => {
      const { run } = this.#store.journal;
      const checkpoint = await session.checkpoint();
      if (!run || !checkpoint) return;
      await this.goOn(run.settings, checkpoint, this.#landscape);
      this.#earlier = null;
      await this.#page.run();
    };
    notices.info(say('notice.longJournal'), say('notice.longJournal.text'), {
      label: say('notice.goOn'),
      act: () => void goOn(),
    });
  }

  async #takeSafety(): Promise<void> {
    const now = performance.now();
    if (now - this.#safetyAt < safetyInterval) return;
    this.#safetyAt = now;
    this.#safety = await this.#page.session.checkpoint();
  }
}
