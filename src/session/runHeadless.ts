/** A whole run without a page: the same session as in the training worker, with models read from this repository. */
import { readFile } from 'node:fs/promises';
import { findAlgorithm, resolveSettings } from '../config/resolve';
import type { Settings } from '../config/properties';
import { EspalierError } from '../core/errors';
import { nodeCores } from '../engine/pool/nodeCores';
import type { Checkpoint, JournalEvent } from '../journal/events';
import type { Landscape } from '../scenes/scene';
import type { RunRequest, WorkerEvent } from './protocol';
import { TrainingSession } from './session';
import type { Environment } from './setUp';

export interface HeadlessOptions {
  readonly scene: string;
  readonly algorithm: string;
  /** What differs from the settings of scene and algorithm. */
  readonly overrides?: Partial<Settings>;
  /** Default 'ort-wasm', whose journals are the same on every machine. */
  readonly engine?: RunRequest['engine'];
  /** How many cores the CPU tier uses, all where left out; the journal is the same. */
  readonly cores?: number;
  readonly model?: RunRequest['model'];
  readonly checkpoint?: Checkpoint | null;
  readonly landscape?: Landscape | null;
  /** Called with every journal event as it happens, also when the run fails in the end. */
  readonly onEvent?: (event: JournalEvent) => void;
  /** Stops the run after the phase in progress. */
  readonly signal?: AbortSignal;
}

const models = new URL('../../public/models/', import.meta.url);

/** What a session finds around it in Node. */
export const nodeEnvironment = {
  cores: nodeCores(),
  gpu: async () => {
    const { createNodeGpu } = await import('../gpu/nodeGpu');
    return createNodeGpu();
  },
  fetchModel: async (file) => {
    const bytes = await readFile(new URL(file, models)).catch(() => {
      throw new EspalierError('bad-model', 'policyNotThere', { file });
    });
    return new Uint8Array(bytes);
  },
  clock: () => performance.now(),
} satisfies Environment;

/**
 * Trains until the run is finished or stopped by `signal`, and returns its journal.
 * @throws EspalierError when the run cannot be opened or fails; `onEvent` has seen the journal until then
 */
export async function runHeadless(options: HeadlessOptions): Promise<JournalEvent[]> {
  const { scene, algorithm, overrides, onEvent, signal } = options;
  const events: JournalEvent[] = [];
  const receive = (event: WorkerEvent): void => {
    if (event.kind !== 'journal') return;
    events.push(event.event);
    onEvent?.(event.event);
  };
  const environment = { ...nodeEnvironment, cores: nodeCores(options.cores) };
  const session = new TrainingSession(receive, environment);
  const pause = (): void => void session.pause();
  signal?.addEventListener('abort', pause);
  try {
    await session.open({
      scene,
      algorithm: findAlgorithm(algorithm).name,
      settings: resolveSettings(scene, algorithm, overrides),
      engine: options.engine ?? 'ort-wasm',
      model: options.model ?? null,
      checkpoint: options.checkpoint ?? null,
      landscape: options.landscape ?? null,
    });
    if (!signal?.aborted) await session.run();
  } finally {
    signal?.removeEventListener('abort', pause);
    await session.stop();
  }
  return events;
}
