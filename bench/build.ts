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
  const facts: BuildFacts = { versions: await versions(root), sizes: await fileSizes(folder) };
  await mkdir(join(folder, 'data', 'models'), { recursive: true });
  await writeFile(join(folder, 'data', 'build.json'), JSON.stringify(facts));
  const models = join(root, 'public', 'models');
  await writeWorkloads(join(folder, 'data'));
  for (const scene of iterationScenes) {
    const { model } = findScene(scene);
    await copyFile(join(models, model), join(folder, 'data', 'models', model));
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
