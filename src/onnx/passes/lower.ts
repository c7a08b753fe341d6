/**
 * Rewrites composite operators with primitive ones, so that executors and derivative rules meet fewer kinds of nodes. How
 * each is taken apart stands with the operator. What comes after lowering, `primitiveOperators`, is what a policy's
 * graphs contain. Test: operators/operators.test.ts.
 */
import { GraphBuilder } from '../builder';
import type { Graph, GraphNode, Shape } from '../graph';
import { operatorOf, unsupportedOperator } from '../operators';

/**
 * The same function with primitive operators only; names of graph inputs, outputs and constants are kept. Throws
 * `unsupported-operator` for operators outside the set and `bad-model` for shapes that do not fit.
 */
export function lower(graph: Graph): Graph {
  const builder = new GraphBuilder(graph.name);
  graph.inputs.forEach(({ name, shape, type }) => builder.input(name, shape, type));
  for (const [name, { shape, data }] of graph.constants) builder.constant(name, shape, data);
  const kept = new Set(graph.outputs.map(({ name }) => name));
  const aliases = new Map<string, string>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => aliases.get(name) ?? name);
    const { lowering, isComposite, isNoop } = operatorOf(node);
    const [output] = node.outputs;
    if (isNoop?.(node, builder.constants) && !kept.has(output)) {
      aliases.set(output, inputs[0]);
    } else if (lowering && (isComposite?.(node) ?? true)) {
      const shape = checkedShape(node, inputs, builder);
      const refuse = (reason: string): never => {
        throw unsupportedOperator(node, reason);
      };
      builder.scope(node.name, () => lowering({ node, builder, inputs, output, shape, refuse }));
    } else builder.node({ ...node, inputs });
  }
  graph.outputs.forEach(({ name }) => builder.output(name));
  return builder.build(graph.metadata);
}

/** By the shape rule of a composite node, whose own limits its primitive parts would not notice. */
function checkedShape(node: GraphNode, inputs: readonly string[], builder: GraphBuilder): Shape {
  const probe = new GraphBuilder('probe');
  for (const name of new Set(inputs)) {
    if (name === '') continue;
    const constant = builder.constants.get(name);
    if (constant) probe.constant(name, constant.shape, constant.data);
    else probe.input(name, builder.shape(name));
  }
  const [output] = probe.node({ ...node, inputs });
  return probe.shape(output);
}
