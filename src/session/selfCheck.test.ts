import { afterAll, beforeAll, expect, it } from 'vitest';
import { EspalierError } from '../core/errors';
import type { Engine } from '../engine/engine';
import { createOrtEngine } from '../engine/ortEngine';
import type { PolicyModel } from '../onnx/graph';
import { loadPolicy } from '../onnx/policy';
import { examplePolicy } from './examplePolicy';
import { checkAgainstOrt, checkEngine } from './selfCheck';

let model: PolicyModel;
let engine: Engine;

beforeAll(async () => {
  model = loadPolicy(examplePolicy());
  engine = await createOrtEngine(model);
});

afterAll(() => engine.destroy());

/** The engine with some of its answers changed. */
const altered = (change: Partial<Engine>): Engine =>
  Object.assign(Object.create(engine) as Engine, {
    rollout: engine.rollout.bind(engine),
    update: engine.update.bind(engine),
    sample: engine.sample.bind(engine),
    readState: engine.readState.bind(engine),
    writeState: engine.writeState.bind(engine),
    ...change,
  });

const complaints = async (checked: Engine): Promise<readonly string[]> => {
  const error: unknown = await checkEngine(checked, model).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EspalierError);
  expect((error as EspalierError).code).toBe('self-check');
  return (error as EspalierError).details;
};

it('passes an engine that computes the policy, and leaves its state as it was', async () => {
  const before = await engine.readState();
  const { checks, outputs } = await checkEngine(engine, model);
  for (const { largestError } of checks) expect(largestError).toBeLessThan(1e-4);
  expect(await engine.readState()).toEqual(before);
  expect(outputs.gradient).toHaveLength(model.parameterLength);
});

it('finds a wrong velocity', async () => {
  const sample: Engine['sample'] = async (request) =>
    (await engine.sample(request)).map((value, i) => (i === 1 ? value * 1.05 : value));
  expect(await complaints(altered({ sample }))).toEqual([
    expect.stringMatching(/^network, forward: off by/),
  ]);
});

it('finds a wrong gradient of a single weight, and one that is not a number', async () => {
  for (const wrong of [0.01, NaN]) {
    let reads = 0;
    const readState: Engine['readState'] = async () => {
      const state = await engine.readState();
      // The first reading is what is put back in the end.
      if (reads++ > 0) state.firstMoment[0] += wrong;
      return state;
    };
    expect(await complaints(altered({ readState }))).toEqual([
      expect.stringMatching(/^network, gradient: off by/),
    ]);
  }
});

it('takes an update that refuses its numbers for a wrong gradient', async () => {
  const update: Engine['update'] = () =>
    Promise.reject(new EspalierError('not-a-number', 'updateNotFinite'));
  expect(await complaints(altered({ update }))).toEqual([
    'network, gradient: off by NaN where 0.001 is allowed',
  ]);
});

it('compares what an engine made of its inputs with ONNX Runtime', async () => {
  const { outputs } = await checkEngine(engine, model);
  const checks = await checkAgainstOrt(outputs, model);
  expect(checks.map(({ name }) => name)).toEqual([
    'network, forward, against ONNX Runtime',
    'network, gradient, against ONNX Runtime',
  ]);
  for (const { largestError } of checks) expect(largestError).toBe(0);
  const velocity = outputs.velocity.map((value, i) => (i === 1 ? value * 1.05 : value));
  const gradient = outputs.gradient!.map((value, i) => (i === 1 ? NaN : value));
  for (const wrong of [{ velocity }, { gradient }, { gradient: null }]) {
    const error = checkAgainstOrt({ ...outputs, ...wrong }, model);
    await expect(error).rejects.toMatchObject({ code: 'self-check' });
  }
});
