/** Where exploration pays, measured on demand for the policy as it is; kept until it is measured again. */
import type { Journal } from '../../journal/journal';
import type { ProfileStep } from '../../session/protocol';
import { policyAge } from './policyAge';
import type { Runs } from './runs.svelte';
import type { Session } from './session.svelte';

/** The policy that is measured. */
export interface MeasuredPage {
  readonly journal: Journal;
  readonly runs: Runs;
  readonly session: Session;
}

export interface Measured {
  readonly profile: readonly ProfileStep[];
  /** When: "Base", or "After 12 iterations". */
  readonly age: string;
  /** Sampler steps of the run that it was measured of. */
  readonly steps: number;
}

export class Exploration {
  #measured = $state.raw<Measured | null>(null);
  #waiting = $state(false);
  readonly #page: MeasuredPage;

  constructor(page: MeasuredPage) {
    this.#page = page;
  }

  get waiting(): boolean {
    return this.#waiting;
  }

  get possible(): boolean {
    const { runs, session } = this.#page;
    return !this.#waiting && runs.live && session.status === 'open';
  }

  /** Null before the first measurement, and while the run on the page has other steps. */
  get measured(): Measured | null {
    const steps = this.#page.journal.run?.settings.steps;
    return this.#measured?.steps === steps ? this.#measured : null;
  }

  async measure(): Promise<void> {
    const { journal, session } = this.#page;
    if (!journal.run || !this.possible) return;
    const { steps } = journal.run.settings;
    const age = policyAge(journal);
    this.#waiting = true;
    const profile = await session.profile();
    this.#waiting = false;
    if (profile) this.#measured = { profile, age, steps };
  }
}
