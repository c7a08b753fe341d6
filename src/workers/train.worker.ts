/** The page's training worker: a TrainingSession behind comlink, with models fetched relative to the page. */
import { expose } from 'comlink';
import { EspalierError } from '../core/errors';
import { keepForOffline } from '../engine/ort';
import { startRuntime } from '../engine/ortModel';
import { pageCores } from '../engine/pool/pageCores';
import { carryErrors, postEvent } from './messages';
import type { Introduction } from './messages';
import { TrainingSession } from '../session/session';

/** @throws EspalierError 'bad-model' */
async function fetchModel(file: string, base: string): Promise<Uint8Array> {
  const url = new URL(`models/${file}`, base);
  const response = await fetch(url).catch((error: unknown) => {
    const details = [String(error)];
    throw new EspalierError('bad-model', 'policyNotFetched', { path: url.pathname }, details);
  });
  if (!response.ok) {
    const params = { path: url.pathname, status: response.status };
    throw new EspalierError('bad-model', 'policyNotServed', params);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** What Chromium tells of a connection, where it does. */
interface Connection {
  readonly saveData?: boolean;
  readonly effectiveType?: string;
}

function sparesDownloads(): boolean {
  const { connection } = navigator as { connection?: Connection };
  return connection?.saveData === true || /2g/.test(connection?.effectiveType ?? '');
}

/** Where the CPU will compute, its runtime starts while the policy is fetched. What fails is told when it is needed. */
async function startEarly(session: TrainingSession): Promise<void> {
  const { tier } = await session.probe();
  if (tier === 'cpu') await startRuntime('wasm').catch(() => undefined);
}

// A rejection that nobody handles would pass silently; as an exception it reaches the page as a crash.
self.addEventListener('unhandledrejection', (event) => {
  setTimeout(() => {
    throw event.reason;
  });
});

self.addEventListener(
  'message',
  ({ data }: MessageEvent<Introduction>) => {
    carryErrors();
    const session = new TrainingSession((event) => postEvent(data.port, event), {
      gpu: async () => navigator.gpu,
      cores: pageCores(),
      fetchModel: (file) => fetchModel(file, data.base),
      clock: () => performance.now(),
      sparesDownloads,
      keepForOffline,
    });
    void startEarly(session);
    expose(session, data.port);
    postEvent(data.port, { kind: 'ready' });
  },
  { once: true },
);
