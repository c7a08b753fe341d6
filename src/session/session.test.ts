import { afterEach, describe, expect, it } from 'vitest';
import { EspalierError } from '../core/errors';
import { sha256 } from '../core/sha256';
import type { Settings } from '../config/properties';
import { checkpointPolicy } from '../journal/events';
import { exampleCheckpoint } from '../journal/exampleJournal';
import { checkContinues } from './resume';
import type { JournalEvent } from '../journal/events';
import { decodeJournal, encodeJournal, journalBytes } from '../journal/file';
import { Journal } from '../journal/journal';
import { examplePolicy, exampleRequest } from './examplePolicy';
import type { RunRequest, WorkerEvent } from './protocol';
import { TrainingSession } from './session';

const sessions: TrainingSession[] = [];

interface Told {
  session: TrainingSession;
  told: WorkerEvent[];
  journal: () => JournalEvent[];
}

function newSession(files: Record<string, Uint8Array> = {}, gpu?: GPU): Told {
  const told: WorkerEvent[] = [];
  let time = 0;
  const session = new TrainingSession((event) => told.push(event), {
    gpu: () => Promise.resolve(gpu),
    fetchModel: (file) =>
      file in files
        ? Promise.resolve(files[file])
        : Promise.reject(new EspalierError('bad-model', 'policyNotThere', { file })),
    clock: () => time++,
  });
  sessions.push(session);
  const journal = () => told.flatMap((event) => (event.kind === 'journal' ? [event.event] : []));
  return { session, told, journal };
}

afterEach(async () => {
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

async function wholeRun(request: RunRequest): Promise<JournalEvent[]> {
  const { session, journal } = newSession();
  await session.open(request);
  await session.run();
  return journal();
}

const places = (events: JournalEvent[]) => events.map(({ type, iteration }) => [type, iteration]);

describe('a machine without WebGPU', () => {
  it('is found to have the CPU tier, with the reason in words', async () => {
    const { session } = newSession();
    expect(await session.probe()).toEqual({
      tier: 'cpu',
      adapter: '',
      hardware: false,
      engines: ['ort-wasm'],
      reason: 'This environment has no WebGPU.',
    });
  });

  it('gets the CPU engine when the choice is left to it', async () => {
    const { session } = newSession();
    const { run, selfCheck } = await session.open(exampleRequest({}, { engine: 'auto' }));
    expect([run.engine, run.tier, selfCheck]).toEqual(['ort-wasm', 'cpu', []]);
  });

  it('refuses a WebGPU engine by name, and can open another run afterwards', async () => {
    const { session } = newSession();
    const { code } = await failure(session.open(exampleRequest({}, { engine: 'wgsl' })));
    expect(code).toBe('no-adapter');
    await session.open(exampleRequest());
  });
});

describe('opening', () => {
  it('says what it is doing, up to being ready', async () => {
    const { session, told } = newSession();
    await session.open(exampleRequest());
    const texts = told.flatMap((event) => (event.kind === 'progress' ? [event.text] : []));
    expect(texts[0]).toBe('Fetching the policy');
    expect(texts[texts.length - 1]).toBe('Ready');
  });

  it('names the policy by its hash and its number of weights', async () => {
    const { session } = newSession();
    const { run } = await session.open(exampleRequest());
    expect(run.model.name).toBe('example.onnx');
    expect(run.model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(run.model.parameters).toBeGreaterThan(100);
  });

  it('takes the scene’s own policy where none is given', async () => {
    const { model } = exampleRequest();
    const { session } = newSession({ 'points-ring.onnx': model!.bytes });
    const { run } = await session.open(exampleRequest({}, { model: null }));
    expect(run.model.name).toBe('points-ring.onnx');
  });

  it('refuses a file that is no policy, and an unknown scene', async () => {
    const { session, journal } = newSession();
    const model = { name: 'x.onnx', bytes: new TextEncoder().encode('<!doctype html>') };
    expect((await failure(session.open(exampleRequest({}, { model })))).code).toBe('bad-model');
    const unknown = exampleRequest({}, { scene: 'points/cube' });
    expect((await failure(session.open(unknown))).code).toBe('bad-setting');
    expect(journal()).toEqual([]);
  });

  it('keeps the run that is open when the next one’s policy is refused', async () => {
    const { session, journal } = newSession();
    await session.open(exampleRequest());
    const model = { name: 'x.onnx', bytes: new TextEncoder().encode('<!doctype html>') };
    await failure(session.open(exampleRequest({}, { model })));
    await session.step('phase');
    expect(journal().map(({ type }) => type)).toEqual(['run-started', 'evaluated', 'tree-grown']);
  });

  it('ends the run that was open before', async () => {
    const { session, journal } = newSession();
    await session.open(exampleRequest());
    await session.open(exampleRequest({ seed: 2 }));
    expect(journal().map(({ type }) => type)).toEqual([
      'run-started',
      'checkpoint',
      'run-ended',
      'run-started',
    ]);
  });
});

describe('a run', () => {
  it('writes a journal that a file accepts and that says it finished', async () => {
    const events = await wholeRun(exampleRequest());
    const journal = new Journal(await decodeJournal(await encodeJournal(events)));
    expect(journal.iterationCount).toBe(3);
    expect(journal.ended?.reason).toBe('finished');
    expect(journal.series('reward').x).toEqual([0, 2, 3]);
  });

  it('is the same byte for byte when its seed is, but for the clock', async () => {
    const clockless = { withoutClock: true };
    const [first, second, other] = [
      await wholeRun(exampleRequest()),
      await wholeRun(exampleRequest()),
      await wholeRun(exampleRequest({ seed: 2 })),
    ].map((events) => journalBytes(events, clockless));
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('goes on from a checkpoint as if it had never stopped', async () => {
    const whole = await wholeRun(exampleRequest({ iterations: 4 }));
    const half = await wholeRun(exampleRequest({ iterations: 2 }));
    const checkpoint = new Journal(half).checkpoint;
    const rest = await wholeRun(exampleRequest({ iterations: 4 }, { checkpoint }));
    const from2 = (events: JournalEvent[]) =>
      events.filter(({ type, iteration }) => type !== 'run-started' && iteration >= 2);
    const clockless = { withoutClock: true };
    expect(journalBytes(from2(rest), clockless)).toEqual(journalBytes(from2(whole), clockless));
  });

  it('goes on only with the policy that was trained, though another is as large, and keeps its run', async () => {
    const { checkpoint } = new Journal(await wholeRun(exampleRequest({ iterations: 2 })));
    const model = { name: 'other.onnx', bytes: examplePolicy({ seed: 9 }) };
    const { session } = newSession();
    await session.open(exampleRequest());
    const request = exampleRequest({ iterations: 4 }, { model, checkpoint });
    const refused = await failure(session.open(request));
    expect(refused.code).toBe('bad-model');
    expect(refused.message).toBe('The run trained example.onnx, and other.onnx is another policy.');
    expect(refused.hint).toContain(sha256(examplePolicy()));
    await session.run();
  });

  it('goes on only with the same weights trained: a LoRA of another rank is another thing', () => {
    const { settings } = exampleRequest({ trainedWeights: 'lora', loraRank: 8 });
    const model = { name: 'dit.onnx', sha256: 'ab', parameters: 4 };
    const checkpoint = { ...exampleCheckpoint(1), policy: checkpointPolicy(model, settings) };
    const others: Partial<Settings>[] = [{ loraRank: 4 }, { trainedWeights: 'blocks' }];
    expect(() => checkContinues(checkpoint, model, settings)).not.toThrow();
    for (const other of others) {
      const goOn = (): void => checkContinues(checkpoint, model, { ...settings, ...other });
      expect(goOn).toThrow('other weights of the policy (lora 8)');
    }
  });

  it('keeps nothing of a policy of another size', async () => {
    const { session } = newSession();
    const model = { name: 'example.onnx', sha256: sha256(examplePolicy()), parameters: 4 };
    const checkpoint = {
      iteration: 1,
      policy: checkpointPolicy(model, exampleRequest().settings),
      state: {
        weights: new Float32Array(4),
        reference: new Float32Array(4),
        firstMoment: new Float32Array(4),
        secondMoment: new Float32Array(4),
        updates: 1,
      },
    };
    const { code } = await failure(session.open(exampleRequest({}, { checkpoint })));
    expect(code).toBe('bad-file');
    expect((await failure(session.run())).code).toBe('stopped');
  });
});

describe('steps', () => {
  it('go on by exactly one phase, or to the end of the iteration', async () => {
    const { session, journal, told } = newSession();
    await session.open(exampleRequest());
    await session.step('phase');
    await session.step('phase');
    expect(places(journal()).slice(-2)).toEqual([
      ['tree-grown', 0],
      ['leaves-scored', 0],
    ]);
    await session.step('iteration');
    expect(places(journal()).slice(-1)).toEqual([['weights-updated', 0]]);
    expect(told[told.length - 1]).toEqual({
      kind: 'state',
      iteration: 1,
      nextPhase: 'rollout',
      running: false,
    });
    await session.step('iteration');
    expect(places(journal()).slice(-1)).toEqual([['weights-updated', 1]]);
  });

  it('asked for at once are taken one after the other', async () => {
    const { session, journal } = newSession();
    await session.open(exampleRequest());
    await Promise.all([session.step('phase'), session.step('phase'), session.step('phase')]);
    const types = journal().map(({ type }) => type);
    expect(types.slice(-3)).toEqual(['tree-grown', 'leaves-scored', 'rewards-fused']);
  });

  it('end a run like running does', async () => {
    const { session, journal } = newSession();
    await session.open(exampleRequest({ iterations: 1 }));
    await session.step('iteration');
    expect(journal().at(-1)).toMatchObject({ type: 'run-ended', reason: 'finished' });
    await session.run();
    expect(journal().filter(({ type }) => type === 'run-ended')).toHaveLength(1);
  });
});

describe('pausing', () => {
  it('stands still after the phase in progress, and running goes on from there', async () => {
    const { session, journal, told } = newSession();
    await session.open(exampleRequest());
    const running = session.run();
    await session.pause();
    await running;
    const standing = journal().length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(journal().length).toBe(standing);
    expect(told[told.length - 1]).toMatchObject({ kind: 'state', running: false });
    await session.run();
    expect(journal().at(-1)?.type).toBe('run-ended');
    const undisturbed = await wholeRun(exampleRequest());
    const clockless = { withoutClock: true };
    expect(journalBytes(journal(), clockless)).toEqual(journalBytes(undisturbed, clockless));
  });

  it('tells running as long as training goes on by itself', async () => {
    const { session, told } = newSession();
    await session.open(exampleRequest());
    await session.run();
    const states = told.flatMap((event) => (event.kind === 'state' ? [event.running] : []));
    expect(states.slice(0, 2)).toEqual([false, true]);
    expect(states.slice(-1)).toEqual([false]);
    expect(states.filter((running) => running).length).toBeGreaterThan(15);
  });
});

describe('while a run is going on', () => {
  it('a checkpoint is taken between two phases', async () => {
    const { session, journal } = newSession();
    await session.open(exampleRequest());
    const running = session.run();
    const { iteration, state } = await session.checkpoint();
    await running;
    expect(iteration).toBeLessThan(3);
    expect(state.weights.length).toBe(state.reference.length);
    expect(journal().at(-1)?.type).toBe('run-ended');
  });

  it('a painted landscape counts from then on', async () => {
    const { session, journal } = newSession();
    await session.open(exampleRequest({ reward: 'landscape' }));
    await session.step('iteration');
    const values = new Float32Array(16).fill(0.5);
    await session.paint({ size: 4, extent: 4, values });
    await session.step('iteration');
    const scores = journal().filter((event) => event.type === 'leaves-scored');
    expect(scores.map(({ mean }) => mean > 0)).toEqual([false, true]);
    expect(places(journal())).toContainEqual(['landscape-painted', 1]);
  });

  it('where exploration pays is measured in mid-iteration, and the run does not notice', async () => {
    const { session, journal, told } = newSession();
    await session.open(exampleRequest());
    await session.step('phase');
    const profile = await session.profile();
    await session.run();
    expect(profile).toHaveLength(exampleRequest().settings.steps - 1);
    for (const { spread } of profile) expect(spread).toBeGreaterThan(0);
    const texts = told.flatMap((event) => (event.kind === 'progress' ? [event.text] : []));
    expect(texts).toContain('Measuring where exploration pays');
    const undisturbed = await wholeRun(exampleRequest());
    const clockless = { withoutClock: true };
    expect(journalBytes(journal(), clockless)).toEqual(journalBytes(undisturbed, clockless));
  });

  it('stopping writes a checkpoint and the end, once', async () => {
    const { session, journal } = newSession();
    await session.open(exampleRequest());
    const running = session.run();
    await session.stop();
    await session.stop();
    await running;
    const types = journal().map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['checkpoint', 'run-ended']);
    expect(types.filter((type) => type === 'run-ended')).toHaveLength(1);
    expect((await failure(session.step('phase'))).code).toBe('stopped');
    expect((await failure(session.checkpoint())).code).toBe('stopped');
  });
});

describe('a run that goes wrong', () => {
  it('ends by name with the weights of before, and says so once', async () => {
    const { session, journal, told } = newSession();
    await session.open(exampleRequest({ reward: 'landscape' }));
    await session.paint({ size: 1, extent: 1, values: new Float32Array([NaN]) });
    const { code } = await failure(session.run());
    expect(code).toBe('not-a-number');
    expect(told.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    const read = new Journal(await decodeJournal(await encodeJournal(journal())));
    expect(read.ended).toMatchObject({ reason: 'failed', error: { code: 'not-a-number' } });
    const { state } = await session.checkpoint();
    expect(state.weights).toEqual(state.reference);
    expect((await failure(session.run())).code).toBe('not-a-number');
    await session.open(exampleRequest());
    await session.run();
    expect(journal().at(-1)).toMatchObject({ type: 'run-ended', reason: 'finished' });
  });
});
