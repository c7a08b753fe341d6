/**
 * The studio: one run on the page, live in the worker or recorded, and everything one can do with it. Components read
 * from here and call its verbs; what they draw is `view`, a function of the journal and the position in it.
 */
import { getContext, setContext } from 'svelte';
import type { AlgorithmName } from '../../algorithms';
import type { SettingKey, Settings } from '../../config/properties';
import type { EngineName } from '../../engine/engine';
import type { Checkpoint, JournalEvent } from '../../journal/events';
import type { Journal, Unit } from '../../journal/journal';
import { findScene } from '../../scenes';
import type { Landscape, Scene } from '../../scenes/scene';
import type { RunRequest } from '../../session/protocol';
import { runView } from '../view/runView';
import type { RunView } from '../view/runView';
import { JournalStore } from './journalStore.svelte';
import { Notices, thrownData } from './notices.svelte';
import { Painting } from './painting.svelte';
import { Playback } from './playback.svelte';
import { Preferences } from './preferences.svelte';
import type { Pace } from './preferences.svelte';
import { RunFiles } from './runFiles.svelte';
import { Selection } from './selection.svelte';
import { Session } from './session.svelte';
import { Setup } from './setup.svelte';
import type { Model } from './setup.svelte';

/** While changed settings of a run that has not learned yet are tried out, it is set up again after this pause. */
const settlingTime = 300;

/** Least time between two checkpoints that are taken in case the worker is lost. */
const checkpointInterval = 3000;

export class Studio {
  readonly notices = new Notices();
  readonly preferences = new Preferences();
  readonly setup = new Setup();
  readonly session = new Session({
    journal: (event) => this.#hear(event),
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
  readonly painting = new Painting((landscape) => void this.#sendLandscape(landscape));
  readonly files = new RunFiles(this);

  #origin = $state<'live' | 'recorded'>('live');
  #opened = $state.raw<RunRequest | null>(null);
  #earlier = $state.raw<Journal | null>(null);
  #slow = $state(false);
  #shown: RunView | null = null;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #switching = false;
  #safety: Checkpoint | null = null;
  #safetyAt = -Infinity;

  /** What there is to draw; null until there is a run. */
  readonly view: RunView | null = $derived.by(
    () => (this.#shown = runView(this.#store.journal, this.playback.position, this.#shown)),
  );

  /** What the run on the page generates and judges. */
  readonly scene: Scene = $derived(this.view ? findScene(this.view.run.scene) : this.setup.scene);

  /** Whether what is set up differs from the run on the page. */
  readonly pending: boolean = $derived.by(() => {
    if (this.#origin === 'live' && this.#opened) return !this.setup.asked(this.#opened);
    const run = this.journal.run;
    return run !== null && !this.setup.matches(run);
  });

  get journal(): Journal {
    return this.#store.journal;
  }

  get live(): boolean {
    return this.#origin === 'live';
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
    if (!this.live) return true;
    return !this.busy && this.journal.ended !== null && this.journal.positions > 0;
  }

  get busy(): boolean {
    return this.session.status === 'starting' || this.session.status === 'opening';
  }

  /** The run that was on the page before this one. */
  get earlier(): Journal | null {
    return this.#earlier;
  }

  get trained(): boolean {
    return this.journal.series('gradientNorm').x.length > 0;
  }

  /** Starts the worker, sets the first run up and lets its first tree grow, so that there is something to see. */
  async begin(): Promise<void> {
    void this.files.offerKeptRun();
    if (!(await this.session.start()) || !(await this.open(this.setup.request()))) return;
    for (let phase = 0; phase < 5 && !this.moving && !this.trained; phase++) {
      if (!(await this.session.step('phase'))) return;
    }
  }

  /** Puts a run in place of the one on the page, which is kept at hand if it had learned anything. */
  async open(request: RunRequest, doing?: string): Promise<boolean> {
    await this.#halt();
    if (!(await this.session.open(request, doing))) return false;
    this.#opened = request;
    this.playback.toEnd();
    return true;
  }

  /** Starts afresh with what is set up. */
  reset = (): Promise<boolean> => this.open(this.setup.request());

  async run(): Promise<void> {
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

  toggle = (): Promise<void> => (this.moving ? this.pause() : this.run());

  /** One phase or one iteration on: through what is known, and at its end by training. */
  async step(unit: Unit): Promise<void> {
    if (this.moving) await this.pause();
    if (this.playback.position < this.journal.positions) return this.playback.forward(unit);
    if (this.over) return;
    if (!(await this.#ready())) return;
    this.playback.thaw();
    await this.session.step(unit);
  }

  /** Trains a run that is over for as long again, from its last checkpoint. */
  async trainOn(): Promise<void> {
    const { checkpoint, run } = this.journal;
    if (!checkpoint || !run) return;
    const { settings } = run;
    const left = settings.iterations - checkpoint.iteration;
    const iterations = left > 0 ? settings.iterations : checkpoint.iteration + settings.iterations;
    await this.#continue({ ...settings, iterations }, checkpoint, this.view?.landscape ?? null);
  }

  /** Shows a recorded run; the worker is freed. */
  async show(journal: Journal): Promise<void> {
    if (!journal.run) return;
    await this.#halt();
    if (this.live && this.trained) this.#earlier = this.journal;
    await this.session.stop();
    this.#origin = 'recorded';
    this.setup.adopt(journal.run);
    this.#store.replace(journal);
    this.#store.flush();
    this.playback.seek(journal.positions);
  }

  /** Brings the earlier run back, in exchange for the present one. */
  async bringBack(): Promise<void> {
    const { earlier } = this;
    if (!earlier) return;
    this.#earlier = null;
    await this.show(earlier);
  }

  /** Sets up another scene; if that cannot be, the setup goes back to the run on the page. */
  async chooseScene(name: string): Promise<void> {
    this.setup.chooseScene(name);
    if (!(await this.reset()) && this.journal.run) this.setup.adopt(this.journal.run);
  }

  chooseAlgorithm(name: AlgorithmName): void {
    this.setup.chooseAlgorithm(name);
    this.#settle();
  }

  /** Changes the speed; a run or a replay in progress goes on at the new one. */
  choosePace(pace: Pace): void {
    const { moving } = this;
    this.preferences.set({ pace });
    if (moving) void this.pause().then(() => this.run());
  }

  chooseEngine(engine: EngineName | 'auto'): void {
    this.setup.chooseEngine(engine);
    this.#settle();
  }

  /** Takes new settings, or says why not. */
  set(change: Partial<Settings>): string | null {
    const problem = this.setup.set(change);
    if (!problem) this.#settle();
    return problem;
  }

  /** Puts a setting back to what scene and algorithm suggest. */
  clear(key: SettingKey): void {
    if (!this.setup.clear(key)) this.#settle();
  }

  /** Puts a visitor's own policy in; the scene's own stays in use if it is refused. */
  async usePolicy(model: Model | null): Promise<void> {
    const before = this.setup.model;
    this.setup.chooseModel(model);
    const doing = model ? `Loading ${model.name}` : 'Setting up the run';
    if (!(await this.open(this.setup.request(), doing))) this.setup.chooseModel(before);
  }

  /** Takes the brush up, or puts it down. */
  togglePainting(): void {
    const painted = this.view?.run.settings.reward === 'landscape' ? this.view.landscape : null;
    if (this.painting.active) this.painting.end();
    else this.painting.begin(painted);
  }

  /** A run that has learned nothing yet follows its settings at once; another waits for Reset. */
  #settle(): void {
    this.#calm();
    if (!this.live || this.trained || this.session.status === 'lost') return;
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

  async #halt(): Promise<void> {
    this.#calm();
    this.#slow = false;
    if (this.playback.replaying) this.playback.freeze();
    await this.session.pause();
  }

  async #continue(
    settings: Settings,
    checkpoint: Checkpoint | null,
    landscape: Landscape | null,
  ): Promise<boolean> {
    this.setup.set({ iterations: settings.iterations, reward: settings.reward });
    const request = this.setup.request();
    const model = checkpoint ? this.setup.modelOf(checkpoint.policy) : request.model;
    return this.open({ ...request, model, settings, checkpoint, landscape });
  }

  async #sendLandscape(landscape: Landscape): Promise<void> {
    if (this.#switching || !this.live) return;
    if (!this.over && this.journal.run?.settings.reward === 'landscape') {
      await this.session.paint(landscape);
      return;
    }
    this.#switching = true;
    await this.#paintFromNowOn(landscape);
    this.#switching = false;
    const newest = this.painting.landscape;
    if (newest && newest !== landscape) await this.#sendLandscape(newest);
  }

  /** The painted landscape becomes the reward; training goes on with the weights as they are. */
  async #paintFromNowOn(landscape: Landscape): Promise<void> {
    const { run } = this.journal;
    if (!run) return;
    const wasRunning = this.moving;
    await this.#halt();
    const checkpoint = this.trained ? await this.session.checkpoint() : null;
    const settings = { ...run.settings, reward: 'landscape' };
    if (checkpoint && checkpoint.iteration >= settings.iterations) {
      settings.iterations += checkpoint.iteration;
    }
    if (!(await this.#continue(settings, checkpoint, landscape))) return;
    this.notices.info(
      'The reward is now what you paint.',
      checkpoint
        ? `Training goes on from iteration ${checkpoint.iteration + 1} with these weights. The run before is kept.`
        : 'Press Run, and the samples will move to where you painted.',
    );
    if (wasRunning) void this.run();
  }

  #hear(event: JournalEvent): void {
    if (event.type === 'run-started') {
      if (this.live && this.trained) this.#earlier = this.journal;
      this.#origin = 'live';
      this.#safety = null;
    }
    if (!this.live) return;
    this.#store.append(event);
    if (this.#store.full && this.session.running) void this.#makeRoom();
    const learned = event.type === 'evaluated' && event.iteration > this.journal.firstIteration;
    if (learned && this.session.running) void this.#takeSafety();
  }

  /** The journal has become as large as a page should hold; training goes on in a new one if asked to. */
  async #makeRoom(): Promise<void> {
    await this.pause();
    const goOn = async (): Promise<void> => {
      const { run } = this.journal;
      const checkpoint = await this.session.checkpoint();
      if (!run || !checkpoint) return;
      await this.#continue(run.settings, checkpoint, this.view?.landscape ?? null);
      this.#earlier = null;
      await this.run();
    };
    this.notices.info(
      'The journal has become very long.',
      'Training is paused. Save the run if you want to keep it, then go on in a new journal.',
      { label: 'Go on', act: () => void goOn() },
    );
  }

  async #takeSafety(): Promise<void> {
    const now = performance.now();
    if (now - this.#safetyAt < checkpointInterval) return;
    this.#safetyAt = now;
    this.#safety = await this.session.checkpoint();
  }

  #failed(error: unknown, doing: string): void {
    this.#slow = false;
    const { code } = thrownData(error);
    const helps = this.session.status === 'lost' || code === 'device-lost' || code === 'timed-out';
    const again = { label: 'Start again', act: () => void this.#recover() };
    this.notices.error(error, doing, ...(helps ? [again] : []));
  }

  /** Whether a run stands ready in the worker; it is set up if none does, or if settings have just changed. */
  #ready(): boolean | Promise<boolean> {
    if (this.#settling !== undefined) return this.reset();
    if (this.session.status === 'open') return true;
    return this.session.status === 'lost' && this.trained ? this.#recover() : this.reset();
  }

  /** After a lost worker: the same run, from the last checkpoint that was taken. */
  #recover(): Promise<boolean> {
    const request = this.#opened ?? this.setup.request();
    const checkpoint = this.#safety ?? request.checkpoint;
    this.session.abandon();
    return this.open({ ...request, checkpoint, landscape: this.view?.landscape ?? null });
  }
}

const key = Symbol('studio');

export const provideStudio = (studio: Studio): Studio => setContext(key, studio);

export const useStudio = (): Studio => getContext<Studio>(key);
