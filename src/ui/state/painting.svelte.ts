/** The reward landscape under the visitor's brush. Strokes are kept here and sent on ten times a second at most. */
import { say } from '../../content/page';
import type { Journal } from '../../journal/journal';
import type { Landscape } from '../../scenes/scene';
import type { RunView } from '../view/runView';
import { blankLandscape, stroke } from './brush';
import type { Notices } from './notices.svelte';
import type { Runs } from './runs.svelte';
import type { Session } from './session.svelte';

export type BrushTool = 'paint' | 'erase';

const sendInterval = 100;

/** Smallest and largest brush radius, in units of the plane. */
export const brushRange = { min: 0.2, max: 2 };

/** What painting needs of the page. */
export interface PaintedPage {
  readonly journal: Journal;
  readonly view: RunView | null;
  readonly notices: Notices;
  readonly runs: Runs;
  readonly session: Session;
  readonly over: boolean;
  readonly moving: boolean;
  halt(): Promise<void>;
  run(): Promise<void>;
}

export class Painting {
  #active = $state(false);
  #landscape = $state.raw<Landscape | null>(null);
  #touched = $state(false);
  tool = $state<BrushTool>('paint');
  /** In units of the plane. */
  radius = $state(0.6);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A run under the painted reward is being set up. */
  #switching = false;
  readonly #page: PaintedPage;

  constructor(page: PaintedPage) {
    this.#page = page;
  }

  get active(): boolean {
    return this.#active;
  }

  /** What has been painted and may be ahead of the journal; null when nothing is. */
  get landscape(): Landscape | null {
    return this.#landscape;
  }

  /** Whether a stroke was made since the brush was taken. */
  get touched(): boolean {
    return this.#touched;
  }

  resize(factor: number): void {
    const { min, max } = brushRange;
    this.radius = Math.min(max, Math.max(min, this.radius * factor));
  }

  /** Takes the brush up, where it was left if this run is judged by what is painted, or puts it down. */
  toggle(): void {
    if (this.#active) return this.#end();
    const { view } = this.#page;
    const painted = view?.run.settings.reward === 'landscape' ? view.landscape : null;
    this.#active = true;
    this.#landscape = painted ?? blankLandscape();
  }

  #end(): void {
    this.#flush();
    this.#active = false;
    this.#touched = false;
    this.#landscape = null;
  }

  /** One stroke from point to point, in plane coordinates. */
  stroke(from: readonly [number, number], to: readonly [number, number]): void {
    const { tool, radius } = this;
    this.#change(stroke(this.#landscape ?? blankLandscape(), from, to, radius, tool === 'erase'));
  }

  clear(): void {
    this.#change(blankLandscape());
  }

  #change(landscape: Landscape): void {
    this.#landscape = landscape;
    this.#touched = true;
    this.#timer ??= setTimeout(() => this.#flush(), sendInterval);
  }

  #flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#landscape) void this.#send(this.#landscape);
  }

  async #send(landscape: Landscape): Promise<void> {
    const { journal, runs, session, over } = this.#page;
    if (this.#switching || !runs.live) return;
    if (!over && journal.run?.settings.reward === 'landscape') {
      await session.paint(landscape);
      return;
    }
    this.#switching = true;
    await this.#judgeByIt(landscape);
    this.#switching = false;
    const newest = this.#landscape;
    if (newest && newest !== landscape) await this.#send(newest);
  }

  /** The painted landscape becomes the reward; training goes on with the weights as they are. */
  async #judgeByIt(landscape: Landscape): Promise<void> {
    const { journal, runs, session, notices, moving } = this.#page;
    const { run } = journal;
    if (!run) return;
    await this.#page.halt();
    const checkpoint = runs.trained ? await session.checkpoint() : null;
    const settings = { ...run.settings, reward: 'landscape' };
    if (checkpoint && checkpoint.iteration >= settings.iterations) {
      settings.iterations += checkpoint.iteration;
    }
    if (!(await runs.goOn(settings, checkpoint, landscape))) return;
    notices.info(
      say('notice.painted'),
      checkpoint
        ? say('notice.painted.on', { iteration: checkpoint.iteration + 1 })
        : say('notice.painted.run'),
    );
    if (moving) void this.#page.run();
  }
}
