/**
 * Rewrites composite operators with primitive ones, so that executors and derivative rules meet fewer kinds of nodes.
 *
 *   LayerNormalization(x) = (x − mean)/√(mean((x − mean)²) + ε)·scale + bias
 *   Gelu(x) = x/2·(1 + erf(x/√2)),   tanh form: x/2·(1 + tanh(√(2/π)·(x + .044715·x³)))
 *   Clip = Min(Max(x, low), high);  Pow by products, or exp(p·log x);  Squeeze, Unsqueeze, Flatten = Reshape
 *
 * What comes after lowering, `primitiveOperators`, is what a policy's graphs contain. Test: vjpRules.test.ts.
 */
import { GraphBuilder } from '../builder';
import { reshapeTarget } from '../dims';
import type { Graph, GraphNode } from '../graph';
import {
  constantInts,
  constantScalar,
  floatAttribute,
  intAttribute,
  stringAttribute,
} from '../nodeView';
import { operators, unsupportedOperator } from '../operators';

/** Adds primitive nodes for `node`, whose inputs are called `inputs` by now; the last one must make `output`. */
type Lowering = (
  builder: GraphBuilder,
  node: GraphNode,
  inputs: readonly string[],
  output: string,
) => void;

const asReshape: Lowering = (builder, node, inputs, output) => {
  const probe = new GraphBuilder('probe');
  probe.input('data', builder.shape(inputs[0]));
  const rest = inputs.slice(1).map((name) => {
    const constant = builder.constants.get(name)!;
    return probe.constant(name, constant.shape, constant.data);
  });
  probe.node({ ...node, inputs: ['data', ...rest], outputs: ['result'] });
  const target = reshapeTarget(probe.shape('result'));
  if (!target) throw unsupportedOperator(node, 'is not trainable with two batch dimensions');
  builder.add('Reshape', [inputs[0], builder.ints(target)], {}, output);
};

const layerNormalization: Lowering = (builder, node, inputs, output) => {
  const [x, scale, bias] = inputs;
  const rank = builder.shape(x).length;
  const axis = intAttribute(node, 'axis', -1);
  const first = axis < 0 ? axis + rank : axis;
  const axes = Array.from({ length: rank - first }, (_, i) => first + i);
  const over = { axes, keepdims: 1 };
  const centred = builder.add('Sub', [x, builder.add('ReduceMean', [x], over)]);
  const squared = builder.add('Mul', [centred, centred]);
  const variance = builder.add('ReduceMean', [squared], over);
  const epsilon = builder.scalar(floatAttribute(node, 'epsilon', 1e-5));
  const deviation = builder.add('Sqrt', [builder.add('Add', [variance, epsilon])]);
  const normal = builder.add('Div', [centred, deviation]);
  const scaled = builder.add('Mul', [normal, scale], {}, bias ? undefined : output);
  if (bias) builder.add('Add', [scaled, bias], {}, output);
};

const gelu: Lowering = (builder, node, inputs, output) => {
  const [x] = inputs;
  const times = (a: string, b: string): string => builder.add('Mul', [a, b]);
  const form = stringAttribute(node, 'approximate', 'none');
  const root = Math.sqrt(2 / Math.PI);
  let bell: string;
  if (form === 'tanh') {
    const cubic = times(times(x, x), builder.scalar(0.044715 * root));
    const inner = times(x, builder.add('Add', [cubic, builder.scalar(root)]));
    bell = builder.add('Tanh', [inner]);
  } else if (form === 'none') {
    bell = builder.add('Erf', [times(x, builder.scalar(Math.SQRT1_2))]);
  } else throw unsupportedOperator(node, `is not trainable in the form "${form}"`);
  const half = times(x, builder.scalar(0.5));
  builder.add('Mul', [half, builder.add('Add', [bell, builder.scalar(1)])], {}, output);
};

const clip: Lowering = (builder, _node, inputs, output) => {
  const [x, low, high] = inputs;
  if (!low && !high) builder.add('Identity', [x], {}, output);
  const raised = low ? builder.add('Max', [x, low], {}, high ? undefined : output) : x;
  if (high) builder.add('Min', [raised, high], {}, output);
};

const LARGEST_POWER = 8;

const pow: Lowering = (builder, node, inputs, output) => {
  const [x] = inputs;
  const exponent = constantScalar(inputs[1], builder.constants);
  if (exponent === null) throw unsupportedOperator(node, 'is trainable with a constant exponent');
  const power = Math.abs(exponent);
  const inverse = exponent < 0;
  const last = inverse ? undefined : output;
  let result: string;
  if (power === 0.5) result = builder.add('Sqrt', [x], {}, last);
  else if (Number.isInteger(power) && power >= 1 && power <= LARGEST_POWER) {
    result = power === 1 ? builder.add('Identity', [x], {}, last) : x;
    for (let factor = 2; factor <= power; factor++) {
      result = builder.add('Mul', [result, x], {}, factor === power ? last : undefined);
    }
  } else if (Number.isInteger(power)) {
    throw unsupportedOperator(node, `is not trainable with the exponent ${exponent}`);
  } else {
    const scaled = builder.add('Mul', [builder.add('Log', [x]), builder.scalar(power)]);
    result = builder.add('Exp', [scaled], {}, last);
  }
  if (inverse) builder.add('Reciprocal', [result], {}, output);
};

/** Min and Max of one or many operands as a chain of two. */
const pairwise: Lowering = (builder, node, inputs, output) => {
  if (inputs.length === 1) builder.add('Identity', inputs, {}, output);
  inputs.slice(1).reduce((left, right, index) => {
    const last = index === inputs.length - 2;
    return builder.add(node.op, [left, right], {}, last ? output : undefined);
  }, inputs[0]);
};

const lowerings: Readonly<Record<string, Lowering>> = {
  Clip: clip,
  Flatten: asReshape,
  Gelu: gelu,
  LayerNormalization: layerNormalization,
  Pow: pow,
  Squeeze: asReshape,
  Unsqueeze: asReshape,
};

/** The operators that a lowered graph is made of. */
export const primitiveOperators: readonly string[] = Object.keys(operators).filter(
  (op) => !Object.hasOwn(lowerings, op),
);

function isNoop(node: GraphNode, builder: GraphBuilder): boolean {
  if (node.op === 'Identity') return true;
  if (node.op !== 'ReduceSum' || intAttribute(node, 'noop_with_empty_axes', 0) !== 1) return false;
  return !constantInts(node, 1, builder.constants)?.length;
}

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
    const lowering = node.op === 'Min' || node.op === 'Max' ? pairwise : lowerings[node.op];
    if (isNoop(node, builder) && !kept.has(node.outputs[0])) {
      aliases.set(node.outputs[0], inputs[0]);
    } else if (lowering && !(lowering === pairwise && inputs.length === 2)) {
      checkNode(node, inputs, builder);
      builder.scope(node.name, () => lowering(builder, node, inputs, node.outputs[0]));
    } else builder.node({ ...node, inputs });
  }
  graph.outputs.forEach(({ name }) => builder.output(name));
  return builder.build(graph.metadata);
}

/** Applies the shape rule of a composite node, whose own limits its primitive parts would not notice. */
function checkNode(node: GraphNode, inputs: readonly string[], builder: GraphBuilder): void {
  const probe = new GraphBuilder('probe');
  for (const name of new Set(inputs)) {
    if (name === '') continue;
    const constant = builder.constants.get(name);
    if (constant) probe.constant(name, constant.shape, constant.data);
    else probe.input(name, builder.shape(name));
  }
  probe.node({ ...node, inputs });
}
