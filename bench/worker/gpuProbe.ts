/**
 * Counts what any engine does with WebGPU, by wrapping the prototypes before an engine is loaded: dispatches, submits,
 * bytes of buffers alive, and time on the GPU by timestamp queries on every compute pass. It also hears every uncaught
 * error: an invalid command buffer makes a run fast and its results stale, and nothing else tells.
 */

/** Query slots of one profiled run; a run with more passes than half of this is not timed. */
const QUERY_COUNT = 4096;

export interface GpuCounts {
  readonly dispatches: number;
  readonly submits: number;
}

interface Timestamps {
  readonly querySet: GPUQuerySet;
  passes: number;
}

type Method<This, Args extends unknown[], Result> = (this: This, ...args: Args) => Result;

/** Replaces `prototype[name]` by `around(original)`. */
function wrap<This extends object, Args extends unknown[], Result>(
  prototype: This,
  name: keyof This & string,
  around: (original: Method<This, Args, Result>) => Method<This, Args, Result>,
): void {
  const original = prototype[name] as unknown as Method<This, Args, Result>;
  Object.defineProperty(prototype, name, { value: around(original), configurable: true });
}

export class GpuProbe {
  readonly errors: string[] = [];
  readonly #devices: GPUDevice[] = [];
  readonly #live = new WeakMap<GPUBuffer, number>();
  #dispatches = 0;
  #submits = 0;
  #bytes = 0;
  #peak = 0;
  #timestamps: Timestamps | null = null;

  /** Wraps this worker's WebGPU. To be made once, before any engine is loaded. */
  constructor() {
    if (!('gpu' in navigator)) return;
    this.#watchDevices();
    this.#countCommands();
    this.#countBuffers();
    this.#timePasses();
  }

  /** Everything handed to every device so far is done. */
  async settle(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.queue.onSubmittedWorkDone()));
  }

  get adapter(): GPUAdapterInfo | null {
    return this.#devices.at(-1)?.adapterInfo ?? null;
  }

  get peakBytes(): number {
    return this.#peak;
  }

  resetPeak(): void {
    this.#peak = this.#bytes;
  }

  /** What `run` dispatches and submits. */
  async count(run: () => Promise<void>): Promise<GpuCounts> {
    const [dispatches, submits] = [this.#dispatches, this.#submits];
    await run();
    return { dispatches: this.#dispatches - dispatches, submits: this.#submits - submits };
  }

  /** Milliseconds that the GPU spends in the compute passes of `run`; null where the device has no timestamps. */
  async gpuMilliseconds(run: () => Promise<void>): Promise<number | null> {
    const device = this.#devices.at(-1);
    if (!device?.features.has('timestamp-query')) return null;
    const querySet = device.createQuerySet({ type: 'timestamp', count: QUERY_COUNT });
    this.#timestamps = { querySet, passes: 0 };
    try {
      await run();
      const { passes } = this.#timestamps;
      this.#timestamps = null;
      if (passes === 0 || 2 * passes > QUERY_COUNT) return null;
      const times = await readQueries(device, querySet, 2 * passes);
      let sum = 0;
      for (let i = 0; i < times.length; i += 2) sum += Number(times[i + 1] - times[i]);
      return sum / 1e6;
    } finally {
      this.#timestamps = null;
      querySet.destroy();
    }
  }

  #watchDevices(): void {
    const devices = this.#devices;
    const errors = this.errors;
    wrap<GPUAdapter, [GPUDeviceDescriptor?], Promise<GPUDevice>>(
      GPUAdapter.prototype,
      'requestDevice',
      (request) =>
        async function (descriptor) {
          const device = await request.call(this, descriptor);
          devices.push(device);
          device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
          void device.lost.then(({ reason, message }) => {
            if (reason !== 'destroyed') errors.push(`The device was lost: ${message}`);
            devices.splice(devices.indexOf(device), 1);
          });
          return device;
        },
    );
  }

  #countCommands(): void {
    const dispatched = (): void => void this.#dispatches++;
    const submitted = (): void => void this.#submits++;
    for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'] as const) {
      wrap<GPUComputePassEncoder, unknown[], void>(
        GPUComputePassEncoder.prototype,
        name,
        (original) =>
          function (...args) {
            dispatched();
            original.apply(this, args);
          },
      );
    }
    wrap<GPUQueue, unknown[], void>(
      GPUQueue.prototype,
      'submit',
      (original) =>
        function (...args) {
          submitted();
          original.apply(this, args);
        },
    );
  }

  #countBuffers(): void {
    const live = this.#live;
    const add = (bytes: number): void => {
      this.#bytes += bytes;
      this.#peak = Math.max(this.#peak, this.#bytes);
    };
    wrap<GPUDevice, [GPUBufferDescriptor], GPUBuffer>(
      GPUDevice.prototype,
      'createBuffer',
      (create) =>
        function (descriptor) {
          const buffer = create.call(this, descriptor);
          live.set(buffer, descriptor.size);
          add(descriptor.size);
          return buffer;
        },
    );
    wrap<GPUBuffer, [], void>(
      GPUBuffer.prototype,
      'destroy',
      (destroy) =>
        function () {
          add(-(live.get(this) ?? 0));
          live.delete(this);
          destroy.call(this);
        },
    );
  }

  #timePasses(): void {
    const current = (): Timestamps | null => this.#timestamps;
    wrap<GPUCommandEncoder, [GPUComputePassDescriptor?], GPUComputePassEncoder>(
      GPUCommandEncoder.prototype,
      'beginComputePass',
      (begin) =>
        function (descriptor) {
          const timestamps = current();
          if (!timestamps) return begin.call(this, descriptor);
          const first = 2 * timestamps.passes++;
          if (first + 2 > QUERY_COUNT) return begin.call(this, descriptor);
          const { querySet } = timestamps;
          const timestampWrites = {
            querySet,
            beginningOfPassWriteIndex: first,
            endOfPassWriteIndex: first + 1,
          };
          return begin.call(this, { ...descriptor, timestampWrites });
        },
    );
  }
}

async function readQueries(
  device: GPUDevice,
  querySet: GPUQuerySet,
  count: number,
): Promise<BigUint64Array> {
  const size = count * 8;
  const resolved = device.createBuffer({
    size,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({
    size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const times = new BigUint64Array(staging.getMappedRange().slice(0));
  resolved.destroy();
  staging.destroy();
  return times;
}
