/** From a graph's ONNX operators to values (values.ts), by the rules of operators/. */
import { say } from '../../content';
import type { Graph } from '../../onnx/graph';
import { operatorOf, unsupportedOperator } from '../../onnx/operators';
import { inferShapes } from '../../onnx/passes/shapes';
import { rules } from './operators';
import type { SplitOptions } from './splitSums';
import { ValueFactory, type Value } from './values';

/** Every named tensor that the outputs need, as a value. */
export type LoweredGraph = ReadonlyMap<string, Value>;

export interface LowerOptions extends SplitOptions {
  /** The input whose dependents are computed late. */
  readonly splitAt?: string;
}

/** Lowers `graph`. Throws EspalierError 'unsupported-operator' or 'bad-model', naming the node. */
export function lowerGraph(graph: Graph, options: LowerOptions): LoweredGraph {
  const infos = inferShapes(graph);
  const make = new ValueFactory(options.splitAt);
  const values = new Map<string, Value>();
  for (const { name, shape, type } of graph.inputs) {
    if (type === 'float32') values.set(name, make.input(name, shape));
  }
  for (const [name, { shape, data }] of graph.constants) {
    if (data instanceof Float32Array) values.set(name, make.constant(name, shape, data));
  }
  for (const node of graph.nodes) {
    operatorOf(node);
    const rule = Object.hasOwn(rules, node.op) ? rules[node.op] : undefined;
    if (!rule) throw unsupportedOperator(node, say('untrainable.noKernel'));
    make.label = node.name;
    const operands = node.inputs.map((name) => values.get(name)!);
    const context = { node, make, infos, constants: graph.constants, options };
    const results = [rule(context, ...operands)].flat();
    node.outputs.forEach((name, index) => values.set(name, results[index]));
  }
  return values;
}
