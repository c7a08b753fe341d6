/**
 * Iterations of points/ring with every algorithm and of glyphs with BranchGRPO, on both tiers, one after the other in a
 * fresh worker each.
 */
import { wrap } from 'comlink';
import { algorithmNames } from '../../src/algorithms';
import type { AlgorithmName } from '../../src/algorithms';
import { ownEngines } from '../options';
import type { IterationRow, IterationScene, OwnEngine } from '../report/types';
import type { IterationApi, IterationCount } from '../worker/iterationApi';
import type { SuiteContext } from './turns';

interface MeasuredScene {
  readonly scene: IterationScene;
  /** The part of the benchmark that it belongs to. */
  readonly part: 'iteration' | 'glyphs';
  readonly algorithms: readonly AlgorithmName[];
  /** Iterations per row; a glyph iteration on a software adapter takes 20 s. */
  readonly count: (engine: OwnEngine, software: boolean) => IterationCount;
}

const measured: readonly MeasuredScene[] = [
  {
    scene: 'points/ring',
    part: 'iteration',
    algorithms: algorithmNames,
    count: (engine) => ({ warmUp: 2, iterations: engine === 'wgsl' ? 6 : 12 }),
  },
  {
    scene: 'glyphs',
    part: 'glyphs',
    algorithms: ['branch-grpo'],
    count: (engine, software) => ({
      warmUp: 1,
      iterations: engine === 'ort-wasm' ? 8 : software ? 2 : 6,
    }),
  },
];

export async function runIterations(context: SuiteContext): Promise<IterationRow[]> {
  const { options, progress, fail } = context;
  const rows: IterationRow[] = [];
  for (const one of measured.filter(({ part }) => options[part])) {
    for (const engine of ownEngines(options)) {
      for (const algorithm of one.algorithms) {
        const title = `${one.scene}, ${algorithm} on ${engine}`;
        progress(title);
        try {
          rows.push(await measure(context, one, algorithm, engine));
        } catch (error) {
          fail(`${title}: ${String(error)}`);
        }
      }
    }
  }
  return rows;
}

async function measure(
  { host, options, adapter }: SuiteContext,
  { scene, count }: MeasuredScene,
  algorithm: AlgorithmName,
  engine: OwnEngine,
): Promise<IterationRow> {
  const { warmUp, iterations } = count(engine, adapter !== 'hardware');
  const task = host.start('iteration');
  try {
    const row = wrap<IterationApi>(task.endpoint).measure({
      ...{ scene, algorithm, engine, warmUp },
      iterations: Math.min(iterations, options.repeats ?? Infinity),
      base: host.base,
    });
    return await Promise.race([row, task.failed]);
  } finally {
    task.close();
  }
}
