/** Small policies and requests on which the tests compare engines. */
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import { TreeIndex, edgeCount, nodeCount } from '../core/tree';
import type { TreeShape } from '../core/tree';
import { forestKeys } from '../kernels/noise/noise.twin';
import type { Graph, PolicyModel } from '../onnx/graph';
import { testNormal } from '../onnx/models/testNormal';
import { policyFromGraph } from '../onnx/policy';
import { ROW } from './engine';
import type {
  Objective,
  OptimizerSettings,
  Rollout,
  RolloutRequest,
  UpdateRequest,
} from './engine';

/** A policy whose every weight is random, so that no gradient is zero by construction. */
export function randomPolicy(graph: Graph, scale = 0.3): PolicyModel {
  const normal = testNormal(11);
  const model = policyFromGraph(graph);
  const initialWeights = model.initialWeights.slice();
  for (const { offset, length } of model.parameters) {
    for (let i = offset; i < offset + length; i++) {
      if (initialWeights[i] === 0) initialWeights[i] = scale * normal(i);
    }
  }
  return { ...model, initialWeights };
}

export const branching: TreeShape = {
  trees: 2,
  roots: 2,
  branchingFactor: 2,
  splitSteps: [0, 2],
  steps: 4,
};

/** A rollout of `shape` whose last step is deterministic. */
export function rolloutRequest(
  shape: TreeShape,
  over: Partial<RolloutRequest> = {},
): RolloutRequest {
  return {
    shape,
    steps: samplerSteps('flow-sde', 0.7, sigmaSchedule(shape.steps), (i) => i < shape.steps - 1),
    nodeKeys: forestKeys(shape, 5, 1),
    branchIndependence: 4,
    reduction: 'sum',
    conditions: null,
    watched: true,
    ...over,
  };
}

export const objective: Objective = { clip: 0.2, referenceWeight: 0.1, referenceTerm: 'kl' };

export const optimizer: OptimizerSettings = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.001,
  maxGradientNorm: 1,
};

/** An update on every edge of the rollout; the advantage of an edge is where its child lies. */
export function updateRequest(
  request: RolloutRequest,
  rollout: Rollout,
  over: Partial<UpdateRequest> = {},
): UpdateRequest {
  const { shape } = request;
  const index = new TreeIndex(shape);
  const nodes = nodeCount(shape);
  const dimensions = rollout.latents.length / nodes;
  const rows: number[] = [];
  for (let step = 0; step < shape.steps; step++) {
    for (let node = index.offsets[step]; node < index.offsets[step + 1]; node++) {
      const { first, count } = index.childrenOf(node);
      rows.push(node, first, count, step);
    }
  }
  return {
    rows: Int32Array.from(rows),
    advantages: Float32Array.from({ length: nodes }, (_, node) => {
      const x = rollout.latents[node * dimensions];
      return Math.max(-2, Math.min(2, x));
    }),
    edgeWeights: new Float32Array(nodes).fill(1 / edgeCount(shape)),
    objective,
    optimizer,
    ...over,
  };
}

/** Number of rows of an update. */
export const rowCount = ({ rows }: UpdateRequest): number => rows.length / ROW.width;
