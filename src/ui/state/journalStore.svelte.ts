/**
 * The journal on the page. Events may come by the hundred per second; readers are told once per frame at most, and
 * while training runs fast only as often as leaves the page most of its time.
 */
import type { JournalEvent } from '../../journal/events';
import { Journal } from '../../journal/journal';

/** Milliseconds between two drawings while training runs, at least and at most. */
const interval = { least: 50, most: 500 };

/** While training runs, drawing takes at most this share of the page's time. */
const drawingShare = 1 / 3;

/** Bytes of arrays above which a journal is full: a page should not take all memory of a machine. */
const mostBytes = 600_000_000;

function arrayBytes(event: JournalEvent): number {
  const values: unknown[] = Object.values(event.type === 'checkpoint' ? event.state : event);
  return values.reduce<number>(
    (sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 0),
    0,
  );
}

export class JournalStore {
  #journal = $state.raw(new Journal());
  #version = $state(0);
  #frame = 0;
  #toldAt = 0;
  #bytes = 0;
  /** Milliseconds that the last drawing took. */
  #drawing = 0;
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
    if (event.type === 'run-started') {
      this.#journal = new Journal([event]);
      this.#bytes = 0;
    } else this.#journal.append(event);
    this.#bytes += arrayBytes(event);
    this.#frame ||= requestAnimationFrame(this.#tell);
  }

  replace(journal: Journal): void {
    this.#journal = journal;
    this.#frame ||= requestAnimationFrame(this.#tell);
  }

  /** Whether the journal should grow no further. */
  get full(): boolean {
    return this.#bytes > mostBytes;
  }

  /** Tells readers now, whatever the time. */
  flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const began = performance.now();
    this.#toldAt = began;
    this.#version++;
    this.#grown();
    // A message that is posted in a frame arrives after the frame was drawn.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        this.#drawing = performance.now() - began;
        port1.close();
      };
      port2.postMessage(null);
    });
  }

  get #interval(): number {
    return Math.min(interval.most, Math.max(interval.least, this.#drawing / drawingShare));
  }

  #tell = (): void => {
    if (this.#restless() && performance.now() - this.#toldAt < this.#interval) {
      this.#frame = requestAnimationFrame(this.#tell);
      return;
    }
    this.flush();
  };
}
