/** The registry of engines: opens the one asked for, and loads only its code. */
import { EspalierError } from '../core/errors';
import type { PolicyModel } from '../onnx/graph';
import type { Engine, EngineName } from './engine';
import type { Cores } from './pool/cores';

type Factory = (
  model: PolicyModel,
  device: GPUDevice | null,
  cores: Cores | null,
) => Promise<Engine>;

const factories: Record<EngineName, Factory> = {
  wgsl: async (model, device) => {
    const { createGpuEngine } = await import('./gpuEngine');
    return createGpuEngine(needDevice(device), model);
  },
  'ort-wasm': async (model, _, cores) => {
    const { createOrtEngine } = await import('./ortEngine');
    return createOrtEngine(model, { provider: 'wasm' }, cores);
  },
  'ort-webgpu': async (model, device) => {
    const { createOrtEngine } = await import('./ortEngine');
    return createOrtEngine(model, { provider: 'webgpu', device: needDevice(device) });
  },
  'ort-native': async (model) => {
    const { createOrtEngine } = await import('./ortEngine');
    return createOrtEngine(model, { provider: 'native' });
  },
};

export const engineNames = Object.keys(factories) as EngineName[];

/**
 * Opens an engine for a policy. `device` is needed by the WebGPU engines; `cores` are used by the CPU tier, and one where
 * left out.
 * @throws EspalierError 'no-adapter'
 */
export const createEngine = (
  name: EngineName,
  model: PolicyModel,
  device: GPUDevice | null,
  cores: Cores | null = null,
): Promise<Engine> => factories[name](model, device, cores);

function needDevice(device: GPUDevice | null): GPUDevice {
  if (device) return device;
  throw new EspalierError('no-adapter', 'engineNeedsGpu');
}
