/**
 * The last run is kept in this browser, so that a closed tab loses nothing. A full disk or blocked storage is a named
 * error and harms nothing else.
 */
import { createStore, delMany, get, setMany } from 'idb-keyval';
import { EspalierError } from '../../core/errors';
import type { JournalEvent, RunDescription } from '../../journal/events';
import { decodeJournal, encodeJournal } from '../../journal/file';

/** What is known of the kept run without unpacking it. */
export interface KeptRun {
  readonly scene: string;
  readonly algorithm: RunDescription['algorithm'];
  readonly seed: number;
  readonly iterations: number;
}

const keys = { about: 'last-run', bytes: 'last-run-journal' };

const open = () => createStore('espalier', 'runs');

function storageError(cause: unknown): EspalierError {
  const full = cause instanceof DOMException && cause.name === 'QuotaExceededError';
  const details = cause instanceof Error ? [`${cause.name}: ${cause.message}`] : [];
  return new EspalierError('storage', full ? 'storageFull' : 'storageDenied', {}, details);
}

async function stored<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw storageError(cause);
  }
}

/** Keeps a run in place of the one kept before. @throws EspalierError 'storage' */
export async function keepRun(about: KeptRun, events: readonly JournalEvent[]): Promise<void> {
  const bytes = await encodeJournal(events);
  await stored(() =>
    setMany(
      [
        [keys.about, about],
        [keys.bytes, bytes],
      ],
      open(),
    ),
  );
}

/** Which run is kept, or null. @throws EspalierError 'storage' */
export const keptRun = async (): Promise<KeptRun | null> =>
  (await stored(() => get<KeptRun>(keys.about, open()))) ?? null;

/** The kept run's journal. @throws EspalierError 'storage', 'bad-file', 'cut-off-file', 'newer-file' */
export async function readKeptRun(): Promise<JournalEvent[]> {
  const bytes = await stored(() => get<Uint8Array>(keys.bytes, open()));
  if (!bytes) throw new EspalierError('storage', 'noRunKept');
  return decodeJournal(bytes);
}

/** Forgets the kept run. @throws EspalierError 'storage' */
export const forgetRun = (): Promise<void> =>
  stored(() => delMany([keys.about, keys.bytes], open()));
