/** Iterations of points/ring for both algorithms on both tiers, one after the other in a fresh worker each. */
import { wrap } from 'comlink';
import { algorithmNames } from '../../src/algorithms';
import type { IterationRow } from '../report/types';
import type { IterationWorkerApi } from '../worker/iterationWorker';
import type { SuiteContext } from './suite';

/** Iterations measured per row. */
const ITERATIONS = { 'ort-wasm': 12, wgsl: 6 } as const;

export async function runIterations(context: SuiteContext): Promise<IterationRow[]> {
  const { options, progress, fail } = context;
  const engines = (['ort-wasm', 'wgsl'] as const).filter((engine) =>
    options.tiers.includes(engine === 'wgsl' ? 'webgpu' : 'wasm'),
  );
  const rows: IterationRow[] = [];
  for (const engine of engines) {
    for (const algorithm of algorithmNames) {
      progress(`points/ring: ${algorithm} on ${engine}`);
      const worker = new Worker(new URL('../worker/iterationWorker.ts', import.meta.url), {
        type: 'module',
      });
      try {
        const api = wrap<IterationWorkerApi>(worker);
        const iterations = Math.min(ITERATIONS[engine], options.repeats ?? Infinity);
        const model = new URL('data/points-ring.onnx', location.href).href;
        rows.push(await api.measure({ algorithm, engine, iterations, model }));
      } catch (error) {
        fail(`points/ring, ${algorithm} on ${engine}: ${String(error)}`);
      } finally {
        worker.terminate();
      }
    }
  }
  return rows;
}
