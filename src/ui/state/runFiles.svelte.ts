/** Runs in and out of the page: files, dropped or chosen, and the run that this browser keeps. */
import { algorithms } from '../../algorithms';
import { EspalierError } from '../../core/errors';
import type { JournalEvent } from '../../journal/events';
import { decodeJournal, encodeJournal } from '../../journal/file';
import { Journal } from '../../journal/journal';
import { findScene } from '../../scenes';
import { counted } from '../view/format';
import { forgetRun, keepRun, keptRun, readKeptRun } from './autosave';
import type { KeptRun } from './autosave';
import type { Studio } from './studio.svelte';

/** "Ring of eight, BranchGRPO, 37 iterations". */
export function runTitle(about: KeptRun): string {
  const { scene, algorithm, iterations } = about;
  const title = findScene(scene).title;
  return `${title}, ${algorithms[algorithm].title}, ${counted(iterations, 'iteration', 'iterations')}`;
}

/** What identifies the run of a journal, or null if it has none. */
export function aboutRun(journal: Journal): KeptRun | null {
  const { run } = journal;
  if (!run) return null;
  const { scene, algorithm, settings } = run;
  return { scene, algorithm, seed: settings.seed, iterations: journal.iterationCount };
}

/** E.g. "points-ring_branch-grpo_seed-1_60.espalier". */
export function fileName({ scene, algorithm, seed, iterations }: KeptRun): string {
  return `${scene.replaceAll('/', '-')}_${algorithm}_seed-${seed}_${iterations}.espalier`;
}

export class RunFiles {
  /** Storage is tried again only by the visitor once it has refused. */
  #storageWorks = true;
  readonly #studio: Studio;

  constructor(studio: Studio) {
    this.#studio = studio;
  }

  /** Gives the run on the page to the visitor as a file. */
  async save(): Promise<void> {
    const { journal, notices } = this.#studio;
    const about = aboutRun(journal);
    if (!about) return;
    try {
      const bytes = await encodeJournal(await this.#complete());
      download(fileName(about), bytes);
    } catch (error) {
      notices.error(error, 'Saving the run');
    }
  }

  /** Opens a run or a policy, whichever the file is. */
  async open(file: File): Promise<void> {
    const { notices } = this.#studio;
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (file.name.toLowerCase().endsWith('.onnx')) {
        await this.#studio.usePolicy({ name: file.name, bytes });
      } else {
        await this.#studio.show(readable(await decodeJournal(bytes)));
      }
    } catch (error) {
      notices.error(error, `Opening ${file.name}`);
    }
  }

  /** Keeps the run on the page in this browser, if it has learned anything. */
  async keep(): Promise<void> {
    const { journal, trained, live, notices } = this.#studio;
    const about = aboutRun(journal);
    if (!about || !trained || !live || !this.#storageWorks) return;
    try {
      await keepRun(about, await this.#complete());
    } catch (error) {
      this.#storageWorks = false;
      notices.error(error, 'Keeping the run in this browser');
    }
  }

  /** At the start: says that a run was kept, and offers it. */
  async offerKeptRun(): Promise<void> {
    const { notices } = this.#studio;
    try {
      const about = await keptRun();
      if (!about) return;
      notices.info(
        'Your last run is still here.',
        `${runTitle(about)}.`,
        { label: 'Restore last run', act: () => void this.#restore() },
        { label: 'Forget it', act: () => void forgetRun().catch(() => undefined) },
      );
    } catch (error) {
      this.#storageWorks = false;
      notices.error(error, 'Looking for your last run');
    }
  }

  async #restore(): Promise<void> {
    try {
      await this.#studio.show(readable(await readKeptRun()));
    } catch (error) {
      this.#studio.notices.error(error, 'Restoring the last run');
    }
  }

  /** All events and, where the run has not ended, the point from which it can go on. */
  async #complete(): Promise<JournalEvent[]> {
    const { journal, session, live } = this.#studio;
    const events = [...journal.events];
    const checkpoint = live && !journal.ended ? await session.checkpoint() : null;
    if (!checkpoint) return events;
    const { iteration, state } = checkpoint;
    events.push({ type: 'checkpoint', iteration, state, milliseconds: 0 });
    return events;
  }
}

/** A journal that this page can draw. @throws EspalierError 'bad-file' */
function readable(events: JournalEvent[]): Journal {
  const journal = new Journal(events);
  const { run } = journal;
  if (!run || !Object.hasOwn(algorithms, run.algorithm)) {
    throw new EspalierError(
      'bad-file',
      `The run was made by an algorithm this page does not know: ${run?.algorithm}.`,
      'The run on the page is unchanged.',
    );
  }
  findScene(run.scene);
  return journal;
}

function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
