import { beforeAll, describe, expect, test } from 'vitest';
import type { AlgorithmName } from '../algorithms';
import { resolveSettings } from '../config/resolve';
import type { Settings } from '../config/properties';
import { createOrtEngine } from '../engine/ortEngine';
import type { Engine } from '../engine/engine';
import type { Checkpoint, EventOf, EventType, JournalEvent } from '../journal/events';
import { phaseEvent, phases } from '../journal/events';
import { sampleKeys, normals } from '../kernels/noise/noise.twin';
import { buildPointMlp } from '../onnx/models/mlp';
import { policyFromGraph } from '../onnx/policy';
import type { PolicyModel } from '../onnx/graph';
import { findScene } from '../scenes';
import { Trainer } from './trainer';

let model: PolicyModel;

beforeAll(() => {
  const [key0, key1] = sampleKeys(3, 0, 1);
  const values = new Float32Array(1 << 13);
  normals(key0, key1, 0, values.length, values, 0);
  const graph = buildPointMlp({ width: 16, layers: 2, normal: (i: number) => values[i] });
  model = policyFromGraph(graph);
  // The output layer starts at zero; fill it, so that every weight has a gradient from the first update on.
  for (const { name, offset, length } of model.parameters) {
    if (!name.startsWith('out')) continue;
    for (let i = 0; i < length; i++) model.initialWeights[offset + i] = 0.2 * values[i];
  }
});

interface Run {
  trainer: Trainer;
  engine: Engine;
  events: JournalEvent[];
}

async function open(
  algorithm: AlgorithmName,
  overrides: Partial<Settings> = {},
  checkpoint: Checkpoint | null = null,
): Promise<Run> {
  const engine = await createOrtEngine(model);
  const events: JournalEvent[] = [];
  const trainer = new Trainer({
    scene: findScene('points/ring'),
    algorithm,
    settings: resolveSettings('points/ring', algorithm, {
      trees: 4,
      evaluationSamples: 32,
      evaluationInterval: 2,
      iterations: 3,
      ...overrides,
    }),
    engine,
    model: { name: 'test', sha256: '', parameters: model.parameterLength },
    tier: 'cpu',
    clock: () => 0,
    emit: (event) => events.push(event),
    version: 'test',
    checkpoint,
  });
  await trainer.start();
  return { trainer, engine, events };
}

async function finish({ trainer }: Run): Promise<void> {
  while (!trainer.finished) await trainer.step();
  await trainer.end('finished');
}

const all = <T extends EventType>(events: JournalEvent[], type: T): EventOf<T>[] =>
  events.filter((event): event is EventOf<T> => event.type === type);

describe.each(['flow-grpo', 'branch-grpo'] as const)('%s', (algorithm) => {
  test('goes through the six phases in order and closes its journal', async () => {
    const run = await open(algorithm, { iterations: 1 });
    await finish(run);
    expect(run.events.map(({ type }) => type)).toEqual([
      'run-started',
      'evaluated',
      ...phases.map((phase) => phaseEvent[phase]),
      'evaluated',
      'checkpoint',
      'run-ended',
    ]);
  });

  test('the ratio is 1 before the first update and moves after it', async () => {
    const run = await open(algorithm, { updates: 2 });
    await finish(run);
    for (const { updates } of all(run.events, 'weights-updated')) {
      expect(updates).toHaveLength(2);
      expect(updates[0].ratioDeviation).toBeLessThan(1e-6);
      expect(updates[1].ratioDeviation).toBeGreaterThan(1e-6);
    }
  });

  test('same seed, same journal; another seed, another', async () => {
    const runs = [await open(algorithm), await open(algorithm), await open(algorithm, { seed: 2 })];
    for (const run of runs) await finish(run);
    expect(runs[0].events).toEqual(runs[1].events);
    expect(runs[0].events[2]).not.toEqual(runs[2].events[2]);
  });

  test('training resumed from a checkpoint continues bit for bit', async () => {
    const whole = await open(algorithm);
    await finish(whole);
    const first = await open(algorithm);
    while (first.trainer.iteration < 2) await first.trainer.step();
    const resumed = await open(algorithm, {}, await first.trainer.checkpoint());
    await finish(resumed);
    const from = whole.events.findIndex(
      (event) => event.type === 'evaluated' && event.iteration === 2,
    );
    expect(from).toBeGreaterThan(0);
    expect(resumed.events.slice(1)).toEqual(whole.events.slice(from));
  });
});

test('what is trained does not change what was sampled or how it was rewarded', async () => {
  // Same weights, same seed: only the advantage rule, and so the kept edges, differ.
  const depth = await open('branch-grpo', { iterations: 1 });
  const group = await open('branch-grpo', {
    iterations: 1,
    advantage: 'group',
    advantageBound: 0.5,
  });
  for (const run of [depth, group]) await finish(run);
  expect(all(depth.events, 'tree-grown')).toEqual(all(group.events, 'tree-grown'));
  expect(all(depth.events, 'leaves-scored')).toEqual(all(group.events, 'leaves-scored'));
  expect(all(depth.events, 'weights-updated')).not.toEqual(all(group.events, 'weights-updated'));
});

test('the learning rate decays: the same first update, smaller ones after it', async () => {
  const plain = await open('branch-grpo', { updates: 1 });
  const decaying = await open('branch-grpo', { updates: 1, learningRateDecay: 1 });
  const moves: number[][] = [[], []];
  for (const [i, { trainer }] of [plain, decaying].entries()) {
    let { weights } = (await trainer.checkpoint()).state;
    while (!trainer.finished) {
      if ((await trainer.step()) !== 'update') continue;
      const after = (await trainer.checkpoint()).state.weights;
      moves[i].push(after.reduce((sum, w, at) => sum + Math.abs(w - weights[at]), 0));
      weights = after;
    }
  }
  expect(moves[1][0]).toBe(moves[0][0]);
  const last = moves[0].length - 1;
  expect(moves[1][last] / moves[0][last]).toBeLessThan(0.7);
});

test('equal rewards leave the weights alone', async () => {
  const run = await open('branch-grpo', { reward: 'landscape' });
  await finish(run);
  expect(all(run.events, 'weights-updated').every(({ updates }) => updates.length === 0)).toBe(
    true,
  );
  const { weights, reference } = all(run.events, 'checkpoint')[0].state;
  expect(weights).toEqual(reference);
});

test('a painted landscape is used from the next scoring on', async () => {
  const run = await open('branch-grpo', { reward: 'landscape', iterations: 2 });
  while (run.trainer.iteration < 1) await run.trainer.step();
  run.trainer.paint({ size: 2, extent: 100, values: new Float32Array(4).fill(0.5) });
  await finish(run);
  const scored = all(run.events, 'leaves-scored');
  expect(scored.map(({ mean }) => mean)).toEqual([0, 0.5]);
});

test('a reference weight pulls the policy back towards the reference', async () => {
  const distances: number[] = [];
  for (const referenceWeight of [1e-6, 3]) {
    const run = await open('flow-grpo', { referenceWeight, iterations: 6, learningRate: 3e-3 });
    await finish(run);
    const updates = all(run.events, 'weights-updated');
    distances.push(updates[updates.length - 1].updates[1].referenceLoss!);
  }
  expect(distances[1]).toBeLessThan(distances[0]);
});

test('without a reference weight the CPU tier runs no reference, and says that it measured none', async () => {
  const run = await open('flow-grpo', { referenceWeight: 0, iterations: 1, updates: 1 });
  await finish(run);
  const [{ updates }] = all(run.events, 'weights-updated');
  expect(updates[0]).toMatchObject({ referenceLoss: null, forwardEvaluations: 0 });
});

test('weights that explode fail by name', async () => {
  const run = await open('flow-grpo');
  const state = await run.engine.readState();
  await run.engine.writeState({ ...state, weights: state.weights.map((w) => w * 1e30) });
  const twoPhases = run.trainer.step().then(() => run.trainer.step());
  await expect(twoPhases).rejects.toMatchObject({ code: 'not-a-number' });
});

describe('holding all steps to the reference', () => {
  const split: Partial<Settings> = { stochasticSteps: 'split', splitSteps: [0, 1] };
  const weights = async (overrides: Partial<Settings>): Promise<Float32Array> => {
    const run = await open('branch-grpo', { ...split, ...overrides });
    await finish(run);
    return (await run.engine.readState()).weights;
  };

  test('keeps late velocities nearer to the reference than holding the stochastic ones alone', async () => {
    const drift = async (referenceSteps: Settings['referenceSteps']): Promise<number> => {
      const run = await open('branch-grpo', {
        ...split,
        ...{ referenceSteps, referenceWeight: 1, iterations: 8, evaluationInterval: 8 },
      });
      const latents = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));
      const request = { latents, sigmas: new Float32Array(16).fill(0.2), conditions: null };
      const before = await run.engine.velocities(request);
      await finish(run);
      const after = await run.engine.velocities(request);
      return after.reduce((sum, v, i) => sum + (v - before[i]) ** 2, 0);
    };
    expect(await drift('all')).toBeLessThan(0.5 * (await drift('stochastic')));
  });

  test('changes nothing where the reference has no weight', async () => {
    const alone = await weights({ referenceSteps: 'stochastic', referenceWeight: 0 });
    expect(await weights({ referenceSteps: 'all', referenceWeight: 0 })).toEqual(alone);
  });
});
