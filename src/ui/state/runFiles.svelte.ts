/** Runs in and out of the page: files, dropped or chosen, and the run that this browser keeps. */
import { say } from '../../content/page';
import { algorithms } from '../../algorithms';
import { EspalierError } from '../../core/errors';
import type { JournalEvent, RunDescription } from '../../journal/events';
import { decodeJournal, encodeJournal } from '../../journal/file';
import { Journal } from '../../journal/journal';
import { findScene } from '../../scenes';
import { counted } from '../view/format';
import { forgetRun, keepRun, keptRun, readKeptRun } from './autosave';
import type { KeptRun } from './autosave';
import { thrownData } from './notices.svelte';
import type { Notices } from './notices.svelte';
import type { Runs } from './runs.svelte';
import type { Session } from './session.svelte';
import type { Model, Setup } from './setup.svelte';

/** "Ring of eight, BranchGRPO, 37 iterations". */
export function runTitle(about: KeptRun): string {
  const { scene, algorithm, iterations } = about;
  const title = findScene(scene).title;
  return say('run.title', {
    scene: title,
    algorithm: algorithms[algorithm].title,
    iterations: counted(iterations, 'iterations'),
  });
}

/** What identifies the run of a journal, or null if it has none. */
export function aboutRun(journal: Journal): KeptRun | null {
  const { run } = journal;
  if (!run) return null;
  const { scene, algorithm, settings } = run;
  return { scene, algorithm, seed: settings.seed, iterations: journal.iterationCount };
}

/** E.g. "points-ring_branch-grpo_seed-1_60". */
function fileStem({ scene, algorithm, seed, iterations }: KeptRun): string {
  return `${scene.replaceAll('/', '-')}_${algorithm}_seed-${seed}_${iterations}`;
}

/** What files need of the page. */
export interface FilesPage {
  readonly journal: Journal;
  readonly notices: Notices;
  readonly runs: Runs;
  readonly session: Session;
  readonly setup: Setup;
  usePolicy(model: Model): Promise<void>;
}

export class RunFiles {
  /** Storage is tried again only by the visitor once it has refused. */
  #storageWorks = true;
  readonly #page: FilesPage;

  constructor(page: FilesPage) {
    this.#page = page;
  }

  /** Gives the run on the page to the visitor as a file. */
  async save(): Promise<void> {
    const { journal, notices } = this.#page;
    const about = aboutRun(journal);
    if (!about) return;
    try {
      const bytes = await encodeJournal(await this.#complete());
      download(`${fileStem(about)}.espalier`, bytes);
    } catch (error) {
      notices.error(error, say('doing.savingRun'));
    }
  }

  /**
   * Gives the policy as it is now to the visitor as an ONNX file. `original` is the file that the run began with, where
   * the page does not have it.
   */
  async savePolicy(original?: Uint8Array): Promise<void> {
    const { journal, notices, runs, session } = this.#page;
    const about = aboutRun(journal);
    if (!journal.run || !about) return;
    const { run } = journal;
    const choose = { label: say('notice.chooseFile'), act: () => void this.#chooseOriginal() };
    try {
      const live = runs.live && !journal.ended ? await session.checkpoint() : null;
      const checkpoint = live ?? journal.checkpoint;
      if (!checkpoint) throw noWeights();
      const bytes = original ?? (await this.#original(run));
      // Not needed by those who save nothing.
      const { trainedPolicyFile } = await import('../../onnx/trainedPolicyFile');
      const stem = fileStem({ ...about, iterations: checkpoint.iteration });
      download(`${stem}.onnx`, trainedPolicyFile(bytes, run, checkpoint));
    } catch (error) {
      const lacking = thrownData(error).code === 'bad-model';
      notices.error(error, say('doing.savingPolicy'), ...(lacking ? [choose] : []));
    }
  }

  /** The file that a run began with: the visitor's own, if it is at hand, or else the scene's. */
  async #original({ scene, model }: RunDescription): Promise<Uint8Array> {
    const own = this.#page.setup.modelOf(model);
    if (own) return own.bytes;
    const name = findScene(scene).model;
    const response = await fetch(`models/${name}`);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new EspalierError('bad-file', 'fileNotFetched', { name });
  }

  async #chooseOriginal(): Promise<void> {
    const file = await chosenFile('.onnx');
    if (file) await this.savePolicy(new Uint8Array(await file.arrayBuffer()));
  }

  /** Opens a run or a policy, whichever the file is. */
  async open(file: File): Promise<void> {
    const { notices } = this.#page;
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (file.name.toLowerCase().endsWith('.onnx')) {
        await this.#page.usePolicy({ name: file.name, bytes });
      } else {
        await this.#page.runs.show(readable(await decodeJournal(bytes)));
      }
    } catch (error) {
      notices.error(error, say('doing.opening', { name: file.name }));
    }
  }

  /** Keeps the run on the page in this browser, if it has learned anything. */
  async keep(): Promise<void> {
    const { journal, runs, notices } = this.#page;
    const about = aboutRun(journal);
    if (!about || !runs.trained || !runs.live || !this.#storageWorks) return;
    try {
      await keepRun(about, await this.#complete());
    } catch (error) {
      this.#storageWorks = false;
      notices.error(error, say('doing.keeping'));
    }
  }

  /** At the start: says that a run was kept, and offers it. */
  async offerKeptRun(): Promise<void> {
    const { notices } = this.#page;
    try {
      const about = await keptRun();
      if (!about) return;
      notices.info(
        say('notice.lastRun'),
        say('notice.lastRun.about', { run: runTitle(about) }),
        { label: say('notice.restore'), act: () => void this.#restore() },
        { label: say('notice.forget'), act: () => void forgetRun().catch(() => undefined) },
      );
    } catch (error) {
      this.#storageWorks = false;
      notices.error(error, say('doing.lookingForRun'));
    }
  }

  async #restore(): Promise<void> {
    try {
      await this.#page.runs.show(readable(await readKeptRun()));
    } catch (error) {
      this.#page.notices.error(error, say('doing.restoring'));
    }
  }

  /** All events and, where the run has not ended, the point from which it can go on. */
  async #complete(): Promise<JournalEvent[]> {
    const { journal, session, runs } = this.#page;
    const events = [...journal.events];
    const checkpoint = runs.live && !journal.ended ? await session.checkpoint() : null;
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
    throw new EspalierError('bad-file', 'unknownAlgorithm', { algorithm: run?.algorithm ?? '' });
  }
  findScene(run.scene);
  return journal;
}

const noWeights = (): EspalierError => new EspalierError('bad-file', 'noWeightsInRecording');

/** Lets the visitor choose a file; null if none was. */
function chosenFile(accept: string): Promise<File | null> {
  const input = Object.assign(document.createElement('input'), { type: 'file', accept });
  return new Promise((done) => {
    input.onchange = () => done(input.files?.[0] ?? null);
    input.oncancel = () => done(null);
    input.click();
  });
}

function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
