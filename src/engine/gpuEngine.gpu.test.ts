import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import type { TreeShape } from '../core/tree';
import type { OpenDevice } from '../gpu/device';
import { openNodeDevice } from '../gpu/nodeGpu';
import { sampleKeys } from '../kernels/noise/noise.twin';
import { largestError, largestErrorOfScale } from '../kernels/shared/scratch';
import type { PolicyModel } from '../onnx/graph';
import { GraphBuilder } from '../onnx/builder';
import { Initialiser, linear } from '../onnx/models/layers';
import { buildPointMlp } from '../onnx/models/mlp';
import { testNormal } from '../onnx/models/testNormal';
import type { Engine, EngineState, UpdateStatistics } from './engine';
import { createGpuEngine } from './gpuEngine';
import type { GpuEngine, GpuEngineOptions } from './gpuEngine';
import { createOrtEngine } from './ortEngine';
import {
  branching,
  objective,
  optimizer,
  randomPolicy,
  rolloutRequest,
  rowCount,
  updateRequest,
} from './testRuns';

const normal = testNormal(3);
const mlp = (dimensions: number, conditionSize = 0): PolicyModel =>
  randomPolicy(
    buildPointMlp({
      ...{ width: 8, layers: 1, timeFeatures: 4, maxFrequency: 5 },
      ...{ normal, dimensions, conditionSize },
    }),
  );
const points = mlp(2);

/** v = W·x + b: compiles in no time. */
function linearPolicy(): PolicyModel {
  const builder = new GraphBuilder('linear');
  const x = builder.input('x', [-1, 2]);
  builder.input('t', [-1]);
  const layer = { inputs: 2, outputs: 2, output: 'v' };
  builder.output(linear(builder, new Initialiser(normal), 'out', x, layer));
  return randomPolicy(builder.build());
}

let open: OpenDevice & { release(): void };
const engines: Engine[] = [];
beforeAll(async () => {
  open = await openNodeDevice();
});
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});
afterAll(() => open.release());

async function gpuEngine(model: PolicyModel, options?: GpuEngineOptions): Promise<GpuEngine> {
  const engine = await createGpuEngine(open.device, model, options);
  engines.push(engine);
  return engine;
}

async function cpuEngine(model: PolicyModel): Promise<Engine> {
  const engine = await createOrtEngine(model);
  engines.push(engine);
  return engine;
}

function expectSameStatistics(actual: UpdateStatistics, expected: UpdateStatistics): void {
  const figures = (s: UpdateStatistics): number[] => [
    s.policyLoss,
    s.referenceLoss ?? NaN,
    s.ratioMean,
    s.ratioDeviation,
    s.clipFraction,
    s.gradientNorm,
  ];
  expect(largestError(figures(actual), figures(expected))).toBeLessThan(1e-3);
  expect(actual.gradientEvaluations).toBe(expected.gradientEvaluations);
}

function expectSameState(actual: EngineState, expected: EngineState, tolerance: number): void {
  expect(largestErrorOfScale(actual.weights, expected.weights)).toBeLessThan(tolerance);
  expect(largestErrorOfScale(actual.firstMoment, expected.firstMoment)).toBeLessThan(
    tolerance * 10,
  );
  expect(largestErrorOfScale(actual.secondMoment, expected.secondMoment)).toBeLessThan(
    tolerance * 10,
  );
  expect(actual.reference).toEqual(expected.reference);
  expect(actual.updates).toBe(expected.updates);
}

const cases: readonly (readonly [string, PolicyModel, Float32Array | null])[] = [
  ['points', points, null],
  ['five dimensions with conditions', mlp(5, 3), Float32Array.of(0.1, 0.2, 0.3, -0.4, 0.5, -0.6)],
  ['forty dimensions', mlp(40), null],
];

describe.each(cases)('%s', (_, model, conditions) => {
  it('the same seed grows the trees of the CPU tier, and an update moves the weights alike', async () => {
    const gpu = await gpuEngine(model);
    const cpu = await cpuEngine(model);
    const request = rolloutRequest(branching, { conditions });
    const onGpu = await gpu.rollout(request);
    const onCpu = await cpu.rollout(request);
    expect(largestError(onGpu.latents, onCpu.latents)).toBeLessThan(1e-3);
    expect(largestError(onGpu.logProbs, onCpu.logProbs)).toBeLessThan(1e-3);
    expect(largestError(onGpu.velocities, onCpu.velocities)).toBeLessThan(1e-3);
    const update = updateRequest(request, onCpu);
    for (let step = 0; step < 3; step++) {
      expectSameStatistics(await gpu.update(update), await cpu.update(update));
    }
    expectSameState(await gpu.readState(), await cpu.readState(), 1e-3);
  });

  it('samples are those of the CPU tier', async () => {
    const keys = sampleKeys(9, 0, 6);
    const steps = samplerSteps('ode', 0, sigmaSchedule(3), () => true);
    const cond = conditions && Float32Array.of(...conditions, ...conditions, ...conditions);
    const request = { keys, steps, conditions: cond };
    const onGpu = await (await gpuEngine(model)).sample(request);
    const onCpu = await (await cpuEngine(model)).sample(request);
    expect(onGpu.length).toBe(onCpu.length);
    expect(largestError(onGpu, onCpu)).toBeLessThan(1e-3);
  });
});

describe('ratios', () => {
  it.each([1, 3, 7, 64])('are 1 at unchanged weights with batches of %i', async (batch) => {
    const gpu = await gpuEngine(points, { forwardBatch: batch, gradientBatch: batch });
    for (const reduction of ['sum', 'mean'] as const) {
      const request = rolloutRequest(branching, { reduction });
      const update = updateRequest(request, await gpu.rollout(request), {
        optimizer: { ...optimizer, learningRate: 0, weightDecay: 0 },
      });
      const { ratioDeviation, ratioMean } = await gpu.update(update);
      expect(ratioDeviation).toBeLessThan(1e-6);
      expect(ratioMean).toBeCloseTo(1, 6);
    }
  });
});

describe('batches', () => {
  it('micro-batches give the rollout and the update of one batch', async () => {
    const whole = await gpuEngine(points);
    const parts = await gpuEngine(points, { forwardBatch: 3, gradientBatch: 5 });
    const request = rolloutRequest(branching);
    const first = await whole.rollout(request);
    const second = await parts.rollout(request);
    expect(largestError(second.latents, first.latents)).toBeLessThan(1e-6);
    expect(first.velocities).toHaveLength(2 * (2 + 4 + 4 + 8));
    expect(largestError(second.velocities, first.velocities)).toBeLessThan(1e-6);
    const update = updateRequest(request, first);
    expect(rowCount(update)).toBeGreaterThan(10);
    expectSameStatistics(await parts.update(update), await whole.update(update));
    expectSameState(await parts.readState(), await whole.readState(), 1e-5);
  });

  it('a smaller forest after a larger one is grown like the first', async () => {
    const larger: TreeShape = { ...branching, trees: 5, splitSteps: [0, 1, 2] };
    const request = rolloutRequest(branching);
    const fresh = await gpuEngine(points);
    const used = await gpuEngine(points);
    await used.rollout(rolloutRequest(larger));
    await used.rollout(request);
    await used.rollout(rolloutRequest({ ...larger, steps: 6 }));
    expect(await used.rollout(request)).toEqual(await fresh.rollout(request));
  });

  it('samples drawn between rollout and update do not disturb the update', async () => {
    const calm = await gpuEngine(points);
    const busy = await gpuEngine(points);
    const request = rolloutRequest(branching);
    const update = updateRequest(request, await calm.rollout(request));
    await busy.rollout(request);
    const steps = samplerSteps('ode', 0, sigmaSchedule(5), () => true);
    await busy.sample({ keys: sampleKeys(1, 2, 50), steps, conditions: null });
    expect(await busy.update(update)).toEqual(await calm.update(update));
    expect(await busy.readState()).toEqual(await calm.readState());
  });
});

describe('submissions', () => {
  it('a rollout is one submit, and so is an update', async () => {
    const gpu = await gpuEngine(points);
    const request = rolloutRequest(branching);
    const before = gpu.statistics;
    const rollout = await gpu.rollout(request);
    const between = gpu.statistics;
    await gpu.update(updateRequest(request, rollout));
    const after = gpu.statistics;
    expect(between.submits - before.submits).toBe(1);
    expect(after.submits - between.submits).toBe(1);
    expect(between.dispatches - before.dispatches).toBeGreaterThan(2 * branching.steps);
    expect(after.dispatches).toBeGreaterThan(between.dispatches);
    expect(after.gpuBytes).toBeGreaterThan(points.parameterLength * 5 * 4);
  });

  it('a long rollout goes out in parts and grows the same trees', async () => {
    const parts = await gpuEngine(points, { forwardBatch: 1 });
    const whole = await gpuEngine(points);
    const request = rolloutRequest({ ...branching, trees: 8 });
    const before = parts.statistics.submits;
    const rollout = await parts.rollout(request);
    expect(parts.statistics.submits - before).toBeGreaterThan(1);
    expect(rollout).toEqual(await whole.rollout(request));
  });

  it('GPU time is told where the device has timestamps, and null where it has none', async () => {
    const gpu = await gpuEngine(points);
    await gpu.rollout(rolloutRequest(branching));
    const { gpuMilliseconds } = gpu.statistics;
    if (open.device.features.has('timestamp-query')) expect(gpuMilliseconds).toBeGreaterThan(0);
    else expect(gpuMilliseconds).toBeNull();
  });

  it('requests made at once are answered in order', async () => {
    const gpu = await gpuEngine(points);
    const request = rolloutRequest(branching);
    const other = rolloutRequest({ ...branching, trees: 3 });
    const [first, second, third] = await Promise.all(
      [request, other, request].map((one) => gpu.rollout(one)),
    );
    expect(third).toEqual(first);
    expect(second.latents.length).toBeGreaterThan(first.latents.length);
  });
});

describe('state', () => {
  it('read and written elsewhere goes on to the same weights', async () => {
    const first = await gpuEngine(points);
    const second = await gpuEngine(points);
    const request = rolloutRequest(branching);
    const update = updateRequest(request, await first.rollout(request));
    await first.update(update);
    await second.writeState(await first.readState());
    expect(await second.readState()).toEqual(await first.readState());
    const again = updateRequest(request, await first.rollout(request));
    await second.rollout(request);
    await first.update(again);
    await second.update(again);
    expect(await second.readState()).toEqual(await first.readState());
  });

  it('keeps the gaps between parameters at zero', async () => {
    const gpu = await gpuEngine(points);
    const request = rolloutRequest(branching);
    await gpu.update(updateRequest(request, await gpu.rollout(request)));
    const { weights, firstMoment } = await gpu.readState();
    const used = new Set<number>();
    for (const { offset, length } of points.parameters) {
      for (let i = offset; i < offset + length; i++) used.add(i);
    }
    const gaps = [...weights, ...firstMoment].filter((_, i) => !used.has(i % weights.length));
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.every((x) => x === 0)).toBe(true);
  });

  it('of another policy, or with NaN weights, is refused and changes nothing', async () => {
    const gpu = await gpuEngine(points);
    const before = await gpu.readState();
    const broken = { ...before, weights: before.weights.map((w, i) => (i === 5 ? NaN : w)) };
    await expect(gpu.writeState(broken)).rejects.toMatchObject({ code: 'bad-file' });
    const short = { ...before, firstMoment: before.firstMoment.subarray(1) };
    await expect(gpu.writeState(short)).rejects.toMatchObject({ code: 'bad-file' });
    expect(await gpu.readState()).toEqual(before);
  });
});

describe('an update that is not finite', () => {
  it.each([
    ['a NaN advantage', NaN],
    ['an infinite advantage', Infinity],
  ])('by %s is refused, keeps weights and moments, and the next one works', async (_, bad) => {
    const gpu = await gpuEngine(points);
    const request = rolloutRequest(branching);
    const update = updateRequest(request, await gpu.rollout(request));
    await gpu.update(update);
    const before = await gpu.readState();
    const advantages = update.advantages.slice();
    advantages[7] = bad;
    await expect(gpu.update({ ...update, advantages })).rejects.toMatchObject({
      code: 'not-a-number',
      hint: expect.stringContaining('weights') as string,
    });
    expect(await gpu.readState()).toEqual(before);
    await gpu.update({ ...update, objective: { ...objective, clip: Infinity } });
    expect((await gpu.readState()).updates).toBe(before.updates + 1);
  });
});

describe('a lost device', () => {
  it('rejects what waits and what comes later with device-lost', async () => {
    const lost = await openNodeDevice();
    const engine = await createGpuEngine(lost.device, linearPolicy());
    const waiting = [engine.rollout(rolloutRequest(branching)), engine.readState()];
    const outcomes = Promise.allSettled(waiting);
    await Promise.resolve();
    lost.release();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'device-lost' } });
    }
    await expect(engine.rollout(rolloutRequest(branching))).rejects.toMatchObject({
      code: 'device-lost',
    });
  });

  it('a destroyed engine rejects what waits', async () => {
    const engine = await createGpuEngine(open.device, points);
    const waiting = engine.rollout(rolloutRequest(branching));
    engine.destroy();
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' });
  });
});

it('a forest that fits no buffer of this GPU is refused with what to do', async () => {
  const gpu = await gpuEngine(points);
  const { maxStorageBufferBindingSize } = open.device.limits;
  const trees = Math.ceil(maxStorageBufferBindingSize / 8);
  const shape: TreeShape = { ...branching, trees, roots: 1, splitSteps: [] };
  const request = { ...rolloutRequest(branching), shape };
  await expect(gpu.rollout(request)).rejects.toMatchObject({ code: 'bad-setting' });
  await expect(gpu.rollout(rolloutRequest(branching))).resolves.toBeDefined();
});
