/** How the visitor likes the page; remembered in this browser where it allows that. */

export type Theme = 'system' | 'light' | 'dark';
export type Pace = 'fast' | 'slow';

export interface PlaneLayers {
  readonly landscape: boolean;
  readonly data: boolean;
  readonly base: boolean;
  readonly samples: boolean;
  readonly tree: boolean;
}

interface Stored {
  readonly theme: Theme;
  /** Movement; null follows the system's wish. */
  readonly motion: boolean | null;
  readonly pace: Pace;
  readonly shortcuts: boolean;
  readonly layers: PlaneLayers;
}

const initial: Stored = {
  theme: 'system',
  motion: null,
  pace: 'fast',
  shortcuts: true,
  layers: { landscape: true, data: true, base: false, samples: true, tree: true },
};

const storageKey = 'espalier-preferences';

function read(): Stored {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    const stored = typeof value === 'object' && value !== null ? (value as Partial<Stored>) : {};
    return { ...initial, ...stored, layers: { ...initial.layers, ...stored.layers } };
  } catch {
    return initial;
  }
}

export class Preferences {
  #stored = $state.raw<Stored>(read());
  #systemDark = $state(false);
  #systemStill = $state(false);

  constructor() {
    this.#watch('(prefers-color-scheme: dark)', (on) => (this.#systemDark = on));
    this.#watch('(prefers-reduced-motion: reduce)', (on) => (this.#systemStill = on));
    this.#applyTheme();
  }

  get theme(): Theme {
    return this.#stored.theme;
  }

  get dark(): boolean {
    return this.theme === 'system' ? this.#systemDark : this.theme === 'dark';
  }

  /** Whether things may move. */
  get motion(): boolean {
    return this.#stored.motion ?? !this.#systemStill;
  }

  get pace(): Pace {
    return this.#stored.pace;
  }

  get shortcuts(): boolean {
    return this.#stored.shortcuts;
  }

  get layers(): PlaneLayers {
    return this.#stored.layers;
  }

  set(change: Partial<Stored>): void {
    this.#stored = { ...this.#stored, ...change };
    this.#applyTheme();
    try {
      localStorage.setItem(storageKey, JSON.stringify(this.#stored));
    } catch {
      // Storage may be blocked; then the choice lasts as long as the page.
    }
  }

  #applyTheme(): void {
    if (this.theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }

  #watch(query: string, report: (matches: boolean) => void): void {
    const media = matchMedia(query);
    report(media.matches);
    media.addEventListener('change', (event) => report(event.matches));
  }
}
