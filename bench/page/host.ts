/**
 * What only the terminal can tell the page: processor time of threads. main.ts puts these functions on `window`; a page
 * opened by hand has none of them, and the column stays empty.
 */

/** Processor time of one thread of the browser's renderers. */
export interface ThreadTime {
  readonly id: number;
  readonly name: string;
  readonly milliseconds: number;
}

declare global {
  interface Window {
    /** All threads of all renderers; null where the system does not tell (not Linux). */
    benchThreads?: () => Promise<ThreadTime[] | null>;
  }
}

export async function threadTimes(): Promise<ThreadTime[] | null> {
  return (await window.benchThreads?.()) ?? null;
}
