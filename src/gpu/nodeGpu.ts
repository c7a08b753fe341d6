/**
 * WebGPU outside a browser: Dawn for Node (npm `webgpu`) on whatever Vulkan driver the process was started with.
 * Tests and the terminal use it; the page never imports this file. `tools/chromium.mjs` points Vulkan at SwiftShader.
 */
import type { OpenDevice } from './device';
import { requestDevice } from './device';

/**
 * Dawn lives only as long as the object that `create` returns: collected while a device is in use, it takes the process
 * down. Hence one object per process, held here.
 */
let nodeGpu: GPU | undefined;

/** The GPU object of this process, with WebGPU's constants (GPUBufferUsage, …) put on `globalThis`. */
export async function createNodeGpu(): Promise<GPU> {
  if (nodeGpu) return nodeGpu;
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  nodeGpu = create([]);
  return nodeGpu;
}

/** Opens a device, software adapters included, for a test file or a terminal command; call `release` when done. */
export async function openNodeDevice(): Promise<OpenDevice & { release(): void }> {
  const open = await requestDevice(await createNodeGpu(), { force: true });
  return { ...open, release: () => open.device.destroy() };
}
