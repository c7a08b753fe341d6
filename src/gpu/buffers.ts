/**
 * Buffers of 32-bit floats on the device: make, fill, read back. Every buffer has a label, and a multiple of 16 bytes so
 * that shaders may read it as vec4.
 */

/** A range of bytes in a GPU buffer. `offset` is a multiple of 256, WebGPU's alignment of storage bindings. */
export interface PlanBinding {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** `bytes` rounded up to whole vec4s; a buffer is never empty. */
export function paddedBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}

/** A zeroed storage buffer that can be copied from and to. */
export function createStorageBuffer(device: GPUDevice, label: string, bytes: number): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  return device.createBuffer({ label, size: paddedBytes(bytes), usage });
}

/** A storage buffer holding a copy of `data`. */
export function uploadFloats(device: GPUDevice, label: string, data: Float32Array): GPUBuffer {
  const buffer = createStorageBuffer(device, label, data.byteLength);
  device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  return buffer;
}

/** The whole of `buffer` as a binding. */
export function wholeBuffer(buffer: GPUBuffer): PlanBinding {
  return { buffer, offset: 0, size: buffer.size };
}

/**
 * Copies `length` floats (default: all) of `binding` to the CPU, after everything submitted so far. Each call waits for
 * the queue, so read rarely and in batches.
 */
export async function readFloats(
  device: GPUDevice,
  binding: PlanBinding,
  length = binding.size / 4,
): Promise<Float32Array<ArrayBuffer>> {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
  const staging = device.createBuffer({ label: 'read back', size: length * 4, usage });
  try {
    const encoder = device.createCommandEncoder({ label: 'read back' });
    encoder.copyBufferToBuffer(binding.buffer, binding.offset, staging, 0, length * 4);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    return new Float32Array(staging.getMappedRange().slice(0));
  } finally {
    staging.destroy();
  }
}
