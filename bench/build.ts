/** Builds the benchmark's page into .cache/bench: the page, the workloads as files, versions and sizes. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { findScene } from '../src/scenes';
import { fileSizes } from './fileSizes';
import type { BuildFacts } from './page/page';
import { iterationScenes } from './report/types';
import { writeWorkloads } from './workloadFiles';

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
  const versions = Object.fromEntries(await packageVersions(root, measuredPackages));
  const facts: BuildFacts = { versions, sizes: await fileSizes(folder) };
  await writeData(root, join(folder, 'data'));
  await writeFile(join(folder, 'data', 'build.json'), JSON.stringify(facts));
  return folder;
}

/** Writes the workloads and the scenes' models, which engines fetch from `data/`. */
export async function writeData(root: string, folder: string): Promise<void> {
  await mkdir(join(folder, 'models'), { recursive: true });
  await writeWorkloads(folder);
  for (const scene of iterationScenes) {
    const { model } = findScene(scene);
    await copyFile(join(root, 'public', 'models', model), join(folder, 'models', model));
  }
}

/** Name and installed version of each. */
export function packageVersions(
  root: string,
  names: readonly string[],
): Promise<(readonly [string, string])[]> {
  const entries = names.map(async (name) => {
    const text = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8');
    return [name, (JSON.parse(text) as { version: string }).version] as const;
  });
  return Promise.all(entries);
}
