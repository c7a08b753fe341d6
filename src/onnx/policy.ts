/**
 * Any ONNX network with the right signature as a policy: checked, lowered to primitive operators, its weights lifted to
 * inputs, and differentiated.
 *
 * Signature: inputs x [N, …dims], t [N] (or [N, 1]) and optionally cond [N, …]; one output, either the velocity
 * v [N, …dims] or the clean sample x0 [N, …dims], which is turned into v = (x − x0)/max(t, .05).
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import { GraphBuilder } from './builder';
import { decodeModel } from './format/decode';
import { differentiate } from './passes/differentiate';
import { sameShape } from './dims';
import type { Graph, PolicyModel, Shape, ValueInfo } from './graph';
import { liftParameters, type LiftedGraph } from './passes/lift';
import { lower } from './passes/lower';
import { inferShapes } from './passes/shapes';
import { velocityFromSample } from './passes/velocity';

/** The policy in an ONNX file. Throws as `decodeModel` and `policyFromGraph` do. */
export const loadPolicy = (bytes: Uint8Array): PolicyModel => policyFromGraph(decodeModel(bytes));

/**
 * The policy that `graph` describes. Throws `unsupported-operator`, naming operator and node, for a network that cannot
 * be trained, and `bad-model`, with everything that is wrong in `details`, for one that is no policy.
 */
export function policyFromGraph(graph: Graph): PolicyModel {
  const lifted = liftPolicy(graph);
  const { parameters, parameterLength, initialWeights } = lifted;
  const wrt = parameters.map(({ name }) => name);
  const condition = findInput(graph, 'cond');
  return {
    forward: lifted.graph,
    gradient: differentiate(lifted.graph, { output: 'v', upstream: 'dv', wrt }),
    parameters,
    parameterLength,
    initialWeights,
    sampleShape: findInput(graph, 'x')!.shape.slice(1),
    conditionShape: condition?.shape.slice(1) ?? null,
    metadata: graph.metadata,
  };
}

/** `graph` with the output v, primitive operators and its weights as inputs. Throws as `policyFromGraph`. */
export function liftPolicy(graph: Graph): LiftedGraph {
  const problems = checkPolicySignature(graph);
  if (problems.length > 0) {
    throw new EspalierError('bad-model', 'notAPolicy', { problems: problems.join('; ') }, problems);
  }
  return liftParameters(lower(withVelocity(graph)));
}

const findInput = (graph: Graph, name: string): ValueInfo | undefined =>
  graph.inputs.find((input) => input.name === name);

const written = (shape: Shape): string =>
  `[${shape.map((dim) => (dim === -1 ? 'N' : dim < 0 ? `${-dim}·N` : dim)).join(', ')}]`;

/**
 * Everything that keeps `graph` from being a policy, one sentence each; nothing when it is one. Throws as `inferShapes`
 * when the signature fits but the operators in between do not.
 */
export function checkPolicySignature(graph: Graph): string[] {
  const problems = checkInputs(graph);
  const [output, ...others] = graph.outputs;
  if (!output || others.length > 0) {
    problems.push(say('network.outputs', { outputs: graph.outputs.length }));
  }
  if (!output) return problems;
  if (output.name !== 'v' && output.name !== 'x0') {
    problems.push(say('network.outputName', { name: output.name }));
  }
  const x = findInput(graph, 'x');
  if (problems.length > 0 || !x) return problems;
  const found = inferShapes(graph).get(output.name)!;
  if (!sameShape(found.shape, x.shape)) {
    const [shape, expected] = [found.shape, x.shape].map(written);
    problems.push(say('network.outputShape', { name: output.name, shape, expected }));
  }
  return problems;
}

function checkInputs(graph: Graph): string[] {
  const problems: string[] = [];
  const names = graph.inputs.map(({ name }) => name);
  for (const name of ['x', 't']) {
    if (!names.includes(name)) problems.push(say('network.noInput', { name }));
  }
  for (const { name, shape, type } of graph.inputs) {
    if (!['x', 't', 'cond'].includes(name)) {
      problems.push(say('network.foreignInput', { name }));
      continue;
    }
    if (type !== 'float32') problems.push(say('network.signatureType', { name, type }));
    problems.push(...batchShapeCheck(name, shape));
    if (name === 't' && (shape.length > 2 || (shape.length === 2 && shape[1] !== 1))) {
      problems.push(say('network.timeShape', { shape: written(shape) }));
    }
    if (name === 'x' && shape.length < 2) {
      problems.push(say('network.sampleShape', { shape: written(shape) }));
    }
  }
  return problems;
}

/** What is wrong with a shape that must be [N, fixed, fixed, …], with advice on how to export it. */
export function batchShapeCheck(name: string, shape: Shape): string[] {
  const [batch, ...rest] = shape;
  if (batch === undefined) return [say('network.noDimensions', { name })];
  const problems: string[] = [];
  if (batch !== -1) {
    problems.push(say('network.fixedBatch', { name, size: batch }));
  }
  rest.forEach((dim, index) => {
    if (dim < 1) problems.push(say('network.unfixedDimension', { dimension: index + 1, name }));
  });
  return problems;
}

/** The same network with t [N] and the output v [N, …dims]. */
function withVelocity(graph: Graph): Graph {
  const builder = new GraphBuilder(graph.name);
  const column = findInput(graph, 't')!.shape.length === 2;
  const { name: output } = graph.outputs[0];
  for (const { name, shape } of graph.inputs) builder.input(name, name === 't' ? [-1] : shape);
  for (const [name, { shape, data }] of graph.constants) builder.constant(name, shape, data);
  const asColumn = (): string => builder.add('Reshape', ['t', builder.ints([-1, 1])]);
  const time = column ? builder.scope('policy', asColumn) : 't';
  for (const node of graph.nodes) {
    builder.node({ ...node, inputs: node.inputs.map((name) => (name === 't' ? time : name)) });
  }
  if (output === 'x0') velocityFromSample(builder, { x: 'x', x0: output, t: 't' }, 'v');
  builder.output('v');
  return builder.build(graph.metadata);
}
