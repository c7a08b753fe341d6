/**
 * The position in the journal, and how it moves. Following a run that is stepped through, each phase passes at a speed
 * one can watch; following one that runs fast, the position skips to the newest finished iteration. Nothing is queued:
 * what was not shown in time is left out.
 */
import { phases } from '../../journal/events';
import type { Phase } from '../../journal/events';
import type { Journal, Unit } from '../../journal/journal';

/** Milliseconds that a phase takes to pass before one's eyes. */
const durations: Record<Phase, number> = {
  rollout: 900,
  score: 600,
  fuse: 900,
  normalise: 900,
  prune: 600,
  update: 400,
};

/** Further behind than this many phases, the position jumps. */
const mostBehind = 8;

/** Milliseconds per iteration when a run is replayed fast. */
const replayInterval = 90;

/** The end of the newest complete iteration, or where the journal ends if none is complete. */
export const newestComplete = (positions: number): number =>
  positions < phases.length ? positions : positions - (positions % phases.length);

export class Playback {
  #position = $state(0);
  #progress = $state(1);
  #following = $state(true);
  #replay = $state<'off' | 'fast' | 'slow'>('off');
  #elapsed = Infinity;
  #frame = 0;
  #now = 0;
  #frozen = false;
  #waiting: (() => void)[] = [];
  readonly #journal: () => Journal;
  readonly #motion: () => boolean;

  constructor(journal: () => Journal, motion: () => boolean) {
    this.#journal = journal;
    this.#motion = motion;
  }

  get position(): number {
    return this.#position;
  }

  /** How much of the current phase has passed, 0 to 1. */
  get progress(): number {
    return this.#progress;
  }

  /** Whether the position keeps to the end of the journal. */
  get following(): boolean {
    return this.#following;
  }

  get replaying(): boolean {
    return this.#replay !== 'off';
  }

  /** The journal has grown or was replaced. */
  grown(fast: boolean): void {
    const { positions } = this.#journal();
    if (this.#position > positions) this.#rest(positions);
    if (!this.#following) return;
    if (fast) {
      this.#rest(newestComplete(positions));
      return;
    }
    if (positions - this.#position > mostBehind) this.#rest(positions - 1);
    this.#animate();
  }

  /** Goes to a position and stands still there. */
  seek(position: number): void {
    const { positions } = this.#journal();
    this.#replay = 'off';
    this.#frozen = false;
    this.#rest(Math.min(positions, Math.max(0, position)));
    this.#following = this.#position === positions;
  }

  /** Goes on through what is already known; a phase passes before one's eyes. */
  forward(unit: Unit): void {
    const journal = this.#journal();
    if (unit === 'iteration') return this.seek(journal.after(this.#position, unit));
    if (this.#position >= journal.positions) return;
    this.#replay = 'off';
    this.#frozen = false;
    this.#begin(this.#position + 1);
    this.#following = this.#position === journal.positions;
    this.#animate();
  }

  backward(unit: Unit): void {
    this.seek(this.#journal().before(this.#position, unit));
  }

  toEnd(): void {
    this.seek(this.#journal().positions);
  }

  /** Shows a run again; from its beginning if the position is at its end. */
  replayRun(pace: 'fast' | 'slow'): void {
    if (this.#position >= this.#journal().positions) this.#rest(0);
    this.#following = false;
    this.#replay = pace;
    this.#frozen = false;
    this.#elapsed = 0;
    this.#animate();
  }

  /** Stops in mid-phase; `thaw` goes on from there. */
  freeze(): void {
    this.#frozen = true;
    this.#replay = 'off';
  }

  thaw(): void {
    this.#frozen = false;
    this.#animate();
  }

  /** Resolves when everything known has been shown, or the position was taken elsewhere. */
  settled(): Promise<void> {
    if (!this.#busy()) return Promise.resolve();
    return new Promise((done) => this.#waiting.push(done));
  }

  #busy(): boolean {
    const behind = this.#following && this.#position < this.#journal().positions;
    return this.#elapsed < this.#duration() || behind || this.replaying;
  }

  #duration(): number {
    if (this.#replay === 'fast') return replayInterval;
    if (this.#position === 0) return 0;
    return durations[phases[(this.#position - 1) % phases.length]];
  }

  #begin(position: number): void {
    this.#position = position;
    this.#elapsed = 0;
    this.#progress = this.#moves() ? 0 : 1;
  }

  #rest(position: number): void {
    this.#position = position;
    this.#elapsed = Infinity;
    this.#progress = 1;
  }

  #moves(): boolean {
    return this.#motion() && this.#replay !== 'fast' && this.#duration() > 0;
  }

  #animate(): void {
    this.#frame ||= requestAnimationFrame((time) => {
      this.#now = time;
      this.#frame = requestAnimationFrame(this.#tick);
    });
  }

  #tick = (time: number): void => {
    this.#frame = 0;
    if (!this.#frozen) this.#advance(time - this.#now);
    this.#now = time;
    if (this.#busy() && !this.#frozen) this.#frame = requestAnimationFrame(this.#tick);
    else this.#waiting.splice(0).forEach((done) => done());
  };

  #advance(milliseconds: number): void {
    this.#elapsed += milliseconds;
    const duration = this.#duration();
    if (this.#elapsed < duration) {
      if (this.#moves()) this.#progress = this.#elapsed / duration;
      return;
    }
    this.#progress = 1;
    const journal = this.#journal();
    if (this.#position >= journal.positions) {
      this.#replay = 'off';
      this.#following = true;
    } else if (this.#replay === 'fast') {
      this.#rest(journal.after(this.#position, 'iteration'));
      this.#elapsed = 0;
    } else if (this.#following || this.#replay === 'slow') {
      this.#begin(this.#position + 1);
    }
  }
}
