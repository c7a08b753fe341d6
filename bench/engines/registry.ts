/** The engines by name, each loaded only when it is asked for, so that one never downloads another's code. */
import type { BenchEngine, EngineId, EngineTier } from './engine';

export interface EngineEntry {
  readonly id: EngineId;
  readonly tier: EngineTier;
  readonly title: string;
  /** The one that the others of its tier are compared with. */
  readonly ours: boolean;
}

const entry = (id: EngineId, tier: EngineTier, title: string): EngineEntry => ({
  id,
  tier,
  title,
  ours: id === 'wgsl' || id === 'ort-wasm',
});

export const engineTable: readonly EngineEntry[] = [
  entry('wgsl', 'webgpu', 'Espalier, WGSL plan'),
  entry('ort-webgpu', 'webgpu', 'onnxruntime-web WebGPU'),
  entry('jax-webgpu', 'webgpu', 'jax-js webgpu'),
  entry('tfjs-webgpu', 'webgpu', 'TensorFlow.js webgpu'),
  entry('ort-wasm', 'wasm', 'Espalier CPU tier, all cores'),
  entry('ort-wasm-1', 'wasm', 'Espalier CPU tier, one core'),
  entry('jax-wasm', 'wasm', 'jax-js wasm, all cores'),
  entry('tfjs-wasm', 'wasm', 'TensorFlow.js wasm, 1 thread'),
];

export function engineEntry(id: EngineId): EngineEntry {
  const found = engineTable.find((one) => one.id === id);
  if (!found) throw new Error(`There is no engine "${id}".`);
  return found;
}

export async function createBenchEngine(id: EngineId): Promise<BenchEngine> {
  switch (id) {
    case 'wgsl':
      return new (await import('./wgsl')).WgslBench();
    case 'ort-webgpu':
      return new (await import('./ortWebgpu')).OrtWebgpuBench();
    case 'jax-webgpu':
    case 'jax-wasm':
      return new (await import('./jax')).JaxBench(id === 'jax-wasm' ? 'wasm' : 'webgpu');
    case 'tfjs-webgpu':
      return new (await import('./tfjsWebgpu')).TfjsWebgpuBench();
    case 'tfjs-wasm':
      return new (await import('./tfjsWasm')).TfjsWasmBench();
    case 'ort-wasm':
      return new (await import('./pool')).PoolBench();
    case 'ort-wasm-1':
      return new (await import('./ortWasm')).OrtWasmBench();
  }
}
