/**
 * WebGPU outside a browser: Dawn for Node (npm `webgpu`) on whatever Vulkan driver the process was started with.
 * Tests and the terminal use it; the page never imports this file. `tools/chromium.mjs` points Vulkan at SwiftShader.
 */
import type { OpenDevice } from './device';
import { requestDevice } from './device';

/**
 * A fresh GPU object, with WebGPU's constants (GPUBufferUsage, …) put on `globalThis`. Node cannot exit while it is
 * referenced, so keep it in a variable that goes away.
 */
export async function createNodeGpu(): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  return create([]);
}

/** Opens a device, software adapters included, for a test file or a terminal command; call `release` when done. */
export async function openNodeDevice(): Promise<OpenDevice & { release(): void }> {
  const open = await requestDevice(await createNodeGpu(), { force: true });
  return { ...open, release: () => open.device.destroy() };
}
