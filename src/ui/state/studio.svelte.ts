/**
 * The studio: one run on the page, live in the worker or recorded, and everything one can do with it. Components read
 * from here and call its verbs; what they draw is `view`, a function of the journal and the position in it.
 */
import { getContext, setContext } from 'svelte';
import { say } from '../../content/page';
import type { Journal, Unit } from '../../journal/journal';
import { findScene } from '../../scenes';
import type { Scene } from '../../scenes/scene';
import { runView } from '../view/runView';
import type { RunView } from '../view/runView';
import { JournalStore } from './journalStore.svelte';
import { Notices, thrownData } from './notices.svelte';
import { Painting } from './painting.svelte';
import { Playback } from './playback.svelte';
import { Preferences } from './preferences.svelte';
import type { Pace } from './preferences.svelte';
import { RunFiles } from './runFiles.svelte';
import { Runs } from './runs.svelte';
import { Selection } from './selection.svelte';
import { Session } from './session.svelte';
import { Setup } from './setup.svelte';
import type { Model } from './setup.svelte';

/** While changed settings of a run that has not learned yet are tried out, it is set up again after this pause. */
const settlingTime = 300;

export class Studio {
  readonly notices = new Notices();
  readonly preferences = new Preferences();
  readonly setup = new Setup(() => this.#settle());
  readonly session = new Session({
    journal: (event) => this.runs.hear(event),
    failed: (error, doing) => this.#failed(error, doing),
  });
  readonly #store = new JournalStore(
    () => this.playback.grown(this.fast),
    () => this.fast,
  );
  readonly playback = new Playback(
    () => this.#store.journal,
    () => this.preferences.motion,
  );
  readonly selection = new Selection(() => this.view?.tree ?? null);
  readonly runs: Runs = new Runs(this, this.#store);
  readonly painting = new Painting(this);
  readonly files = new RunFiles(this);

  #slow = $state(false);
  #shown: RunView | null = null;
  #settling: ReturnType<typeof setTimeout> | undefined;

  /** What there is to draw; null until there is a run. */
  readonly view: RunView | null = $derived.by(
    () => (this.#shown = runView(this.#store.journal, this.playback.position, this.#shown)),
  );

  /** What the run on the page generates and judges. */
  readonly scene: Scene = $derived(this.view ? findScene(this.view.run.scene) : this.setup.scene);

  get journal(): Journal {
    return this.#store.journal;
  }

  /** Training goes on by itself, too fast to follow every phase. */
  get fast(): boolean {
    return this.session.running && !this.#slow;
  }

  /** Something goes on by itself: training, phase after phase, or a replay. */
  get moving(): boolean {
    return this.#slow || this.session.running || this.playback.replaying;
  }

  /** The run cannot be trained further as it is, only seen again. */
  get over(): boolean {
    if (!this.runs.live) return true;
    return !this.busy && this.journal.ended !== null && this.journal.positions > 0;
  }

  get busy(): boolean {
    return this.session.status === 'starting' || this.session.status === 'opening';
  }

  /** Starts the worker, sets the first run up and lets its first tree grow, so that there is something to see. */
  async begin(): Promise<void> {
    void this.files.offerKeptRun();
    if (!(await this.session.start()) || !(await this.reset())) return;
    for (let phase = 0; phase < 5 && !this.moving && !this.runs.trained; phase++) {
      if (!(await this.session.step('phase'))) return;
    }
  }

  /** Starts afresh with what is set up. */
  reset = (): Promise<boolean> => this.runs.open(this.setup.request());

  async run(): Promise<void> {
    await this.runs.inPlace();
    if (this.over) return this.playback.replayRun(this.preferences.pace);
    if (!(await this.#ready())) return;
    if (this.preferences.pace === 'slow') return this.#runSlowly();
    this.playback.toEnd();
    await this.session.run();
    this.#store.flush();
    if (this.moving) return;
    if (this.playback.following) this.playback.toEnd();
    void this.files.keep();
  }

  async pause(): Promise<void> {
    if (this.#slow || this.playback.replaying) {
      this.#slow = false;
      this.playback.freeze();
      return;
    }
    await this.session.pause();
  }

  /** Resolves when nothing moves. */
  async halt(): Promise<void> {
    this.#calm();
    this.#slow = false;
    if (this.playback.replaying) this.playback.freeze();
    await this.session.pause();
  }

  toggle = (): Promise<void> => (this.moving ? this.pause() : this.run());

  /** One phase or one iteration on: through what is known, and at its end by training. */
  async step(unit: Unit): Promise<void> {
    await this.runs.inPlace();
    if (this.moving) await this.pause();
    if (this.playback.position < this.journal.positions) return this.playback.forward(unit);
    if (this.over) return;
    if (!(await this.#ready())) return;
    this.playback.thaw();
    await this.session.step(unit);
  }

  /** Sets up another scene; if that cannot be, the setup goes back to the run on the page. */
  async chooseScene(name: string): Promise<void> {
    this.setup.chooseScene(name);
    if (!(await this.reset()) && this.journal.run) this.setup.adopt(this.journal.run);
  }

  /** Changes the speed; a run or a replay in progress goes on at the new one. */
  choosePace(pace: Pace): void {
    const { moving } = this;
    this.preferences.set({ pace });
    if (moving) void this.pause().then(() => this.run());
  }

  /** Puts a visitor's own policy in; the scene's own stays in use if it is refused. */
  async usePolicy(model: Model | null): Promise<void> {
    const before = this.setup.model;
    this.setup.chooseModel(model);
    const doing = model ? say('doing.loading', model) : say('doing.settingUp');
    if (!(await this.runs.open(this.setup.request(), doing))) this.setup.chooseModel(before);
  }

  /** A run that has learned nothing yet follows its settings at once; another waits for Reset. */
  #settle(): void {
    this.#calm();
    if (!this.runs.live || this.runs.trained || this.session.status === 'lost') return;
    this.#settling = setTimeout(() => void this.reset(), settlingTime);
  }

  async #runSlowly(): Promise<void> {
    this.#slow = true;
    this.playback.toEnd();
    while (this.#slow && !this.over) {
      if (!(await this.session.step('phase'))) break;
      this.#store.flush();
      await this.playback.settled();
    }
    this.#slow = false;
    void this.files.keep();
  }

  #calm(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
  }

  #failed(error: unknown, doing: string): void {
    this.#slow = false;
    const { code } = thrownData(error);
    const helps = this.session.status === 'lost' || code === 'device-lost' || code === 'timed-out';
    const again = { label: say('notice.startAgain'), act: () => void this.runs.recover() };
    this.notices.error(error, doing, ...(helps ? [again] : []));
  }

  /** Whether a run stands ready in the worker; it is set up if none does, or if settings have just changed. */
  #ready(): boolean | Promise<boolean> {
    if (this.#settling !== undefined) return this.reset();
    if (this.session.status === 'open') return true;
    return this.session.status === 'lost' && this.runs.trained ? this.runs.recover() : this.reset();
  }
}

const key = Symbol('studio');

export const provideStudio = (studio: Studio): Studio => setContext(key, studio);

export const useStudio = (): Studio => getContext<Studio>(key);
