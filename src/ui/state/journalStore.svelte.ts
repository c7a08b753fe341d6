/**
 * The journal on the page. Events may come by the hundred per second; readers are told once per frame at most, and
 * while training runs fast only every `restlessInterval`, so that drawing never queues up.
 */
import type { JournalEvent } from '../../journal/events';
import { Journal } from '../../journal/journal';

/** Milliseconds between two drawings while training runs. */
const restlessInterval = 50;

export class JournalStore {
  #journal = $state.raw(new Journal());
  #version = $state(0);
  #frame = 0;
  #toldAt = 0;
  readonly #grown: () => void;
  readonly #restless: () => boolean;

  /** `grown` is called when readers are told; `restless` says whether events come faster than one can look. */
  constructor(grown: () => void, restless: () => boolean) {
    this.#grown = grown;
    this.#restless = restless;
  }

  /** As a reactive value: readers run again when it has grown. */
  get journal(): Journal {
    void this.#version;
    return this.#journal;
  }

  append(event: JournalEvent): void {
    if (event.type === 'run-started') this.#journal = new Journal([event]);
    else this.#journal.append(event);
    this.#frame ||= requestAnimationFrame(this.#tell);
  }

  replace(journal: Journal): void {
    this.#journal = journal;
    this.#frame ||= requestAnimationFrame(this.#tell);
  }

  /** Tells readers now, whatever the time. */
  flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#toldAt = performance.now();
    this.#version++;
    this.#grown();
  }

  #tell = (): void => {
    if (this.#restless() && performance.now() - this.#toldAt < restlessInterval) {
      this.#frame = requestAnimationFrame(this.#tell);
      return;
    }
    this.flush();
  };
}
