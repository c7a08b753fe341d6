/** Short-lived buffers and one-off dispatches for checks that compare a kernel with its twin. */
import { createStorageBuffer, readFloats, wholeBuffer } from '../../gpu/buffers';
import type { BufferBindings, Kernel } from '../../gpu/pipelines';
import { dispatch } from './dispatch';
import type { StructLayout } from './structLayout';

type Numbers = Float32Array | Uint32Array | Int32Array;

/** Owns the buffers of one check; `destroy` frees them all. */
export class Scratch {
  readonly #buffers: GPUBuffer[] = [];

  constructor(readonly device: GPUDevice) {}

  /** A zeroed storage buffer of `length` 32-bit numbers. */
  empty(label: string, length: number): GPUBuffer {
    const buffer = createStorageBuffer(this.device, label, length * 4);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** A storage buffer that holds `data`. */
  storage(label: string, data: Numbers): GPUBuffer {
    const buffer = this.empty(label, data.length);
    this.device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
    return buffer;
  }

  /** A uniform buffer of `byteLength` bytes that begins with `data`. */
  uniformBytes(label: string, data: ArrayBuffer, byteLength = data.byteLength): GPUBuffer {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const size = Math.ceil(byteLength / 16) * 16;
    const buffer = this.device.createBuffer({ label, size, usage });
    this.device.queue.writeBuffer(buffer, 0, data);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** A uniform buffer that holds one struct. */
  uniform<Name extends string>(
    layout: StructLayout<Name>,
    values: Readonly<Record<Name, number>>,
  ): GPUBuffer {
    const view = new DataView(new ArrayBuffer(layout.byteLength));
    layout.write(view, 0, values);
    return this.uniformBytes(layout.struct, view.buffer);
  }

  /** Runs one dispatch of `kernel`. */
  run<Buffer extends string>(
    kernel: Kernel<Buffer>,
    buffers: BufferBindings<Buffer>,
    workgroups: number,
  ): void {
    const encoder = this.device.createCommandEncoder({ label: kernel.label });
    const pass = encoder.beginComputePass({ label: kernel.label });
    dispatch(pass, kernel, kernel.bind(buffers), workgroups);
    pass.end();
    this.device.queue.submit([encoder.finish()]);
  }

  /** The first `length` numbers of a storage buffer. */
  read(buffer: GPUBuffer, length: number): Promise<Float32Array<ArrayBuffer>> {
    return readFloats(this.device, wholeBuffer(buffer), length);
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}

/** Runs `task` with a Scratch that is destroyed afterwards. */
export async function withScratch<Result>(
  device: GPUDevice,
  task: (scratch: Scratch) => Promise<Result>,
): Promise<Result> {
  const scratch = new Scratch(device);
  try {
    return await task(scratch);
  } finally {
    scratch.destroy();
  }
}

/** Largest |actual − expected| / max(|expected|, floor) over two vectors; Infinity where a number is not finite. */
export function largestError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  floor = 1,
): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / Math.max(Math.abs(expected[i]), floor);
    if (!(error <= largest)) largest = Number.isFinite(error) ? error : Infinity;
  }
  return largest;
}

/** Largest |actual − expected| as a share of the largest |expected|: for vectors whose scale is not 1. */
export function largestErrorOfScale(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): number {
  let scale = 1e-30;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  return largestError(actual, expected, scale);
}
