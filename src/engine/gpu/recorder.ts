/**
 * Records what one request asks of the device: compute passes, the uniforms of every dispatch, copies, and the one
 * read-back at the end. Everything goes out in one submit unless it grows long, because drivers stop a submission that
 * keeps the GPU for seconds.
 */
import type { PlanBinding } from '../../gpu/buffers';
import type { BufferBindings, Kernel } from '../../gpu/pipelines';
import type { CompiledPlan, PlanStage } from '../../gpu/plan/types';
import { dispatch } from '../../kernels/shared/dispatch';
import type { StructLayout } from '../../kernels/shared/structLayout';
import type { GpuMemory } from './memory';
import type { GpuTimer } from './timer';

/** What the engine has asked of the device since it was made. */
export interface GpuStatistics {
  readonly dispatches: number;
  readonly submits: number;
  /** GPU memory held now: plans, weights, tree. */
  readonly gpuBytes: number;
  /** GPU time of the last request, or null where the device has no timestamp queries. */
  readonly gpuMilliseconds: number | null;
}

export type MutableStatistics = { -readonly [Name in keyof GpuStatistics]: GpuStatistics[Name] };

/** Uniforms are bound at multiples of this (WebGPU's default minUniformBufferOffsetAlignment). */
const SLOT_BYTES = 256;

/** Dispatches after which a submit is due at the next step or micro-batch. */
const DISPATCHES_PER_SUBMIT = 512;

/** A range of a storage buffer that is read back. */
export interface ReadBack {
  readonly buffer: GPUBuffer;
  readonly floats: number;
}

export class Recorder {
  readonly #groups = new Map<string, GPUBindGroup>();
  #generation = -1;
  #uniforms = new DataView(new ArrayBuffer(0));
  #slots = 0;
  #uploaded = 0;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #dispatchesSinceSubmit = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly memory: GpuMemory,
    private readonly timer: GpuTimer,
    private readonly statistics: MutableStatistics,
  ) {}

  /** Starts a request with at most `dispatches` kernels that have uniforms. Buffers must have their final sizes. */
  begin(dispatches: number): void {
    const bytes = dispatches * SLOT_BYTES;
    this.memory.uniform('uniforms', bytes);
    if (this.#uniforms.byteLength < bytes) this.#uniforms = new DataView(new ArrayBuffer(bytes));
    this.#slots = 0;
    this.#uploaded = 0;
    this.#encoder = null;
    this.#pass = null;
    this.#dispatchesSinceSubmit = 0;
    this.timer.begin();
    if (this.memory.generation !== this.#generation) this.#groups.clear();
    this.#generation = this.memory.generation;
  }

  /**
   * One dispatch of `kernel`. `buffers` are those besides `settings`; the bind group is kept under `set`, the name of
   * this choice of buffers, and used again by the same dispatch of the next request.
   */
  kernel<Field extends string, Buffer extends string>(
    kernel: Kernel<Buffer | 'settings'>,
    layout: StructLayout<Field>,
    settings: Readonly<Record<Field, number>>,
    set: string,
    buffers: BufferBindings<NoInfer<Exclude<Buffer, 'settings'>>>,
    workgroups: number,
  ): void {
    const offset = this.#slots++ * SLOT_BYTES;
    layout.write(this.#uniforms, offset, settings);
    const key = `${kernel.label}|${set}|${offset}`;
    let group = this.#groups.get(key);
    if (!group) {
      const buffer = this.memory.uniform('uniforms', 0);
      const size = Math.ceil(layout.byteLength / 16) * 16;
      const all = { ...buffers, settings: { buffer, offset, size } };
      group = kernel.bind(all as BufferBindings<Buffer | 'settings'>);
      this.#groups.set(key, group);
    }
    dispatch(this.#openPass(), kernel, group, workgroups);
    this.#count(1);
  }

  /** The dispatches of a plan. */
  plan(plan: CompiledPlan, batch: number, stage?: PlanStage): void {
    plan.encode(this.#openPass(), batch, stage);
    this.#count(stage === undefined ? plan.dispatches : plan.stageDispatches[stage]);
  }

  /** Fills the first `floats` numbers of `buffer` with 0. */
  clear(buffer: GPUBuffer, floats: number): void {
    this.#closePass().clearBuffer(buffer, 0, floats * 4);
  }

  /** Copies the first `floats` numbers of `source` into `target`, from number `at` on. */
  copy(source: PlanBinding, target: GPUBuffer, at: number, floats: number): void {
    if (floats === 0) return;
    const { buffer, offset } = source;
    this.#closePass().copyBufferToBuffer(buffer, offset, target, at * 4, floats * 4);
  }

  /** A place where the recording may be submitted in parts. */
  pause(): void {
    if (this.#dispatchesSinceSubmit >= DISPATCHES_PER_SUBMIT) this.#submit();
  }

  /** Submits the rest, waits, and gives what the ranges hold then. */
  async finish(ranges: readonly ReadBack[]): Promise<Float32Array<ArrayBuffer>[]> {
    const encoder = this.#closePass();
    const floats = ranges.reduce((sum, range) => sum + range.floats, 0);
    const timesAt = Math.ceil(floats / 2) * 8;
    const bytes = timesAt + this.timer.byteLength;
    const staging = this.memory.staging('read back', bytes);
    let at = 0;
    for (const { buffer, floats: length } of ranges) {
      encoder.copyBufferToBuffer(buffer, 0, staging, at * 4, length * 4);
      at += length;
    }
    this.timer.resolve(encoder, staging, timesAt);
    this.#submit();
    await staging.mapAsync(GPUMapMode.READ, 0, Math.ceil(bytes / 8) * 8);
    const mapped = staging.getMappedRange(0, Math.ceil(bytes / 8) * 8);
    const results: Float32Array<ArrayBuffer>[] = [];
    at = 0;
    for (const { floats: length } of ranges) {
      results.push(new Float32Array(mapped.slice(at * 4, (at + length) * 4)));
      at += length;
    }
    const times = mapped.slice(timesAt, timesAt + this.timer.byteLength);
    this.statistics.gpuMilliseconds = this.timer.milliseconds(times);
    staging.unmap();
    return results;
  }

  #openPass(): GPUComputePassEncoder {
    this.#pass ??= this.#openEncoder().beginComputePass({
      timestampWrites: this.timer.timestampWrites(),
    });
    return this.#pass;
  }

  #openEncoder(): GPUCommandEncoder {
    this.#encoder ??= this.device.createCommandEncoder();
    return this.#encoder;
  }

  #closePass(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    return this.#openEncoder();
  }

  #submit(): void {
    const commands = this.#closePass().finish();
    this.#encoder = null;
    const from = this.#uploaded * SLOT_BYTES;
    const length = (this.#slots - this.#uploaded) * SLOT_BYTES;
    if (length > 0) {
      const target = this.memory.uniform('uniforms', 0);
      this.device.queue.writeBuffer(target, from, this.#uniforms.buffer, from, length);
    }
    this.#uploaded = this.#slots;
    this.device.queue.submit([commands]);
    this.statistics.submits += 1;
    this.#dispatchesSinceSubmit = 0;
  }

  #count(dispatches: number): void {
    this.statistics.dispatches += dispatches;
    this.#dispatchesSinceSubmit += dispatches;
  }
}
