/**
 * GPU time by timestamp queries. Without the feature, or when there are more passes than queries, it is quiet: nothing
 * is written and `milliseconds` is null.
 */

/** Passes of one submission that can be timed. */
const MAX_PASSES = 64;

export class GpuTimer {
  readonly #queries: GPUQuerySet | null;
  readonly #resolved: GPUBuffer | null;
  #passes = 0;
  #missed = false;

  constructor(device: GPUDevice) {
    const supported = device.features.has('timestamp-query');
    const count = MAX_PASSES * 2;
    this.#queries = supported
      ? device.createQuerySet({ label: 'pass times', type: 'timestamp', count })
      : null;
    const usage = supported ? GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC : 0;
    this.#resolved = supported
      ? device.createBuffer({ label: 'pass times', size: count * 8, usage })
      : null;
  }

  /** Bytes that `resolve` copies. */
  get byteLength(): number {
    return this.#passes * 16;
  }

  /** Forgets the passes of the request before. */
  begin(): void {
    this.#passes = 0;
    this.#missed = false;
  }

  /** To be given to the next pass; undefined where it cannot be timed. */
  timestampWrites(): GPUComputePassTimestampWrites | undefined {
    if (!this.#queries) return undefined;
    if (this.#passes === MAX_PASSES) {
      this.#missed = true;
      return undefined;
    }
    const first = this.#passes++ * 2;
    return {
      querySet: this.#queries,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** Copies all times into `target`, `byteLength` bytes from `offset` on (a multiple of 8). */
  resolve(encoder: GPUCommandEncoder, target: GPUBuffer, offset: number): void {
    if (!this.#queries || !this.#resolved || this.#passes === 0) return;
    encoder.resolveQuerySet(this.#queries, 0, this.#passes * 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, target, offset, this.byteLength);
  }

  /** Time inside passes, from the bytes that `resolve` copied. */
  milliseconds(bytes: ArrayBuffer): number | null {
    if (!this.#queries || this.#missed) return null;
    const times = new BigUint64Array(bytes);
    let nanoseconds = 0;
    for (let i = 0; i < times.length; i += 2) {
      nanoseconds += Math.max(0, Number(times[i + 1] - times[i]));
    }
    return nanoseconds / 1e6;
  }

  destroy(): void {
    this.#queries?.destroy();
    this.#resolved?.destroy();
  }
}
