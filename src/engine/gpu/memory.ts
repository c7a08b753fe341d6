/**
 * The engine's own GPU buffers by name. A buffer grows when more is asked of it and is never shrunk; `generation` counts
 * replacements, so that bind groups made before one are known to be stale.
 */
import { EspalierError } from '../../core/errors';
import { paddedBytes } from '../../gpu/buffers';

export class GpuMemory {
  readonly #buffers = new Map<string, GPUBuffer>();
  #bytes = 0;
  #generation = 0;

  constructor(private readonly device: GPUDevice) {}

  /** Bytes of all buffers together. */
  get bytes(): number {
    return this.#bytes;
  }

  get generation(): number {
    return this.#generation;
  }

  /**
   * The storage buffer `name` with at least `bytes` bytes; a replaced one loses its content.
   * @throws EspalierError 'bad-setting' where the device cannot bind so many bytes at once
   */
  storage(name: string, bytes: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#buffer(name, bytes, usage);
  }

  /** As `storage`, for uniforms. */
  uniform(name: string, bytes: number): GPUBuffer {
    return this.#buffer(name, bytes, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  }

  /** As `storage`, for reading back. */
  staging(name: string, bytes: number): GPUBuffer {
    return this.#buffer(name, bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  }

  destroy(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
    this.#bytes = 0;
  }

  #buffer(name: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = paddedBytes(bytes);
    const present = this.#buffers.get(name);
    if (present && present.size >= size) return present;
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (size > limit) {
      const params = { name, needed: megabytes(size), most: megabytes(limit) };
      throw new EspalierError('bad-setting', 'gpuBufferTooLarge', params);
    }
    const buffer = this.device.createBuffer({ label: name, size, usage });
    if (present) {
      present.destroy();
      this.#generation += 1;
    }
    this.#bytes += size - (present?.size ?? 0);
    this.#buffers.set(name, buffer);
    return buffer;
  }
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
