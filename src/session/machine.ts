/** What this machine can compute with: found by opening a device, not by asking whether `navigator.gpu` exists. */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import type { EngineName } from '../engine/engine';
import { ortWebGpuAvailable } from '../engine/ort';
import type { Cores } from '../engine/pool/cores';
import { describeAdapter, requestDevice } from '../gpu/device';
import type { OpenDevice } from '../gpu/device';
import type { RunRequest, Capabilities } from './protocol';

export class Machine {
  readonly #gpu: () => Promise<GPU | undefined>;
  #device: Promise<OpenDevice> | null = null;
  #distrust = '';

  /** `gpu` finds the environment's WebGPU, if it has one; `cores` are the CPU tier's, one where left out. */
  constructor(
    gpu: () => Promise<GPU | undefined>,
    readonly cores: Cores | null = null,
  ) {
    this.#gpu = gpu;
  }

  async probe(): Promise<Capabilities> {
    const opened = await this.device().catch((error: unknown) => error);
    if (opened instanceof Error) {
      const reason = opened.message;
      return { tier: 'cpu', adapter: '', hardware: false, engines: ['ort-wasm'], reason };
    }
    const { adapterInfo, hardware } = opened as OpenDevice;
    const reason = hardware ? this.#distrust : say('machine.softwareOnly');
    return {
      tier: reason === '' ? 'webgpu' : 'cpu',
      adapter: describeAdapter(adapterInfo),
      hardware,
      engines: ['wgsl', 'ort-wasm', ...(ortWebGpuAvailable() ? (['ort-webgpu'] as const) : [])],
      reason,
    };
  }

  /**
   * The device, software adapters included; the same until it is lost.
   * @throws EspalierError 'no-adapter'
   */
  device(): Promise<OpenDevice> {
    if (this.#device) return this.#device;
    const opening = this.#gpu().then((gpu) => requestDevice(gpu, { force: true }));
    const forget = (): void => {
      if (this.#device === opening) this.#device = null;
    };
    opening.then(({ device }) => device.lost.then(forget), forget);
    this.#device = opening;
    return opening;
  }

  /** From now on 'auto' means the CPU tier, for this reason. */
  distrustGpu(reason: string): void {
    this.#distrust = reason;
  }

  /** The engines to try for a request, best first. */
  async candidates(choice: RunRequest['engine']): Promise<EngineName[]> {
    if (choice !== 'auto') return [choice];
    const { tier } = await this.probe();
    return tier === 'webgpu' ? ['wgsl', 'ort-wasm'] : ['ort-wasm'];
  }
}

/** Rejects when `device` is lost, and does nothing else. */
export function lossOf(device: GPUDevice): Promise<never> {
  const lost = device.lost.then(({ message }): never => {
    throw message
      ? new EspalierError('device-lost', 'gpuLostBecause', { reason: message })
      : new EspalierError('device-lost', 'gpuLost');
  });
  lost.catch(() => undefined);
  return lost;
}
