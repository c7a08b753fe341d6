/**
 * Shape and type of every tensor of a graph, batch-symbolic, so that files need not carry them and nothing trusts the
 * ones they carry. The rules stand with the operators.
 */
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import type { Constant, ElementType, Graph, GraphNode, Shape, ValueInfo } from '../graph';
import { badNode } from '../nodeView';
import { operatorOf, unsupportedOperator } from '../operators';
import type { ShapeContext } from '../operators/operator';

export const constantType = (constant: Constant): ElementType =>
  constant.data instanceof Float32Array ? 'float32' : 'int64';

/** A rule's view of `node`; `shapeOf` knows the tensors so far. */
export function shapeContext(
  node: GraphNode,
  shapeOf: (name: string) => Shape | undefined,
  constants: ReadonlyMap<string, Constant>,
): ShapeContext {
  const fail = (problem: string): never => {
    throw badNode(node, problem);
  };
  return {
    node,
    constants,
    fail,
    refuse: (reason) => {
      throw unsupportedOperator(node, reason);
    },
    shape: (input) =>
      shapeOf(node.inputs[input]) ??
      fail(say('network.inputUnknown', { input, name: node.inputs[input] })),
  };
}

/**
 * The outputs of one node. Throws `unsupported-operator` for an operator outside the set and `bad-model` for shapes
 * that do not fit, both naming the node.
 */
export function inferNode(
  node: GraphNode,
  values: ReadonlyMap<string, ValueInfo>,
  constants: ReadonlyMap<string, Constant>,
): ValueInfo[] {
  const { integers, shape } = operatorOf(node);
  const context = shapeContext(node, (name) => values.get(name)?.shape, constants);
  node.inputs.forEach((input, index) => {
    if (input === '') return;
    context.shape(index);
    const expected = integers?.includes(index) ? 'int64' : 'float32';
    const { type } = values.get(input)!;
    if (type !== expected) {
      context.fail(say('network.inputOfType', { input: index, name: input, type, expected }));
    }
  });
  const shapes = shape(context);
  if (shapes.length !== node.outputs.length) {
    context.fail(
      say('network.nodeOutputs', { outputs: node.outputs.length, expected: shapes.length }),
    );
  }
  return shapes.map((shape, index) => ({ name: node.outputs[index], shape, type: 'float32' }));
}

/** Every named tensor of `graph` (inputs, constants, node outputs) with its shape and type. */
export function inferShapes(graph: Graph): Map<string, ValueInfo> {
  const values = new Map<string, ValueInfo>();
  const define = (value: ValueInfo): void => {
    if (values.has(value.name)) {
      throw new EspalierError('bad-model', 'tensorTwice', { name: value.name });
    }
    values.set(value.name, value);
  };
  graph.inputs.forEach(define);
  for (const [name, constant] of graph.constants) {
    define({ name, shape: constant.shape, type: constantType(constant) });
  }
  for (const node of graph.nodes) inferNode(node, values, graph.constants).forEach(define);
  const missing = graph.outputs.filter(({ name }) => !values.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    throw new EspalierError('bad-model', 'outputNotComputed', { names: missing.join('", "') });
  }
  return values;
}
