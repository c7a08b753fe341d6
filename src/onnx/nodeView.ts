/**
 * Typed access to the attributes and constant operands of a node, so that no reader of graphs parses them by hand.
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import type { Constant, Graph, GraphNode } from './graph';

export function intAttribute(node: GraphNode, name: string, fallback: number): number {
  const value = node.attributes[name] ?? fallback;
  if (typeof value !== 'number') throw badNode(node, say('network.numberAttribute', { name }));
  return value;
}

/** Same access as `intAttribute`; the name says that the ONNX attribute is a float. */
export const floatAttribute = intAttribute;

export function stringAttribute(node: GraphNode, name: string, fallback: string): string {
  const value = node.attributes[name] ?? fallback;
  if (typeof value !== 'string') throw badNode(node, say('network.textAttribute', { name }));
  return value;
}

export function intsAttribute(node: GraphNode, name: string): readonly number[] | null {
  const value = node.attributes[name];
  if (value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string') {
    throw badNode(node, say('network.numbersAttribute', { name }));
  }
  return value;
}

/**
 * The numbers of input `index` of `node`, which must be a constant (a shape, axes, sizes …); null when the optional
 * input is left out. Throws `bad-model`, naming the node, when the input is computed by the graph.
 */
export function constantInts(
  node: GraphNode,
  index: number,
  constants: ReadonlyMap<string, Constant>,
): number[] | null {
  const name = node.inputs[index];
  if (!name) return null;
  const constant = constants.get(name);
  if (!constant) throw badNode(node, say('network.inputNotConstant', { input: index, name }));
  return Array.from(constant.data, Number);
}

/** The value of a one-element float constant, or null when `name` is anything else. */
export function constantScalar(
  name: string,
  constants: ReadonlyMap<string, Constant>,
): number | null {
  const constant = constants.get(name);
  if (!constant || constant.data.length !== 1 || !(constant.data instanceof Float32Array)) {
    return null;
  }
  return constant.data[0];
}

export function badNode(node: GraphNode, problem: string): EspalierError {
  const params = { node: node.name, op: node.op, problem };
  return new EspalierError('bad-model', 'node', params, [say('network.node', params)]);
}

/** The node that computes each tensor. */
export function producers(graph: Graph): Map<string, GraphNode> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])));
}

/** The nodes that read each tensor. */
export function consumers(graph: Graph): Map<string, GraphNode[]> {
  const readers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      readers.set(input, [...(readers.get(input) ?? []), node]);
    }
  }
  return readers;
}
