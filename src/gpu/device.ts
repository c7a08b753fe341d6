/**
 * The one place that opens a GPUDevice and hears about its troubles.
 *
 * Limits are asked for by list (never more than the adapter has, never more than the plan can use) and features by wish:
 * nothing beyond WebGPU's guaranteed defaults is ever required. A software adapter is recognised and refused unless
 * forced, because the CPU tier is an order of magnitude faster than WGSL on an emulated GPU.
 */
import { EspalierError } from '../core/errors';

/** An open device with what is known about the hardware behind it. */
export interface OpenDevice {
  readonly device: GPUDevice;
  readonly adapterInfo: GPUAdapterInfo;
  /** False where the adapter computes on the CPU (SwiftShader, lavapipe, WARP). */
  readonly hardware: boolean;
}

/** Limits the plan can use, and the most of each that it asks for. */
const wantedLimits = {
  maxStorageBuffersPerShaderStage: 10,
  maxBufferSize: 2 ** 30,
  maxStorageBufferBindingSize: 2 ** 30,
  maxComputeWorkgroupStorageSize: 32768,
} as const;

const wishedFeatures: readonly GPUFeatureName[] = ['timestamp-query'];

const softwareNames = /swiftshader|llvmpipe|lavapipe|microsoft basic render/i;

/** True where `info` describes an adapter that computes on the CPU. */
export function isSoftwareAdapter(info: Partial<GPUAdapterInfo>): boolean {
  const names = [info.vendor, info.architecture, info.device, info.description];
  return info.isFallbackAdapter === true || names.some((name) => softwareNames.test(name ?? ''));
}

/**
 * Opens a device on the most powerful adapter. `force` accepts a software adapter too.
 * Throws EspalierError 'no-adapter' where there is no WebGPU, no adapter, or (unforced) only a software one.
 */
export async function requestDevice(
  gpu: GPU | undefined,
  { force = false }: { force?: boolean } = {},
): Promise<OpenDevice> {
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new EspalierError('no-adapter', gpu ? 'noAdapter' : 'noWebGpu');
  }
  const hardware = !isSoftwareAdapter(adapter.info);
  if (!hardware && !force) {
    const details = [describeAdapter(adapter.info)];
    throw new EspalierError('no-adapter', 'softwareAdapter', {}, details);
  }
  const requiredLimits: Record<string, number> = {};
  for (const [name, wanted] of Object.entries(wantedLimits)) {
    const available = adapter.limits[name as keyof typeof wantedLimits];
    requiredLimits[name] = Math.min(available, wanted);
  }
  const device = await adapter.requestDevice({
    label: 'espalier',
    requiredLimits,
    requiredFeatures: wishedFeatures.filter((feature) => adapter.features.has(feature)),
  });
  return { device, adapterInfo: adapter.info, hardware };
}

/** The adapter in words, e.g. "google swiftshader (SwiftShader Device (Subzero))". */
export function describeAdapter(info: GPUAdapterInfo): string {
  const name = [info.vendor, info.architecture].filter(Boolean).join(' ');
  const detail = [info.device, info.description].filter(Boolean).join(' ');
  return [name, detail && `(${detail})`].filter(Boolean).join(' ') || 'unnamed adapter';
}

/** How a device ended. `asked` is true after `device.destroy()`, false where driver or browser took it away. */
export interface DeviceLoss {
  readonly asked: boolean;
  readonly message: string;
}

export interface DeviceListeners {
  /** Called once when the device is gone. No call on it rejects afterwards: every GPU result is silently empty. */
  onLost(loss: DeviceLoss): void;
  /** Called for every GPU error that no error scope caught. Such an error is a defect: results are not to be trusted. */
  onError(error: Error): void;
}

/** Listens for loss and uncaught errors of `device` until the returned function is called. */
export function watchDevice(device: GPUDevice, { onLost, onError }: DeviceListeners): () => void {
  let listening = true;
  const report = (event: Event): void => {
    event.preventDefault();
    const { error } = event as GPUUncapturedErrorEvent;
    onError(new Error(`Uncaught ${error.constructor.name}: ${error.message}`));
  };
  device.addEventListener('uncapturederror', report);
  void device.lost.then((info) => {
    device.removeEventListener('uncapturederror', report);
    if (listening) onLost({ asked: info.reason === 'destroyed', message: info.message });
  });
  return () => {
    listening = false;
    device.removeEventListener('uncapturederror', report);
  };
}
