/**
 * From a graph's ONNX operators to values (values.ts): one rule per operator of the trainable set.
 *
 * Composite operators (Softmax, LayerNormalization, Gelu, …) become maps and reductions here, so that fusion sees only
 * primitives. Definitions: src/onnx/operators; the tests compare every rule with it.
 */
import type { Constant, Graph, GraphNode, Shape, ValueInfo } from '../../onnx/graph';
import {
  constantInts,
  constantScalar,
  floatAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
} from '../../onnx/nodeView';
import { operatorOf, unsupportedOperator } from '../../onnx/operators';
import { sliceBounds } from '../../onnx/operators/indexing';
import { inferShapes, shapeContext } from '../../onnx/passes/shapes';
import { shapeSize } from './sizes';
import { matrixProduct, sumOver, type SplitOptions } from './splitSums';
import { ValueFactory, type BinaryOperation, type UnaryOperation, type Value } from './values';

/** Every named tensor that the outputs need, as a value. */
export type LoweredGraph = ReadonlyMap<string, Value>;

interface Context {
  readonly node: GraphNode;
  readonly make: ValueFactory;
  readonly infos: ReadonlyMap<string, ValueInfo>;
  readonly constants: ReadonlyMap<string, Constant>;
  readonly options: LowerOptions;
}

type Rule = (context: Context, ...operands: Value[]) => Value | Value[];

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
    if (!rule) throw unsupportedOperator(node, 'has no WGSL kernel');
    make.label = node.name;
    const operands = node.inputs.map((name) => values.get(name)!);
    const context = { node, make, infos, constants: graph.constants, options };
    const results = [rule(context, ...operands)].flat();
    node.outputs.forEach((name, index) => values.set(name, results[index]));
  }
  return values;
}

const unary =
  (operation: UnaryOperation): Rule =>
  ({ make }, x) =>
    make.map(operation, x);

/** A binary operator, or a chain of them. */
const chain =
  (operation: BinaryOperation): Rule =>
  ({ make }, ...operands) =>
    operands.reduce((a, b) => make.map(operation, a, b));

const outputShape = ({ node, infos }: Context, output = 0): Shape =>
  infos.get(node.outputs[output])!.shape;

const reshaped: Rule = (context, x) => context.make.reshape(x, outputShape(context));

/** `x` with `axes` moved to the end, ready for a reduction. */
function axesLast(make: ValueFactory, x: Value, axes: readonly number[]): Value {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return make.transpose(x, [...kept, ...axes]);
}

const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function reduction(
  context: Context,
  x: Value,
  given: readonly number[] | null,
  mean: boolean,
): Value {
  const { make, node } = context;
  const rank = x.shape.length;
  if (!given?.length && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return x;
  const chosen = given?.length ? given.map((axis) => positive(axis, rank)) : x.shape.keys();
  const axes = [...chosen].sort((a, b) => a - b);
  const sum = sumOver(make, axesLast(make, x, axes), axes.length, context.options);
  const count = shapeSize(axes.map((axis) => x.shape[axis]));
  const result = mean ? divideBySize(make, sum, count) : sum;
  return make.reshape(result, outputShape(context));
}

function divideBySize(make: ValueFactory, x: Value, size: ReturnType<typeof shapeSize>): Value {
  return size.power === 0
    ? make.map('multiply', x, make.number(1 / size.count))
    : make.map('divide', x, make.number(size));
}

/** x·y for a scalar factor; 1 costs nothing. */
function scaled(make: ValueFactory, x: Value, factor: number): Value {
  return factor === 1 ? x : make.map('multiply', x, make.number(factor));
}

const gemm: Rule = ({ node, make, options }, a, b, c) => {
  const left = intAttribute(node, 'transA', 0) === 1 ? make.transpose(a, [1, 0]) : a;
  const right = intAttribute(node, 'transB', 0) === 1 ? make.transpose(b, [1, 0]) : b;
  const product = matrixProduct(make, left, right, options);
  const y = scaled(make, product, floatAttribute(node, 'alpha', 1));
  return c ? make.map('add', y, scaled(make, c, floatAttribute(node, 'beta', 1))) : y;
};

const matMul: Rule = (context, a, b) => {
  const { make } = context;
  const shape = outputShape(context);
  const inner = a.shape[a.shape.length - 1];
  if (b.shape.length === 2) {
    const { count, power } = shapeSize(a.shape.slice(0, -1));
    const rows = make.reshape(a, [power === 0 ? count : -count, inner]);
    return make.reshape(make.matmul(rows, b), shape);
  }
  const batch = shape.slice(0, -2);
  const left = make.broadcast(a, [...batch, ...a.shape.slice(-2)]);
  const right = make.broadcast(b, [...batch, ...b.shape.slice(-2)]);
  return make.matmul(left, right);
};

const softmax: Rule = ({ node, make }, x) => {
  const rank = x.shape.length;
  const axis = positive(intAttribute(node, 'axis', -1), rank);
  const perm = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const rows = make.transpose(x, [...perm, axis]);
  const kept = [...rows.shape.slice(0, -1), 1];
  const top = make.reshape(make.reduce('max', rows, 1), kept);
  const powers = make.map('exp', make.map('subtract', rows, top));
  const total = make.reshape(make.reduce('sum', powers, 1), kept);
  const inverse = [...perm, axis].map((_, i) => [...perm, axis].indexOf(i));
  return make.transpose(make.map('multiply', powers, make.map('reciprocal', total)), inverse);
};

const layerNormalization: Rule = ({ node, make }, x, weight, bias) => {
  const axis = positive(intAttribute(node, 'axis', -1), x.shape.length);
  const inner = x.shape.length - axis;
  const kept = x.shape.map((dim, i) => (i < axis ? dim : 1));
  const count = shapeSize(x.shape.slice(axis));
  const mean = (value: Value): Value =>
    make.reshape(divideBySize(make, make.reduce('sum', value, inner), count), kept);
  const centred = make.map('subtract', x, mean(x));
  const variance = mean(make.map('multiply', centred, centred));
  const epsilon = make.number(floatAttribute(node, 'epsilon', 1e-5));
  const deviation = make.map('sqrt', make.map('add', variance, epsilon));
  const normal = make.map('multiply', centred, make.map('reciprocal', deviation));
  const stretched = make.map('multiply', normal, weight);
  return bias ? make.map('add', stretched, bias) : stretched;
};

/** x·Φ(x), or its tanh approximation. */
const gelu: Rule = ({ node, make }, x) => {
  const half = make.map('multiply', x, make.number(0.5));
  const one = make.number(1);
  if (stringAttribute(node, 'approximate', 'none') === 'none') {
    const erf = make.map('erf', make.map('multiply', x, make.number(Math.SQRT1_2)));
    return make.map('multiply', half, make.map('add', one, erf));
  }
  const cube = make.map('multiply', x, make.map('multiply', x, x));
  const cubic = make.map('add', x, make.map('multiply', cube, make.number(0.044715)));
  const inner = make.map('multiply', cubic, make.number(Math.sqrt(2 / Math.PI)));
  return make.map('multiply', half, make.map('add', one, make.map('tanh', inner)));
};

/** Whole powers up to 8 are products, so that negative bases work; WGSL's pow takes positive ones only. */
const power: Rule = ({ node, make, constants }, x) => {
  const exponent = constantScalar(node.inputs[1], constants);
  if (exponent === null) throw unsupportedOperator(node, 'needs a constant exponent');
  const size = Math.abs(exponent);
  if (size === 0.5) return inverted(make, make.map('sqrt', x), exponent < 0);
  if (!Number.isInteger(size) || size > 8) return make.map('power', x, make.number(exponent));
  if (size === 0) return make.map('add', make.map('multiply', x, make.number(0)), make.number(1));
  let result = x;
  for (let i = 1; i < size; i++) result = make.map('multiply', result, x);
  return inverted(make, result, exponent < 0);
};

const inverted = (make: ValueFactory, x: Value, invert: boolean): Value =>
  invert ? make.map('reciprocal', x) : x;

const clip: Rule = ({ make }, x, low, high) => {
  const raised = low ? make.map('max', x, low) : x;
  return high ? make.map('min', raised, high) : raised;
};

const split: Rule = (context, x) => {
  const { node, make } = context;
  const axis = positive(intAttribute(node, 'axis', 0), x.shape.length);
  let start = 0;
  return node.outputs.map((_, output) => {
    const shape = outputShape(context, output);
    const starts = x.shape.map((_dim, i) => (i === axis ? start : 0));
    start += shape[axis];
    return make.slice(x, starts, shape);
  });
};

const slice: Rule = (context, x) => {
  const { node, infos, constants, make } = context;
  const starts = sliceBounds(shapeContext(node, (name) => infos.get(name)?.shape, constants)).map(
    ({ start }) => start,
  );
  return make.slice(x, starts, outputShape(context));
};

/** Rows looked up by constant indices: of a constant table by copying, otherwise a product with one-hot rows. */
const gather: Rule = (context, table) => {
  const { node, make, constants } = context;
  const found = constants.get(node.inputs[1]);
  if (!found) throw unsupportedOperator(node, 'has no WGSL kernel for computed indices');
  const [rows, ...item] = table.shape;
  const indices = Array.from(found.data, Number).map((index) => (index < 0 ? index + rows : index));
  const itemSize = shapeSize(item);
  if (table.kind === 'constant') {
    const { data } = table;
    const picked = indices.flatMap((row) => [
      ...data.subarray(row * itemSize.count, (row + 1) * itemSize.count),
    ]);
    return make.constant(node.name, outputShape(context), Float32Array.from(picked));
  }
  const hot = new Float32Array(indices.length * rows);
  indices.forEach((row, i) => (hot[i * rows + row] = 1));
  const selector = make.broadcast(make.constant(node.name, [indices.length, rows], hot), [
    indices.length,
    rows,
  ]);
  const flat = make.reshape(table, [rows, itemSize.power > 0 ? -itemSize.count : itemSize.count]);
  return make.reshape(make.matmul(selector, flat), outputShape(context));
};

const ints = ({ node, constants }: Context, input: number): number[] | null =>
  constantInts(node, input, constants);

const rules: Readonly<Record<string, Rule>> = {
  Add: chain('add'),
  Clip: clip,
  Concat: (context, ...parts) => {
    const shape = outputShape(context);
    const axis = positive(intAttribute(context.node, 'axis', 0), shape.length);
    return context.make.join(parts, axis, shape);
  },
  Cos: unary('cos'),
  Div: chain('divide'),
  Erf: unary('erf'),
  Exp: unary('exp'),
  Expand: (context, x) => context.make.broadcast(x, outputShape(context)),
  Flatten: reshaped,
  Gather: gather,
  Gelu: gelu,
  Gemm: gemm,
  Identity: (_, x) => x,
  LayerNormalization: layerNormalization,
  Log: unary('log'),
  MatMul: matMul,
  Max: chain('max'),
  Min: chain('min'),
  Mul: chain('multiply'),
  Neg: unary('negate'),
  Pad: (context, x) =>
    context.make.pad(x, ints(context, 1)!.slice(0, x.shape.length), outputShape(context)),
  Pow: power,
  Reciprocal: unary('reciprocal'),
  ReduceMean: (context, x) => reduction(context, x, intsAttribute(context.node, 'axes'), true),
  ReduceSum: (context, x) => reduction(context, x, ints(context, 1), false),
  Relu: unary('relu'),
  Reshape: reshaped,
  Sigmoid: unary('sigmoid'),
  Sin: unary('sin'),
  Slice: slice,
  Softmax: softmax,
  Split: split,
  Sqrt: unary('sqrt'),
  Squeeze: reshaped,
  Sub: chain('subtract'),
  Tanh: unary('tanh'),
  Transpose: ({ node, make }, x) =>
    make.transpose(x, intsAttribute(node, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i)),
  Unsqueeze: reshaped,
};
