/** Builds the benchmark's page into .cache/bench: the page, the workloads as files, versions and sizes. */
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { NOISE_STREAM, normals, sampleKeys } from '../src/kernels/noise/noise.twin';
import { encodeModel } from '../src/onnx/file';
import { elementCount } from '../src/onnx/graph';
import type { Graph } from '../src/onnx/graph';
import { buildWorkload } from '../src/onnx/models/workloads';
import { findScene } from '../src/scenes';
import type { BuildFacts } from './page/page';
import { iterationScenes } from './report/types';
import type { BenchWorkload } from './report/types';
import type { WorkloadIndex } from './workload';

const WEIGHT_SEED = 3;
/** At least as many as any workload has weights. */
const WEIGHT_COUNT = 700_000;

const measuredPackages = [
  'onnxruntime-web',
  '@jax-js/jax',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-backend-wasm',
];

/** Builds everything from `root`, the repository, and returns the folder to serve. */
export async function buildBenchPage(root: string): Promise<string> {
  const folder = join(root, '.cache', 'bench');
  await build({
    configFile: false,
    root: join(root, 'bench', 'page'),
    base: './',
    logLevel: 'error',
    worker: { format: 'es' },
    // As in vite.config.ts: one WASM binary per bundle, threads started from ONNX Runtime's own file.
    resolve: {
      conditions: [
        'onnxruntime-web-use-extern-wasm',
        'module',
        'browser',
        'development|production',
      ],
    },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4000,
    },
  });
  const facts: BuildFacts = { versions: await versions(root), sizes: await sizes(folder) };
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data', 'build.json'), JSON.stringify(facts));
  for (const name of ['A', 'B'] as const) await writeWorkload(join(folder, 'data'), name);
  for (const scene of iterationScenes) {
    const { model } = findScene(scene);
    await copyFile(join(root, 'public', 'models', model), join(folder, 'data', model));
  }
  return folder;
}

async function versions(root: string): Promise<Record<string, string>> {
  const entries = measuredPackages.map(async (name) => {
    const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
    return [name, (JSON.parse(text) as { version: string }).version] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function sizes(folder: string): Promise<BuildFacts['sizes']> {
  const table: Record<string, { raw: number; gzip: number }> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const path = relative(folder, file).split(sep).join('/');
    table[path] = { raw: bytes.length, gzip: gzipSync(bytes).length };
  }
  return table;
}

async function writeWorkload(folder: string, name: BenchWorkload): Promise<void> {
  const [key0, key1] = sampleKeys(WEIGHT_SEED, 0, 1);
  const drawn = new Float32Array(WEIGHT_COUNT);
  normals(key0, key1, NOISE_STREAM.own, WEIGHT_COUNT, drawn, 0);
  const { graph } = buildWorkload(name, (index) => drawn[index]);
  const names = JSON.parse(graph.metadata['parameters']) as string[];
  const weights = names.map((weight) => ({ name: weight, ...graph.constants.get(weight)! }));
  await writeFile(join(folder, `${name}.onnx`), encodeModel(graph));
  const data = weights.map((weight) => Buffer.from((weight.data as Float32Array).slice().buffer));
  await writeFile(join(folder, `${name}.bin`), Buffer.concat(data));
  const index: WorkloadIndex = {
    sampleShape: inputShape(graph, 'x') ?? [],
    conditionSize: elementCount(inputShape(graph, 'cond') ?? [0]),
    frequencies: [...(graph.constants.get('time_frequencies')!.data as Float32Array)],
    weights: weights.map(({ name: weight, shape }) => ({ name: weight, shape })),
  };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(index));
}

/** Shape of one sample of a graph input. */
const inputShape = (graph: Graph, name: string): readonly number[] | undefined =>
  graph.inputs.find((input) => input.name === name)?.shape.slice(1);
