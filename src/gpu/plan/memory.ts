/**
 * The GPU buffers of a plan: the caller's where given, one of its own per other input and output, one for all constants,
 * and the slots that scratch storages take turns in.
 */
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import { createStorageBuffer, paddedBytes, type PlanBinding } from '../buffers';
import type { KernelBinding, Location } from './bindings';
import { assignSlots, lifetimes } from './liveness';
import type { Realisation, Storage } from './realise';
import { trafficOf, type Dispatch } from './schedule';
import { sizeAt } from './sizes';
import type { PlanOptions } from './types';

/** Bytes to which the start of a binding is aligned. */
const ALIGNMENT = 256;

/** The caller's binding for a graph input or output. */
export function givenBinding(storage: Storage, { bindings }: PlanOptions): PlanBinding | undefined {
  const isNamed = storage.role === 'input' || storage.role === 'output';
  return isNamed && bindings ? bindings[storage.label] : undefined;
}

/** Throws EspalierError 'bad-setting' with every binding that the plan could not use. */
export function checkBindings(realisation: Realisation, options: PlanOptions): void {
  const storages = [...realisation.inputs.values(), ...realisation.outputs.values()];
  const problems = Object.entries(options.bindings ?? {}).flatMap(([name, binding]) => {
    const storage = storages.find(({ label }) => label === name);
    if (!storage) return [say('binding.neither', { name })];
    const needed = 4 * sizeAt(storage.size, options.maxBatch);
    const { offset, size: bytes } = binding;
    if (offset % ALIGNMENT !== 0) return [say('binding.misaligned', { name, offset })];
    return bytes < needed ? [say('binding.tooSmall', { name, bytes, needed })] : [];
  });
  const buffersOf = (some: ReadonlyMap<string, Storage>): unknown[] =>
    [...some.values()].flatMap((storage) => givenBinding(storage, options)?.buffer ?? []);
  const inputs = new Set(buffersOf(realisation.inputs));
  if (buffersOf(realisation.outputs).some((buffer) => inputs.has(buffer))) {
    problems.push(say('binding.shared'));
  }
  if (problems.length === 0) return;
  const params = { label: options.label, problems: problems.join('; ') };
  throw new EspalierError('bad-setting', 'planBuffers', params, problems);
}

/** Made with everything in place, or not at all: throws EspalierError 'bad-setting' for a batch too large for the GPU. */
export class PlanMemory {
  readonly #locations = new Map<Storage, Location>();
  readonly #owned: GPUBuffer[] = [];
  readonly #named = new Map<string, PlanBinding>();

  constructor(
    private readonly device: GPUDevice,
    private readonly options: PlanOptions,
    realisation: Realisation,
    dispatches: readonly Dispatch[],
  ) {
    try {
      this.#placeAll(realisation, dispatches);
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  #placeAll(realisation: Realisation, dispatches: readonly Dispatch[]): void {
    this.#placeConstants(realisation);
    for (const [name, storage] of [...realisation.inputs, ...realisation.outputs]) {
      this.#placeNamed(name, storage);
    }
    const touched = dispatches.map(({ groups }) => ({
      storages: groups.flatMap((group) => {
        const { reads, writes } = trafficOf(group, realisation);
        return [...reads, ...writes];
      }),
    }));
    assignSlots(lifetimes(touched), this.options.maxBatch).forEach(
      ({ elements, storages }, number) => {
        const buffer = this.#create(`scratch ${number}`, 4 * elements);
        storages.forEach((storage) => this.#place(storage, buffer, 0));
      },
    );
  }

  get bytes(): number {
    return this.#owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  locate(storage: Storage): Location {
    return this.#locations.get(storage)!;
  }

  named(name: string): PlanBinding | undefined {
    return this.#named.get(name);
  }

  /** The part of a buffer that a kernel's binding covers. */
  range({ key, start, end }: KernelBinding): PlanBinding {
    const buffer = key as GPUBuffer;
    const offset = 4 * start;
    return { buffer, offset, size: Math.min(paddedBytes(4 * end), buffer.size) - offset };
  }

  destroy(): void {
    this.#owned.forEach((buffer) => buffer.destroy());
  }

  #create(label: string, bytes: number): GPUBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (bytes > most) {
      const { label, maxBatch: batch } = this.options;
      throw new EspalierError('bad-setting', 'planBufferTooLarge', { label, bytes, most, batch });
    }
    const buffer = createStorageBuffer(this.device, `${this.options.label}: ${label}`, bytes);
    this.#owned.push(buffer);
    return buffer;
  }

  #place(storage: Storage, buffer: GPUBuffer, offset: number): void {
    const end = offset + sizeAt(storage.size, this.options.maxBatch);
    this.#locations.set(storage, { key: buffer, offset, end });
  }

  #placeNamed(name: string, storage: Storage): void {
    const bytes = 4 * sizeAt(storage.size, this.options.maxBatch);
    const given = givenBinding(storage, this.options);
    const buffer = given?.buffer ?? this.#create(name, bytes);
    const offset = given?.offset ?? 0;
    this.#place(storage, buffer, offset / 4);
    this.#named.set(name, { buffer, offset, size: bytes });
  }

  #placeConstants({ placements }: Realisation): void {
    const storages = [...placements.values()]
      .map(({ storage }) => storage)
      .filter(({ role }) => role === 'constant');
    let bytes = 0;
    const offsets = storages.map(({ data }) => {
      const offset = bytes;
      bytes += Math.ceil((4 * data!.length) / ALIGNMENT) * ALIGNMENT;
      return offset;
    });
    if (bytes === 0) return;
    const buffer = this.#create('constants', bytes);
    storages.forEach((storage, i) => {
      const data = storage.data as Float32Array<ArrayBuffer>;
      this.device.queue.writeBuffer(buffer, offsets[i], data);
      this.#place(storage, buffer, offsets[i] / 4);
    });
  }
}
