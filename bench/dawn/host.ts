/**
 * `npm run bench -- --dawn`: the WebGPU engines in processes of Node, with Dawn on the machine's own Vulkan driver. It
 * needs neither a display nor a browser, so it also measures on a server that has a GPU.
 *
 * The processes run one bundle (dawn/task.ts), built into .cache/bench-dawn, and are talked to like the page's workers.
 */
import { fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { createNodeGpu } from '../../src/gpu/nodeGpu';
import { describeAdapter } from '../../src/gpu/device';
import { listen } from '../../tools/serve.mjs';
import { createBenchServer } from '../browser';
import { packageVersions, writeData } from '../build';
import type { BenchOptions } from '../options';
import type { BenchReport } from '../report/types';
import type { BenchHost, Task, TaskName } from '../suite/host';
import { runSuite } from '../suite/suite';
import { adapterKind } from '../suite/turns';
import { processEndpoint } from './endpoint';

/** Builds, measures and reports. The engines of the WASM tier are the browser's to measure. */
export async function runWithDawn(
  root: string,
  options: BenchOptions,
  progress: (text: string) => void,
): Promise<BenchReport> {
  const folder = join(root, '.cache', 'bench-dawn');
  await buildTask(root, folder);
  await writeData(root, join(folder, 'data'));
  const server = createBenchServer(folder);
  const base = `http://localhost:${await listen(server, 0)}/`;
  try {
    const adapter = await (await createNodeGpu()).requestAdapter();
    const report = await runSuite({
      host: dawnHost(join(folder, 'task.js'), base),
      options: { ...options, tiers: ['webgpu'] },
      adapter: adapterKind(adapter?.info),
      sizes: {},
      progress,
    });
    const versions = await packageVersions(root, [
      'webgpu',
      '@jax-js/jax',
      '@tensorflow/tfjs-core',
    ]);
    const machine = [
      `WebGPU adapter: ${adapter ? describeAdapter(adapter.info) : 'none'}, through Dawn for Node`,
      versions.map(([name, version]) => `${name} ${version}`).join(', '),
    ];
    return { machine, ...report };
  } finally {
    server.close();
  }
}

async function buildTask(root: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await build({
    configFile: false,
    root: join(root, 'bench'),
    logLevel: 'error',
    ssr: { noExternal: true, external: ['webgpu', 'onnxruntime-web'] },
    build: {
      ssr: join(root, 'bench', 'dawn', 'task.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'task.js' } },
    },
  });
}

const dawnHost = (file: string, base: string): BenchHost => ({
  base,
  // onnxruntime-web's WebGPU provider needs promise integration in WebAssembly, which Node has from version 24.
  offers: ({ id }) => id !== 'ort-webgpu',
  start: (name) => startProcess(file, name),
  threadTimes: () => Promise.resolve(null),
  measureCold: () => Promise.resolve(null),
});

function startProcess(file: string, name: TaskName): Task {
  const child = fork(file, [name], { serialization: 'advanced' });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`The process of the ${name} ended (${signal ?? code}).`)),
    );
  });
  failed.catch(() => {});
  return { endpoint: processEndpoint(child), failed, close: () => void child.kill('SIGKILL') };
}
