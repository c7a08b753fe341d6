import { afterEach, describe, expect, it, vi } from 'vitest';
import { EspalierError } from '../core/errors';
import { createNodeGpu } from '../gpu/nodeGpu';
import type { JournalEvent } from '../journal/events';
import { decodeJournal, encodeJournal } from '../journal/file';
import { Journal } from '../journal/journal';
import { exampleRequest } from './examplePolicy';
import type { RunRequest, WorkerEvent } from './protocol';
import { TrainingSession } from './session';

const sessions: TrainingSession[] = [];

/** Whether ONNX Runtime is made to contradict the GPU. */
let contradict = false;
/** What ONNX Runtime's answer waits for. */
let gate: Promise<void> = Promise.resolve();

vi.mock('./selfCheck', async (original) => {
  const actual = await original<typeof import('./selfCheck')>();
  const checkAgainstOrt: typeof actual.checkAgainstOrt = async (probe, model) => {
    await gate;
    const told = contradict ? { ...probe, velocity: probe.velocity.map((v) => v + 1) } : probe;
    return actual.checkAgainstOrt(told, model);
  };
  return { ...actual, checkAgainstOrt };
});

/**
 * The software adapter, collecting the devices it opens; with a `vendor` it passes for hardware. `change` may break a
 * device.
 */
async function watchedGpu(
  vendor: string | null,
  devices: GPUDevice[],
  change: (device: GPUDevice) => void = () => undefined,
): Promise<GPU> {
  const gpu = await createNodeGpu();
  const requestAdapter: GPU['requestAdapter'] = async (options) => {
    const adapter = (await gpu.requestAdapter(options))!;
    return new Proxy(adapter, {
      get(target, name) {
        if (name === 'info' && vendor) return { vendor, architecture: '', description: '' };
        if (name !== 'requestDevice') return Reflect.get(target, name, target) as unknown;
        return async (descriptor: GPUDeviceDescriptor) => {
          const device = await target.requestDevice(descriptor);
          devices.push(device);
          change(device);
          return device;
        };
      },
    });
  };
  return { requestAdapter } as GPU;
}

function newSession(gpu: () => Promise<GPU>) {
  const told: WorkerEvent[] = [];
  let time = 0;
  const session = new TrainingSession((event) => told.push(event), {
    gpu,
    fetchModel: () => Promise.reject(new Error('not needed')),
    // Each reading is later than the interval between checkpoints.
    clock: () => (time += 5000),
  });
  sessions.push(session);
  const journal = () => told.flatMap((event) => (event.kind === 'journal' ? [event.event] : []));
  return { session, told, journal };
}

afterEach(async () => {
  contradict = false;
  gate = Promise.resolve();
  for (const session of sessions.splice(0)) await session.stop();
});

const failure = async (promise: Promise<unknown>): Promise<EspalierError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EspalierError);
  return error as EspalierError;
};

const gpuRequest = (engine: RunRequest['engine']): RunRequest => exampleRequest({}, { engine });

/** One list of events per run. */
function runs(events: JournalEvent[]): JournalEvent[][] {
  const result: JournalEvent[][] = [];
  for (const event of events) {
    if (event.type === 'run-started') result.push([]);
    result[result.length - 1].push(event);
  }
  return result;
}

describe('a software adapter', () => {
  it('is found and named, but the CPU tier is chosen, with the reason', async () => {
    const { session } = newSession(() => watchedGpu('swiftshader', []));
    const { tier, hardware, adapter, engines, reason } = await session.probe();
    expect([tier, hardware]).toEqual(['cpu', false]);
    expect(adapter).not.toBe('');
    expect(engines).toEqual(['wgsl', 'ort-wasm']);
    expect(reason).toContain('software');
    const { run } = await session.open(gpuRequest('auto'));
    expect(run.engine).toBe('ort-wasm');
  });

  it('trains when it is forced to, and when it is lost fails by name with its last checkpoint', async () => {
    const devices: GPUDevice[] = [];
    const { session, told, journal } = newSession(() => watchedGpu(null, devices));
    const { run, selfCheck } = await session.open(gpuRequest('wgsl'));
    expect([run.engine, run.tier]).toEqual(['wgsl', 'webgpu']);
    const names = selfCheck.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['noise', 'adamw', 'network, gradient']));
    for (const { largestError, tolerance } of selfCheck) {
      expect(largestError).toBeLessThanOrEqual(tolerance);
    }
    await session.step('iteration');
    devices[0].destroy();
    expect((await failure(session.run())).code).toBe('device-lost');
    expect(told.at(-2)).toMatchObject({ kind: 'failed', error: { code: 'device-lost' } });
    const { checkpoint, ended } = new Journal(await decodeJournal(await encodeJournal(journal())));
    expect(ended?.reason).toBe('failed');
    expect(checkpoint?.iteration).toBe(1);
    expect(await session.checkpoint()).toEqual(checkpoint);
  });
});

describe('an adapter that calls itself hardware', () => {
  it('is chosen by itself, and when it is lost the run goes on on the CPU tier', async () => {
    const devices: GPUDevice[] = [];
    const { session, told, journal } = newSession(() => watchedGpu('acme', devices));
    expect(await session.probe()).toMatchObject({ tier: 'webgpu', hardware: true, reason: '' });
    expect((await session.open(gpuRequest('auto'))).run.engine).toBe('wgsl');
    await session.step('iteration');
    await session.step('phase');
    devices[0].destroy();
    await session.run();

    const [lost, continued] = runs(journal());
    const before = new Journal(await decodeJournal(await encodeJournal(lost)));
    expect(before.ended).toMatchObject({ reason: 'failed', error: { code: 'device-lost' } });
    expect(before.checkpoint?.iteration).toBe(1);
    const after = new Journal(await decodeJournal(await encodeJournal(continued)));
    expect(after.run).toMatchObject({ tier: 'cpu', engine: 'ort-wasm' });
    expect(after.firstIteration).toBe(1);
    expect(after.ended?.reason).toBe('finished');
    expect(told.some(({ kind }) => kind === 'failed')).toBe(false);
    const { tier, reason } = await session.probe();
    expect(tier).toBe('cpu');
    expect(reason).toContain('lost');
  });

  it('gives way to the CPU tier when it computes wrongly, and says so when forced', async () => {
    const { session } = newSession(() => watchedGpu('acme', [], dispatchNothing));
    const { run } = await session.open(gpuRequest('auto'));
    expect([run.engine, run.tier]).toEqual(['ort-wasm', 'cpu']);
    expect((await session.probe()).reason).toContain('does not compute what it should');
    const { code, details } = await failure(session.open(gpuRequest('wgsl')));
    expect(code).toBe('self-check');
    expect(details.length).toBeGreaterThan(1);
  });
});

describe('ONNX Runtime, asked beside the run', () => {
  const confirmed = (told: WorkerEvent[]) =>
    vi.waitFor(() => {
      const event = told.find(({ kind }) => kind === 'self-check');
      expect(event).toBeDefined();
      return event;
    }, 20_000);

  it('confirms the GPU once per policy, and the run goes on as it would', async () => {
    const { session, told, journal } = newSession(createNodeGpu);
    await session.open(gpuRequest('wgsl'));
    await session.run();
    expect(await confirmed(told)).toMatchObject({ checks: [{ tolerance: 1e-3 }, {}] });
    expect(journal().at(-1)).toMatchObject({ type: 'run-ended', reason: 'finished' });
    await session.open(gpuRequest('wgsl'));
    await session.run();
    expect(told.filter(({ kind }) => kind === 'self-check')).toHaveLength(1);
  });

  it('is loaded after the first iteration only', async () => {
    const { session, told } = newSession(createNodeGpu);
    await session.open(gpuRequest('wgsl'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (let phase = 0; phase < 5; phase++) await session.step('phase');
    expect(told.some(({ kind }) => kind === 'self-check')).toBe(false);
    await session.step('phase');
    expect(await confirmed(told)).toBeDefined();
  });

  it('takes over where the GPU computes something else', async () => {
    contradict = true;
    const { session, journal } = newSession(() => watchedGpu('acme', []));
    await session.open(gpuRequest('auto'));
    await session.step('iteration');
    await vi.waitFor(() => expect(runs(journal())).toHaveLength(2), 20_000);
    await session.run();
    const [refused, continued] = runs(journal());
    expect(refused.at(-1)).toMatchObject({ type: 'run-ended', error: { code: 'self-check' } });
    expect(continued[0]).toMatchObject({ run: { tier: 'cpu' } });
    expect(continued.at(-1)).toMatchObject({ reason: 'finished' });
  });

  it('leaves a run alone that has gone on elsewhere since', async () => {
    contradict = true;
    let answer = (): void => undefined;
    gate = new Promise((resolve) => (answer = resolve));
    const devices: GPUDevice[] = [];
    const { session, told, journal } = newSession(() => watchedGpu('acme', devices));
    await session.open(gpuRequest('auto'));
    await session.step('iteration');
    devices[0].destroy();
    await session.step('iteration');
    answer();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await session.run();
    expect(runs(journal())).toHaveLength(2);
    expect(journal().at(-1)).toMatchObject({ type: 'run-ended', reason: 'finished' });
    expect(told.some(({ kind }) => kind === 'failed')).toBe(false);
  });

  it('stops a run that was forced onto such a GPU, by name', async () => {
    contradict = true;
    const { session, told } = newSession(createNodeGpu);
    await session.open(gpuRequest('wgsl'));
    await session.step('iteration');
    await vi.waitFor(
      () => expect(told.at(-1)).toMatchObject({ kind: 'failed', error: { code: 'self-check' } }),
      20_000,
    );
    expect((await failure(session.run())).code).toBe('self-check');
  });
});

/** Breaks a device. */
function dispatchNothing(device: GPUDevice): void {
  const create = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = create(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass) => {
      const compute = begin(pass);
      compute.dispatchWorkgroups = () => undefined;
      return compute;
    };
    return encoder;
  };
}
