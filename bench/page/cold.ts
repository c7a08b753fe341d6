/**
 * A cold start: a page of its own (an <iframe> without any cache, `?cold=wgsl&workload=B`) opens one engine and runs
 * batch 1 once. Its clock starts when the page is opened. What its worker fetched is what the engine costs to download.
 */
import type { EngineId } from '../engines/engine';
import type { BenchHost, ColdStart } from '../suite/host';
import { RemoteEngine } from '../suite/remoteEngine';
import type { BenchWorkload } from '../workload';

interface ColdMessage {
  readonly cold: ColdStart | null;
  readonly error: string;
}

/** In the frame: measures and tells the page around it. */
export async function answerCold(
  host: BenchHost,
  id: EngineId,
  workload: BenchWorkload,
): Promise<void> {
  let message: ColdMessage;
  try {
    message = { cold: await coldStart(host, id, workload), error: '' };
  } catch (error) {
    message = { cold: null, error: String(error) };
  }
  parent.postMessage(message, location.origin);
}

async function coldStart(
  host: BenchHost,
  id: EngineId,
  workload: BenchWorkload,
): Promise<ColdStart> {
  const engine = await RemoteEngine.open(host, id, workload, { watchThread: false });
  try {
    await engine.within(engine.api.prepare(1));
    await engine.within(engine.api.time('forward'));
    const forward = performance.now();
    await engine.within(engine.api.time('gradient'));
    const gradient = performance.now();
    await engine.check();
    return { forward, gradient, files: engineFiles(await engine.api.resources()) };
  } finally {
    engine.close();
  }
}

/** The paths of code and binaries, without the workload's data. */
function engineFiles(addresses: readonly string[]): string[] {
  const folder = new URL('.', location.href).href;
  const own = addresses.filter((address) => address.startsWith(folder));
  const paths = new Set(own.map((address) => address.slice(folder.length).split('?')[0]));
  return [...paths].filter((path) => !path.startsWith('data/'));
}

/** In the page: opens the frame and waits for its answer. */
export async function measureCold(id: EngineId, workload: BenchWorkload): Promise<ColdStart> {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  try {
    return await new Promise<ColdStart>((resolve, reject) => {
      addEventListener('message', function listen({ source, data }: MessageEvent<ColdMessage>) {
        if (source !== frame.contentWindow) return;
        removeEventListener('message', listen);
        if (data.cold) resolve(data.cold);
        else reject(new Error(data.error));
      });
      frame.src = `?cold=${id}&workload=${workload}`;
      document.body.append(frame);
    });
  } finally {
    frame.remove();
  }
}
