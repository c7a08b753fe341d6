import { expose } from 'comlink';
import { afterEach, describe, expect, it } from 'vitest';
import { EspalierError } from '../core/errors';
import { exampleJournal } from '../journal/exampleJournal';
import { TrainingClient } from './client';
import type { ClientOptions, WorkerLike } from './client';
import { carryErrors, postEvent } from './messages';
import type { Introduction } from './messages';
import type { RunRequest, TrainingApi, WorkerEvent } from '../session/protocol';

const never = () => new Promise<never>(() => undefined);

/** Stands in for a worker: the same ports and comlink on the far side, but in this thread. */
class FakeWorker extends EventTarget implements WorkerLike {
  terminated = false;
  introduction: Introduction | null = null;

  constructor(
    private readonly api: Partial<TrainingApi> = {},
    private readonly answers = true,
  ) {
    super();
  }

  postMessage(message: Introduction): void {
    this.introduction = message;
    if (!this.answers) return;
    carryErrors();
    expose(this.api, message.port);
    this.emit({ kind: 'ready' });
  }

  emit(event: WorkerEvent): void {
    postEvent(this.introduction!.port, event);
  }

  crash(message: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message }));
  }

  terminate(): void {
    this.terminated = true;
    this.introduction?.port.close();
  }
}

const clients: TrainingClient[] = [];
const workers: FakeWorker[] = [];

async function startWith(
  api: Partial<TrainingApi>,
  timeouts: ClientOptions['timeouts'] = {},
): Promise<{ client: TrainingClient; worker: FakeWorker; events: WorkerEvent[] }> {
  const worker = new FakeWorker(api);
  workers.push(worker);
  const events: WorkerEvent[] = [];
  const options = { createWorker: () => worker, timeouts };
  const client = await TrainingClient.start((event) => events.push(event), options);
  clients.push(client);
  return { client, worker, events };
}

afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
  workers.length = 0;
});

const failure = async (promise: Promise<unknown>): Promise<EspalierError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EspalierError);
  return error as EspalierError;
};

const someTime = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('starting', () => {
  it('waits for the worker to say that it is ready', async () => {
    const { events, client } = await startWith({});
    expect(events).toEqual([{ kind: 'ready' }]);
    expect(client.alive).toBe(true);
  });

  it('gives up on a worker that never says so, and ends it', async () => {
    const worker = new FakeWorker({}, false);
    const options = { createWorker: () => worker, timeouts: { start: 10 } };
    const { code } = await failure(TrainingClient.start(() => undefined, options));
    expect(code).toBe('timed-out');
    expect(worker.terminated).toBe(true);
  });

  it('fails by name when the worker’s script cannot run', async () => {
    const worker = new FakeWorker({}, false);
    const starting = TrainingClient.start(() => undefined, { createWorker: () => worker });
    worker.crash('SyntaxError');
    const { code, message } = await failure(starting);
    expect(code).toBe('worker-crashed');
    expect(message).toContain('SyntaxError');
    expect(worker.terminated).toBe(true);
  });
});

describe('a call', () => {
  it('brings its arguments there and its result back', async () => {
    const checkpoint = {
      iteration: 3,
      policy: { name: 'example.onnx', sha256: 'ab', trained: 'all' },
      state: {
        weights: new Float32Array([1, 2]),
        reference: new Float32Array(2),
        firstMoment: new Float32Array(2),
        secondMoment: new Float32Array(2),
        updates: 6,
      },
    };
    let unit = '';
    const { client } = await startWith({
      checkpoint: () => Promise.resolve(checkpoint),
      step: (given) => Promise.resolve(void (unit = given)),
    });
    expect(await client.checkpoint()).toEqual(checkpoint);
    await client.step('iteration');
    expect(unit).toBe('iteration');
  });

  it('rejects with the worker’s error: code, name, parameters, words and details', async () => {
    const params = { node: 'Gemm_0', op: 'Gemm', problem: 'no bias' };
    const refused = new EspalierError('bad-model', 'node', params, ['one', 'two']);
    const { client } = await startWith({ open: () => Promise.reject(refused) });
    const error = await failure(client.open({} as RunRequest));
    expect({ ...error, message: error.message }).toEqual({
      ...refused,
      message: 'The node "Gemm_0" (Gemm) does not fit: no bias.',
    });
  });

  it('keeps the message of an error nobody foresaw', async () => {
    const { client } = await startWith({
      pause: () => Promise.reject(new TypeError('x is not a function')),
    });
    await expect(client.pause()).rejects.toThrow('x is not a function');
  });

  it('rejects when an argument cannot be sent', async () => {
    const { client } = await startWith({ open: never });
    await expect(client.open({ model: () => 1 } as unknown as RunRequest)).rejects.toThrow();
  });

  it('is given up after its time, and the client lives on', async () => {
    const { client } = await startWith(
      { probe: never, pause: () => Promise.resolve() },
      { probe: 10 },
    );
    const { code, message } = await failure(client.probe());
    expect(code).toBe('timed-out');
    expect(message).toContain('"probe"');
    await client.pause();
  });

  it('is waited for as long as progress is told', async () => {
    const { client, worker } = await startWith(
      {
        open: async () => {
          for (let i = 0; i < 20; i++) {
            await someTime();
            worker.emit({ kind: 'progress', text: 'Fetching the policy', fraction: i / 20 });
          }
          throw new EspalierError('bad-model', 'notOnnx');
        },
      },
      { open: 250 },
    );
    expect((await failure(client.open({} as RunRequest))).code).toBe('bad-model');
  });
});

describe('a crash', () => {
  it('rejects everything pending, is told once, and ends the worker', async () => {
    const { client, worker, events } = await startWith({ run: never, checkpoint: never });
    const pending = [client.run(), client.checkpoint()].map(failure);
    worker.crash('out of memory');
    worker.crash('again');
    for (const { code } of await Promise.all(pending)) expect(code).toBe('worker-crashed');
    expect(events.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    expect(worker.terminated).toBe(true);
    expect(client.alive).toBe(false);
  });

  it('is also a message that cannot be read', async () => {
    const { client, worker } = await startWith({ run: never });
    const running = failure(client.run());
    worker.dispatchEvent(new Event('messageerror'));
    expect((await running).code).toBe('worker-crashed');
  });

  it('refuses later calls', async () => {
    const { client, worker } = await startWith({ pause: () => Promise.resolve() });
    worker.crash('');
    expect((await failure(client.pause())).code).toBe('worker-crashed');
  });
});

describe('terminate', () => {
  it('leaves nothing pending and emits nothing any more', async () => {
    const { client, worker, events } = await startWith({ run: never, open: never, step: never });
    const pending = [client.run(), client.open({} as RunRequest), client.step('phase')];
    const outcomes = pending.map(failure);
    worker.emit({ kind: 'progress', text: 'too late', fraction: 0 });
    client.terminate();
    for (const { code } of await Promise.all(outcomes)) expect(code).toBe('stopped');
    await someTime();
    expect(events).toEqual([{ kind: 'ready' }]);
    expect(worker.terminated).toBe(true);
    expect((await failure(client.probe())).code).toBe('stopped');
  });
});

describe('journal events', () => {
  it('have all arrived when the call that caused them is answered', async () => {
    const journal = exampleJournal({ iterations: 20 });
    const { client, events } = await startWith({
      run: async () => {
        for (const event of journal) workers[0].emit({ kind: 'journal', event });
      },
    });
    await client.run();
    expect(events.length).toBe(1 + journal.length);
  });

  it('arrive in order and whole, while the sender keeps its arrays', async () => {
    const { worker, events } = await startWith({});
    const journal = exampleJournal();
    for (const event of journal) worker.emit({ kind: 'journal', event });
    await someTime();
    expect(events.slice(1)).toEqual(journal.map((event) => ({ kind: 'journal', event })));
    const sent = journal.find((event) => event.type === 'tree-grown');
    expect(sent?.latents.length).toBe(20);
  });

  it('bring only their own part of a larger buffer', async () => {
    const { worker, events } = await startWith({});
    const large = new Float32Array(1000).fill(2);
    const event = {
      type: 'advantages-set' as const,
      advantages: large.subarray(10, 14),
      iteration: 0,
      milliseconds: 0,
    };
    worker.emit({ kind: 'journal', event });
    await someTime();
    const received = events[1];
    if (received.kind !== 'journal' || received.event.type !== 'advantages-set') throw new Error();
    expect(received.event.advantages.buffer.byteLength).toBe(16);
    expect(large.length).toBe(1000);
  });
});
