/** A small made-up journal of the right form, for tests that need events but no training. */
import { iterationPlan } from '../config/plan';
import type { IterationPlan } from '../config/plan';
import { defaultSettings } from '../config/settings';
import type { Settings } from '../config/properties';
import { edgeCount, forwardCount, leafCount, nodeCount } from '../core/tree';
import type { UpdateStatistics } from '../engine/engine';
import { checkpointPolicy, numerics } from './events';
import type { Checkpoint, JournalEvent, RunDescription } from './events';

export interface ExampleOptions {
  readonly settings?: Partial<Settings>;
  readonly iterations?: number;
  /** First iteration, as after a checkpoint. */
  readonly from?: number;
  readonly weights?: number;
  /** Where iterations do not all go by the settings' own plan. */
  readonly plan?: (iteration: number) => IterationPlan;
}

/** Two trees of three steps that split, and are noisy, at step 0 in even iterations and at step 1 in odd ones. */
export function movingPlan(iteration: number): IterationPlan {
  const window = [iteration % 2];
  const shape = { trees: 2, roots: 1, branchingFactor: 2, splitSteps: window, steps: 3 };
  return { shape, stochasticSteps: window };
}

const tinyTree: Partial<Settings> = {
  trees: 2,
  roots: 1,
  branchingFactor: 2,
  splitSteps: [0],
  steps: 2,
  updates: 1,
  evaluationInterval: 1,
};

/** Numbers in [−1, 1) that look random and are always the same. */
function numbers(length: number, seed: number): Float32Array {
  let word = seed >>> 0;
  return Float32Array.from({ length }, () => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return word / 2 ** 31 - 1;
  });
}

const update: UpdateStatistics = {
  policyLoss: -0.125,
  referenceLoss: 0.5,
  ratioMean: 1,
  ratioDeviation: 0.25,
  clipFraction: 0.0625,
  gradientNorm: 2,
  gradientEvaluations: 6,
  forwardEvaluations: 6,
};

export function exampleCheckpoint(iteration: number, weights = 8): Checkpoint {
  const vector = (seed: number) => numbers(weights, seed);
  const state = {
    weights: vector(1),
    reference: vector(2),
    firstMoment: vector(3),
    secondMoment: vector(4),
    updates: iteration,
  };
  const { model, settings } = exampleRun();
  return { iteration, state, policy: checkpointPolicy(model, settings) };
}

export function exampleRun(settings: Partial<Settings> = {}): RunDescription {
  return {
    scene: 'points/ring',
    algorithm: 'branch-grpo',
    settings: { ...defaultSettings(), ...tinyTree, ...settings },
    model: { name: 'ring.onnx', sha256: 'ab'.repeat(32), parameters: 8 },
    tier: 'cpu',
    engine: 'ort-wasm',
    numerics,
  };
}

/** One whole iteration: an evaluation whose reward is 0.1 higher each time, and the six phases. */
export function exampleIteration(
  run: RunDescription,
  iteration: number,
  plan: IterationPlan = iterationPlan(run.settings, iteration),
): JournalEvent[] {
  const { shape } = plan;
  const nodes = nodeCount(shape);
  const seed = 100 * iteration;
  const moment = { iteration, milliseconds: 1.5 };
  const rewards = numbers(leafCount(shape), seed + 2);
  return [
    {
      type: 'evaluated',
      ...moment,
      samples: numbers(8, seed + 5),
      reward: iteration / 10,
      metrics: { entropy: 4 - iteration / 10, modes: 8 },
    },
    {
      type: 'tree-grown',
      ...moment,
      plan,
      latents: numbers(nodes * 2, seed),
      estimates: new Float32Array(0),
      logProbs: numbers(nodes, seed + 1),
      forwardEvaluations: forwardCount(shape),
    },
    {
      type: 'leaves-scored',
      ...moment,
      rewards,
      mean: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
      best: Math.max(...rewards),
      worst: Math.min(...rewards),
    },
    { type: 'rewards-fused', ...moment, fusedRewards: numbers(nodes, seed + 3) },
    { type: 'advantages-set', ...moment, advantages: numbers(nodes, seed + 4) },
    {
      type: 'edges-pruned',
      ...moment,
      kept: new Uint8Array(nodes).fill(1),
      keptEdges: edgeCount(shape),
      edges: edgeCount(shape),
    },
    { type: 'weights-updated', ...moment, updates: Array(run.settings.updates).fill(update) },
  ];
}

/** A finished run with a checkpoint at its end. */
export function exampleJournal(options: ExampleOptions = {}): JournalEvent[] {
  const { iterations = 2, from = 0, weights = 8 } = options;
  const run = exampleRun(options.settings);
  const end = from + iterations;
  const moment = { iteration: end, milliseconds: 9 };
  return [
    {
      type: 'run-started',
      version: '0.1.0',
      run,
      iteration: from,
      data: numbers(8, 7),
      baseSamples: numbers(8, 8),
      milliseconds: 0,
    },
    ...Array.from({ length: iterations }, (_, i) =>
      exampleIteration(run, from + i, options.plan?.(from + i)),
    ).flat(),
    { type: 'checkpoint', ...moment, state: exampleCheckpoint(end, weights).state },
    { type: 'run-ended', ...moment, reason: 'finished', error: null },
  ];
}
