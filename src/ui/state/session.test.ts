import { beforeEach, describe, expect, test, vi } from 'vitest';
import { EspalierError, errorData } from '../../core/errors';
import type { TrainingClient } from '../../workers/client';
import type { Capabilities, RunRequest, WorkerEvent } from '../../session/protocol';
import { thrownData } from './notices.svelte';
import { Session } from './session.svelte';

const capabilities: Capabilities = {
  tier: 'cpu',
  adapter: '',
  hardware: false,
  engines: ['ort-wasm'],
  reason: 'No adapter.',
};

/** A client whose calls end when the test says so. */
class Puppet {
  hear: (event: WorkerEvent) => void = () => undefined;
  ended = false;
  readonly calls: string[] = [];
  #settle = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();

  probe = () => Promise.resolve(capabilities);
  open = () => this.#call('open');
  run = () => this.#call('run');
  step = () => this.#call('step');
  stop = () => Promise.resolve();
  pause = async () => {
    this.calls.push('pause');
    this.done('run');
  };
  checkpoint = () => Promise.resolve({ iteration: 3, state: {} });
  terminate = () => (this.ended = true);

  done(name: string): void {
    this.#settle.get(name)?.resolve();
  }

  fail(name: string, error: unknown): void {
    this.#settle.get(name)?.reject(error);
  }

  #call(name: string): Promise<void> {
    this.calls.push(name);
    return new Promise((resolve, reject) => this.#settle.set(name, { resolve, reject }));
  }
}

let puppets: Puppet[] = [];
let startFails = false;

vi.mock('../../workers/client', () => ({
  TrainingClient: {
    start: async (hear: (event: WorkerEvent) => void): Promise<TrainingClient> => {
      if (startFails)
        throw new EspalierError('timed-out', 'workerSilent', { call: 'start', seconds: 30 });
      const puppet = new Puppet();
      puppet.hear = hear;
      puppets.push(puppet);
      return puppet as unknown as TrainingClient;
    },
  },
}));

const failures: [string, string][] = [];
const journal: string[] = [];

const newSession = (): Session =>
  new Session({
    journal: ({ type }) => journal.push(type),
    failed: (error, doing) => failures.push([thrownData(error).code, doing]),
  });

const request = {} as RunRequest;
const crash = new EspalierError('worker-crashed', 'workerCrashed');

async function opened(): Promise<{ session: Session; puppet: Puppet }> {
  const session = newSession();
  await session.start();
  const puppet = puppets[puppets.length - 1];
  const opening = session.open(request);
  await vi.waitFor(() => expect(puppet.calls).toContain('open'));
  puppet.done('open');
  await opening;
  return { session, puppet };
}

beforeEach(() => {
  puppets = [];
  startFails = false;
  failures.length = 0;
  journal.length = 0;
});

describe('a session', () => {
  test('finds out what the machine can do, and opens a run', async () => {
    const { session } = await opened();
    expect(session.capabilities).toBe(capabilities);
    expect(session.status).toBe('open');
  });

  test('without a worker says so and can be started again', async () => {
    startFails = true;
    const session = newSession();
    expect(await session.start()).toBe(false);
    expect(session.status).toBe('lost');
    expect(failures).toEqual([['timed-out', 'Starting the training worker']]);
    startFails = false;
    expect(await session.start()).toBe(true);
  });

  test('runs until it is paused', async () => {
    const { session, puppet } = await opened();
    const running = session.run();
    expect(session.running).toBe(true);
    expect(await session.run()).toBe(false);
    await session.pause();
    expect(await running).toBe(true);
    expect(session.running).toBe(false);
    expect(puppet.calls).toEqual(['open', 'run', 'pause']);
  });

  test('a step is no running, and a run waits for it', async () => {
    const { session, puppet } = await opened();
    void session.step('phase');
    expect(session.running).toBe(false);
    void session.run();
    expect(puppet.calls).not.toContain('run');
    puppet.done('step');
    await vi.waitFor(() => expect(puppet.calls).toContain('run'));
  });
});

describe('when something goes wrong', () => {
  test('a refused policy leaves a worker without a run', async () => {
    const { session, puppet } = await opened();
    const opening = session.open(request, 'Loading mine.onnx');
    await vi.waitFor(() => expect(puppet.calls).toHaveLength(2));
    puppet.fail('open', new EspalierError('bad-model', 'notOnnx'));
    expect(await opening).toBe(false);
    expect(session.status).toBe('empty');
    expect(failures).toEqual([['bad-model', 'Loading mine.onnx']]);
  });

  test('a crash is told once, and nothing of the dead worker is heard any more', async () => {
    const { session, puppet } = await opened();
    const running = session.run();
    puppet.hear({ kind: 'failed', error: errorData(crash) });
    puppet.fail('run', crash);
    await running;
    expect([session.status, session.running, puppet.ended]).toEqual(['lost', false, true]);
    expect(failures).toEqual([['worker-crashed', 'Training']]);
    puppet.hear({ kind: 'journal', event: { type: 'checkpoint' } as never });
    expect(journal).toEqual([]);
  });

  test('the next run starts a new worker', async () => {
    const { session, puppet } = await opened();
    puppet.hear({ kind: 'failed', error: errorData(crash) });
    const opening = session.open(request);
    await vi.waitFor(() => expect(puppets[1]?.calls).toEqual(['open']));
    puppets[1].done('open');
    expect(await opening).toBe(true);
    expect(session.status).toBe('open');
  });

  test('what was stopped on purpose is no failure', async () => {
    const { session, puppet } = await opened();
    const running = session.run();
    puppet.fail('run', new EspalierError('stopped', 'workerEnded'));
    await running;
    expect(failures).toEqual([]);
  });
});
