/**
 * The process in which an engine or the trainer is measured (dawn/host.ts). Libraries that ask whether they are in a
 * browser's worker are told so: Dawn gives them all of it that they use.
 */
import { expose } from 'comlink';
import { createNodeGpu } from '../../src/gpu/nodeGpu';
import type { TaskName } from '../suite/host';
import { processEndpoint } from './endpoint';

const gpu = await createNodeGpu();
Object.defineProperty(globalThis, 'navigator', {
  value: { gpu, userAgent: 'Node', hardwareConcurrency: 1 },
});
Object.assign(globalThis, { WorkerGlobalScope: class {}, self: globalThis });

const tasks: Readonly<Record<TaskName, () => Promise<unknown>>> = {
  engine: async () => (await import('../worker/engineApi')).engineApi,
  iteration: async () => (await import('../worker/iterationApi')).iterationApi,
};

// Left alone by who asked, it would wait for ever.
process.once('disconnect', () => process.exit());
expose(await tasks[process.argv[2] as TaskName](), processEndpoint(process));
