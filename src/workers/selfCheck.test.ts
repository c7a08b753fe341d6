import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../engine/engine';
import { createOrtEngine } from '../engine/ortEngine';
import type { PolicyModel } from '../onnx/graph';
import { loadPolicy } from '../onnx/policy';
import { examplePolicy } from './examplePolicy';
import { checkNetwork } from './selfCheck';

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

const verdicts = async (checked: Engine) =>
  (await checkNetwork(checked, model)).map(
    ({ name, largestError, tolerance }) => [name, largestError <= tolerance] as const,
  );

it('passes an engine that computes the policy, and leaves its state as it was', async () => {
  const before = await engine.readState();
  const checks = await checkNetwork(engine, model);
  for (const { largestError } of checks) expect(largestError).toBeLessThan(1e-4);
  expect(await engine.readState()).toEqual(before);
});

it('finds a wrong velocity', async () => {
  const sample: Engine['sample'] = async (request) =>
    (await engine.sample(request)).map((value, i) => (i === 1 ? value * 1.05 : value));
  expect(await verdicts(altered({ sample }))).toEqual([
    ['network, forward', false],
    ['network, gradient', true],
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
    expect(await verdicts(altered({ readState }))).toEqual([
      ['network, forward', true],
      ['network, gradient', false],
    ]);
  }
});
