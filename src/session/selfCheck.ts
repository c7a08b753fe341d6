/**
 * Start-up self-check of the WebGPU tier: on this very GPU and driver, every kernel against its CPU twin and the policy's
 * two compiled graphs against the float64 interpreter. A driver that computes wrongly is found before it trains.
 * As soon as ONNX Runtime's WASM is there, which a first visitor need not wait for, the same graphs are compared with it.
 *
 * The velocity is seen through a sampler step with c_x = 0 and c_v = 1. The gradient is seen in the optimiser's first
 * moment: with β₁ = 0 and learning rate 0 an update leaves the weights alone and the moment is the gradient.
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import type { OptimizerSettings, Objective } from '../core/objective';
import type { SamplerStep } from '../core/sampler';
import { streams } from '../core/streams';
import type { TreeShape } from '../core/tree';
import { createEngine } from '../engine/createEngine';
import type { Engine, UpdateRequest } from '../engine/engine';
import { checkKernels } from '../kernels';
import { forestKeys, NOISE_STREAM, normals, sampleKeys } from '../kernels/noise/noise.twin';
import { emptyTotals, policyGradient } from '../kernels/policy_gradient/policyGradient.twin';
import { elementCount, gradientName } from '../onnx/graph';
import type { Graph, PolicyModel } from '../onnx/graph';
import { interpret } from '../onnx/interpret';
import type { Feed } from '../onnx/interpret';
import type { RunReady } from './protocol';

export type Check = RunReady['selfCheck'][number];

/** What an engine made of the made-up inputs. */
export interface EngineOutputs {
  /** v of two rows. */
  readonly velocity: Float32Array;
  /** dL/dw in the model's parameter layout; null where the engine found it not finite. */
  readonly gradient: Float32Array | null;
}

/** Largest difference that passes, relative to the largest number of the array (docs/engine.md §7). */
const networkTolerance = 1e-3;

const seed = 20;
const sigma = 0.6;
const noisyStep: SamplerStep = {
  sigma,
  sigmaNext: 0.4,
  cx: 0.9,
  cv: -0.3,
  std: 0.25,
  klFactor: 1.44,
};
const velocityStep: SamplerStep = { sigma, sigmaNext: 0, cx: 0, cv: 1, std: 0, klFactor: 0 };
/** Two parents with two children each. */
const shape: TreeShape = { trees: 1, roots: 2, branchingFactor: 2, splitSteps: [0], steps: 1 };
const parents = 2;
const objective: Objective = { clip: 10, referenceWeight: 0, referenceTerm: 'kl' };
const optimizer: OptimizerSettings = {
  learningRate: 0,
  beta1: 0,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: 1e30,
};

/** Every kernel on `device`. @throws EspalierError 'self-check' with every deviation in its details */
export async function checkDevice(device: GPUDevice): Promise<Check[]> {
  const checks = await checkKernels(device);
  return passed(
    checks.map(({ kernel, largestError, tolerance }) => ({
      name: kernel,
      largestError,
      tolerance,
    })),
  );
}

/**
 * The policy's two graphs as `engine` runs them, against the interpreter. Its state is as before afterwards.
 * @throws EspalierError 'self-check' with every deviation in its details
 */
export async function checkEngine(
  engine: Engine,
  model: PolicyModel,
): Promise<{ checks: Check[]; outputs: EngineOutputs }> {
  const { outputs, expected } = await outputsOf(engine, model);
  return { checks: passed(compared(outputs, expected, 'check.network')), outputs };
}

/**
 * What an engine made of the made-up inputs against what ONNX Runtime's WASM does, which is loaded for it.
 * @throws EspalierError 'self-check' with every deviation in its details
 */
export async function checkAgainstOrt(
  outputs: EngineOutputs,
  model: PolicyModel,
): Promise<Check[]> {
  const engine = await createEngine('ort-wasm', model, null);
  try {
    const oracle = await outputsOf(engine, model);
    return passed(compared(outputs, oracle.outputs, 'check.networkAgainstOrt'));
  } finally {
    engine.destroy();
  }
}

function compared(
  outputs: EngineOutputs,
  expected: EngineOutputs,
  label: 'check.network' | 'check.networkAgainstOrt',
): Check[] {
  const check = (name: string, largestError: number): Check => ({
    name: say(label, { name }),
    largestError,
    tolerance: networkTolerance,
  });
  const { velocity, gradient } = outputs;
  return [
    check(say('check.forward'), deviation(velocity, expected.velocity)),
    check(
      say('check.gradient'),
      gradient && expected.gradient ? deviation(gradient, expected.gradient) : NaN,
    ),
  ];
}

/** What `engine` makes of the inputs, and what the interpreter does. */
async function outputsOf(
  engine: Engine,
  model: PolicyModel,
): Promise<{ outputs: EngineOutputs; expected: EngineOutputs }> {
  const velocity = await engineVelocity(engine, model);
  const before = await engine.readState();
  const { actual, expected } = await gradients(engine, model).finally(() =>
    engine.writeState(before),
  );
  return {
    outputs: { velocity, gradient: actual },
    expected: { velocity: expectedVelocity(model), gradient: expected },
  };
}

function passed(checks: Check[]): Check[] {
  const failed = checks.filter(({ largestError, tolerance }) => !(largestError <= tolerance));
  if (failed.length > 0) throw failedCheck(failed);
  return checks;
}

function failedCheck(failed: readonly Check[]): EspalierError {
  const details = failed.map(({ name, largestError, tolerance }) =>
    say('check.failed', { name, error: largestError.toExponential(1), tolerance }),
  );
  return new EspalierError('self-check', 'selfCheck', { problem: details[0] }, details);
}

const engineVelocity = (engine: Engine, model: PolicyModel): Promise<Float32Array> =>
  engine.sample({
    keys: sampleKeys(seed, streams.selfCheck, parents),
    steps: [velocityStep],
    conditions: conditions(model, parents),
  });

function expectedVelocity(model: PolicyModel): Float32Array {
  const keys = sampleKeys(seed, streams.selfCheck, parents);
  const D = elementCount(model.sampleShape);
  const x = new Float32Array(parents * D);
  for (let i = 0; i < parents; i++) {
    normals(keys[2 * i], keys[2 * i + 1], NOISE_STREAM.initial, D, x, i * D);
  }
  return Float32Array.from(interpreted(model.forward, model, x).get('v')!.data);
}

/** dL/dw of a made-up update: the engine's, and the interpreter's for the same latents. */
async function gradients(
  engine: Engine,
  model: PolicyModel,
): Promise<{ actual: Float32Array | null; expected: Float32Array }> {
  const { latents, logProbs } = await engine.rollout({
    shape,
    steps: [noisyStep],
    nodeKeys: forestKeys(shape, seed, 0),
    branchIndependence: 1,
    watched: false,
    reduction: 'sum',
    conditions: conditions(model, shape.trees),
  });
  const update: UpdateRequest = {
    // Node, first child, children, step: see ROW.
    rows: Int32Array.from([0, parents, 2, 0, 1, parents + 2, 2, 0]),
    advantages: Float32Array.from([0, 0, 1, -0.5, 0.25, -1]),
    edgeWeights: Float32Array.from([0, 0, 0.25, 0.25, 0.25, 0.25]),
    objective,
    optimizer,
  };
  const actual = await engine.update(update).then(
    async () => (await engine.readState()).firstMoment,
    (error: unknown) => {
      if (error instanceof EspalierError && error.code === 'not-a-number') return null;
      throw error;
    },
  );
  const dimensions = elementCount(model.sampleShape);
  const x = latents.slice(0, parents * dimensions);
  const velocities = Float32Array.from(interpreted(model.forward, model, x).get('v')!.data);
  const dv = new Float32Array(x.length);
  policyGradient(
    {
      ...update,
      latents,
      logProbs,
      velocities,
      references: velocities,
      steps: [noisyStep],
      reduction: 'sum',
      dimensions,
    },
    { dv, statistics: emptyTotals() },
  );
  const outputs = interpreted(model.gradient, model, x, dv);
  const expected = new Float32Array(model.parameterLength);
  for (const { name, offset } of model.parameters) {
    expected.set(outputs.get(gradientName(name))!.data, offset);
  }
  return { actual, expected };
}

/** The outputs of one of the policy's graphs at its initial weights, in float64. */
function interpreted(graph: Graph, model: PolicyModel, x: Float32Array, dv?: Float32Array) {
  const batch = x.length / elementCount(model.sampleShape);
  const samples = [batch, ...model.sampleShape];
  const feeds = new Map<string, Feed>([
    ['x', { shape: samples, data: x }],
    ['t', { shape: [batch], data: new Float32Array(batch).fill(sigma) }],
  ]);
  if (dv) feeds.set('dv', { shape: samples, data: dv });
  const cond = conditions(model, batch);
  if (cond) feeds.set('cond', { shape: [batch, ...(model.conditionShape ?? [])], data: cond });
  for (const { name, shape: dims, offset, length } of model.parameters) {
    const data = model.initialWeights.subarray(offset, offset + length);
    feeds.set(name, { shape: dims, data });
  }
  return interpret(graph, feeds);
}

/** One condition of small numbers, the same for every row; null where the policy takes none. */
function conditions(model: PolicyModel, rows: number): Float32Array | null {
  if (!model.conditionShape) return null;
  const size = elementCount(model.conditionShape);
  return Float32Array.from({ length: rows * size }, (_, i) => ((i % size) % 3) / 4);
}

/** Largest difference relative to the largest expected number; NaN where a number is not finite. */
function deviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    error = Math.max(error, Math.abs(actual[i] - expected[i]));
  }
  return largest > 0 ? error / largest : error;
}
