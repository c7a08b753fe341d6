/** The smallest page that trains: the client alone, driven by worker.test.ts. */
import { errorData } from '../../../src/core/errors';
import { resolveSettings } from '../../../src/config/resolve';
import { sha256 } from '../../../src/core/sha256';
import type { JournalEvent } from '../../../src/journal/events';
import { journalBytes } from '../../../src/journal/file';
import { TrainingClient } from '../../../src/workers/client';
import { pageCores } from '../../../src/engine/pool/pageCores';
import type { RunRequest, WorkerEvent } from '../../../src/session/protocol';
import { poolUnderTest } from './pool';
import { pictureSettings, settingsUnderTest } from './settings';

const request = (
  scene: string,
  engine: RunRequest['engine'],
  iterations: number,
  settings = settingsUnderTest,
): RunRequest => ({
  scene,
  algorithm: 'branch-grpo',
  settings: resolveSettings(scene === 'glyphs' ? scene : 'points/ring', 'branch-grpo', {
    ...{ ...settings, iterations },
  }),
  engine,
  model: null,
  checkpoint: null,
  landscape: null,
});

async function withClient<T>(
  work: (client: TrainingClient, told: WorkerEvent[]) => Promise<T>,
): Promise<T> {
  const told: WorkerEvent[] = [];
  const client = await TrainingClient.start((event) => told.push(event));
  try {
    return await work(client, told);
  } finally {
    client.terminate();
  }
}

const journalOf = (told: WorkerEvent[]): JournalEvent[] =>
  told.flatMap((event) => (event.kind === 'journal' ? [event.event] : []));

/** What the test calls in the page. */
const harness = {
  probe: () => withClient((client) => client.probe()),

  /** Trains and tells the engine, the self-check, the last event and the hash of the journal without its clock. */
  train: (engine: RunRequest['engine'], iterations: number, pictures = false) =>
    withClient(async (client, told) => {
      const asked = pictures
        ? request('glyphs', engine, iterations, pictureSettings)
        : request('points/ring', engine, iterations);
      const { run, selfCheck } = await client.open(asked);
      await client.run();
      const events = journalOf(told);
      const last = events[events.length - 1];
      const ended = last.type === 'run-ended' ? last.reason : last.type;
      const hash = sha256(journalBytes(events, { withoutClock: true }));
      return { engine: run.engine, checks: selfCheck.length, ended, events: events.length, hash };
    }),

  /** How many threads of a pool came to work here, and what they computed. */
  pool: () => poolUnderTest(pageCores(3)),

  /** Opens a scene that does not exist, then one that does, with one client. */
  openWrongThenRight: () =>
    withClient(async (client) => {
      const refused: unknown = await client
        .open(request('points/cube', 'ort-wasm', 1))
        .catch((error: unknown) => error);
      const { run } = await client.open(request('points/ring', 'ort-wasm', 1));
      return { refused: errorData(refused), engine: run.engine };
    }),

  /** Ends the worker while it trains; how the run and a later call end. */
  terminateWhileRunning: () =>
    withClient(async (client) => {
      await client.open(request('points/ring', 'ort-wasm', 1000));
      const running = client.run().catch((error: unknown) => error);
      client.terminate();
      const later = await client.checkpoint().catch((error: unknown) => error);
      return [errorData(await running).code, errorData(later).code];
    }),

  /** How many animation frames the page gets while the worker trains for about a second. */
  framesWhileTraining: () =>
    withClient(async (client, told) => {
      await client.open(request('points/ring', 'ort-wasm', 1000));
      let frames = 0;
      const count = (): void => {
        frames++;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      void client.run().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const atPause = frames;
      await client.pause();
      const standing = journalOf(told).length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { frames: atPause, events: standing, later: journalOf(told).length };
    }),
};

export type Harness = typeof harness;

Object.assign(globalThis, { harness });
