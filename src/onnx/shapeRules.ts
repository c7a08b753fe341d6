/**
 * One shape rule per operator of the set: the shapes of a node's outputs from those of its inputs, batch-symbolic.
 */
import {
  broadcastShapes,
  isBatchDim,
  normalAxis,
  reshapedShape,
  sameShape,
  symbolicCount,
} from './dims';
import type { Constant, GraphNode, Shape } from './graph';
import { constantInts, intAttribute, intsAttribute, stringAttribute } from './nodeView';

/** What a rule sees of one node. `fail` throws `bad-model`, `refuse` throws `unsupported-operator`. */
export interface ShapeContext {
  readonly node: GraphNode;
  readonly constants: ReadonlyMap<string, Constant>;
  shape(input: number): Shape;
  fail(problem: string): never;
  refuse(reason: string): never;
}

export type ShapeRule = (context: ShapeContext) => Shape[];

const same: ShapeRule = ({ shape }) => [shape(0)];

const broadcast: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  return [
    node.inputs
      .map((_, index) => shape(index))
      .reduce((a, b) => broadcastShapes(a, b) ?? fail(`shapes [${a}] and [${b}] do not broadcast`)),
  ];
};

function axisOf(context: ShapeContext, axis: number, rank: number): number {
  return normalAxis(axis, rank) ?? context.fail(`axis ${axis} is outside rank ${rank}`);
}

function axesOf(context: ShapeContext, axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => axisOf(context, axis, rank));
}

function requiredInts(context: ShapeContext, input: number): number[] {
  const values = constantInts(context.node, input, context.constants);
  return values ?? context.fail(`input ${input} is missing`);
}

function reduced(context: ShapeContext, axes: readonly number[] | null): Shape[] {
  const shape = context.shape(0);
  const noop = intAttribute(context.node, 'noop_with_empty_axes', 0) === 1;
  if (!axes?.length && noop) return [shape];
  const chosen = axes?.length ? axesOf(context, axes, shape.length) : shape.map((_, axis) => axis);
  return intAttribute(context.node, 'keepdims', 1) === 1
    ? [shape.map((dim, axis) => (chosen.includes(axis) ? 1 : dim))]
    : [shape.filter((_, axis) => !chosen.includes(axis))];
}

const gemm: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  const [a, b] = [shape(0), shape(1)];
  if (a.length !== 2 || b.length !== 2) fail(`operands [${a}] and [${b}] must have two dimensions`);
  const [rows, innerA] = intAttribute(node, 'transA', 0) === 1 ? [a[1], a[0]] : a;
  const [innerB, columns] = intAttribute(node, 'transB', 0) === 1 ? [b[1], b[0]] : b;
  if (innerA !== innerB) fail(`inner dimensions ${innerA} and ${innerB} differ`);
  const result = [rows, columns];
  if (node.inputs[2]) {
    const fitted = broadcastShapes(shape(2), result);
    if (!fitted || !sameShape(fitted, result)) fail(`C [${shape(2)}] does not fit [${result}]`);
  }
  return [result];
};

const matMul: ShapeRule = (context) => {
  const { shape, fail, refuse } = context;
  const [a, b] = [shape(0), shape(1)];
  if (a.length < 2 || b.length < 2) refuse('is not trainable with a one-dimensional operand');
  const [rows, innerA] = a.slice(-2);
  const [innerB, columns] = b.slice(-2);
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  if (innerA !== innerB || !batch) fail(`operands [${a}] and [${b}] do not fit`);
  return [[...(batch ?? []), rows, columns]];
};

const transpose: ShapeRule = (context) => {
  const shape = context.shape(0);
  const perm = intsAttribute(context.node, 'perm') ?? shape.map((_, i) => shape.length - 1 - i);
  if ([...perm].sort((a, b) => a - b).some((p, i) => p !== i) || perm.length !== shape.length) {
    context.fail(`perm [${perm}] is no permutation of ${shape.length} axes`);
  }
  return [perm.map((axis) => shape[axis])];
};

const reshape: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  if (intAttribute(node, 'allowzero', 0) !== 0) context.refuse('is not trainable with allowzero');
  const target = requiredInts(context, 1);
  return [reshapedShape(shape(0), target) ?? fail(`[${shape(0)}] cannot become [${target}]`)];
};

const squeeze: ShapeRule = (context) => {
  const shape = context.shape(0);
  const given = constantInts(context.node, 1, context.constants);
  const axes = given
    ? axesOf(context, given, shape.length)
    : shape.flatMap((d, i) => (d === 1 ? [i] : []));
  if (axes.some((axis) => shape[axis] !== 1)) context.fail(`an axis of [${shape}] is not 1`);
  return [shape.filter((_, axis) => !axes.includes(axis))];
};

const unsqueeze: ShapeRule = (context) => {
  const shape = context.shape(0);
  const given = requiredInts(context, 1);
  const rank = shape.length + given.length;
  const axes = axesOf(context, given, rank);
  if (new Set(axes).size !== axes.length) context.fail(`axes [${given}] repeat`);
  const rest = [...shape];
  return [Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!))];
};

const flatten: ShapeRule = (context) => {
  const shape = context.shape(0);
  const axis = intAttribute(context.node, 'axis', 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const sides = [shape.slice(0, at), shape.slice(at)].map((part) => {
    const { count, power } = symbolicCount(part);
    if (power > 1) context.fail('the batch cannot be flattened with itself');
    return power === 1 ? -count : count;
  });
  return [sides];
};

const concat: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  const shapes = node.inputs.map((_, index) => shape(index));
  const axis = axisOf(context, intAttribute(node, 'axis', 0), shapes[0].length);
  const rest = (s: Shape): Shape => s.map((dim, i) => (i === axis ? 0 : dim));
  const fits = shapes.every((s) => sameShape(rest(s), rest(shapes[0])));
  const symbolic = shapes.filter((s) => isBatchDim(s[axis])).length;
  if (!fits || (symbolic !== 0 && symbolic !== shapes.length)) {
    fail(`shapes ${shapes.map((s) => `[${s}]`).join(', ')} cannot be joined along axis ${axis}`);
  }
  const total = shapes.reduce((sum, s) => sum + s[axis], 0);
  return [shapes[0].map((dim, i) => (i === axis ? total : dim))];
};

const split: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  const input = shape(0);
  const axis = axisOf(context, intAttribute(node, 'axis', 0), input.length);
  const parts = node.outputs.length;
  const given = constantInts(node, 1, context.constants);
  if (given && isBatchDim(input[axis])) fail('the batch can only be split into equal parts');
  const sizes = given ?? node.outputs.map(() => input[axis] / parts);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length !== parts || total !== input[axis] || !sizes.every(Number.isInteger)) {
    fail(`dimension ${input[axis]} cannot be split into ${given ? `[${given}]` : parts}`);
  }
  return sizes.map((size) => input.map((dim, i) => (i === axis ? size : dim)));
};

/** First element and length of what Slice keeps of every axis of `shape`. */
export function sliceBounds(context: ShapeContext): { start: number; length: number }[] {
  const shape = context.shape(0);
  const [starts, ends] = [requiredInts(context, 1), requiredInts(context, 2)];
  const axes = constantInts(context.node, 3, context.constants) ?? starts.map((_, i) => i);
  const steps = constantInts(context.node, 4, context.constants) ?? starts.map(() => 1);
  if (steps.some((step) => step !== 1)) context.refuse('is not trainable with steps other than 1');
  const bounds = shape.map((dim) => ({ start: 0, length: dim }));
  axesOf(context, axes, shape.length).forEach((axis, i) => {
    const dim = shape[axis];
    if (isBatchDim(dim)) context.refuse('is not trainable along the batch');
    const inside = (value: number): number =>
      Math.min(Math.max(value < 0 ? value + dim : value, 0), dim);
    const start = inside(starts[i]);
    bounds[axis] = { start, length: Math.max(inside(ends[i]) - start, 0) };
  });
  return bounds;
}

const pad: ShapeRule = (context) => {
  const { node, shape, fail, refuse } = context;
  const input = shape(0);
  const pads = requiredInts(context, 1);
  const fill = constantInts(node, 2, context.constants);
  if (stringAttribute(node, 'mode', 'constant') !== 'constant' || fill?.some((f) => f !== 0)) {
    refuse('is trainable only with constant zeros');
  }
  if (pads.length !== 2 * input.length) fail(`${pads.length} pads for rank ${input.length}`);
  if (pads.some((p) => p < 0)) refuse('is not trainable with negative pads');
  return [
    input.map((dim, axis) => {
      const extra = pads[axis] + pads[axis + input.length];
      if (isBatchDim(dim) && extra !== 0) refuse('is not trainable along the batch');
      return dim + extra;
    }),
  ];
};

const expand: ShapeRule = (context) => {
  const target = requiredInts(context, 1);
  const input = context.shape(0);
  return [broadcastShapes(input, target) ?? context.fail(`[${input}] cannot become [${target}]`)];
};

const gather: ShapeRule = (context) => {
  const { node, shape, refuse, fail } = context;
  if (intAttribute(node, 'axis', 0) !== 0) refuse('is trainable on axis 0 only');
  const data = shape(0);
  if (data.length === 0 || isBatchDim(data[0])) fail('its first operand must be a table');
  return [[...shape(1), ...data.slice(1)]];
};

const softmax: ShapeRule = (context) => {
  const shape = context.shape(0);
  axisOf(context, intAttribute(context.node, 'axis', -1), shape.length);
  return [shape];
};

const layerNormalization: ShapeRule = (context) => {
  const shape = context.shape(0);
  const axis = axisOf(context, intAttribute(context.node, 'axis', -1), shape.length);
  const normalised = shape.slice(axis);
  if (normalised.some(isBatchDim)) context.fail('the batch cannot be normalised over');
  for (const index of [1, 2].filter((i) => context.node.inputs[i])) {
    const fitted = broadcastShapes(context.shape(index), shape);
    if (!fitted || !sameShape(fitted, shape)) {
      context.fail(`[${context.shape(index)}] does not fit [${normalised}]`);
    }
  }
  if (context.node.outputs.length > 1) context.refuse('is trainable with one output only');
  return [shape];
};

const clip: ShapeRule = (context) => {
  for (const index of [1, 2].filter((i) => context.node.inputs[i])) {
    if (context.shape(index).length !== 0) context.fail('its bounds must be scalars');
  }
  return [context.shape(0)];
};

const pow: ShapeRule = (context) => {
  const exponent = context.constants.get(context.node.inputs[1]);
  if (exponent?.data.length !== 1) context.refuse('is trainable only with one constant exponent');
  return broadcast(context);
};

export const shapeRules: Readonly<Record<string, ShapeRule>> = {
  Add: broadcast,
  Clip: clip,
  Concat: concat,
  Cos: same,
  Div: broadcast,
  Erf: same,
  Exp: same,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Gelu: same,
  Gemm: gemm,
  Identity: same,
  LayerNormalization: layerNormalization,
  Log: same,
  MatMul: matMul,
  Max: broadcast,
  Min: broadcast,
  Mul: broadcast,
  Neg: same,
  Pad: pad,
  Pow: pow,
  Reciprocal: same,
  ReduceMean: (context) => reduced(context, intsAttribute(context.node, 'axes')),
  ReduceSum: (context) => reduced(context, constantInts(context.node, 1, context.constants)),
  Relu: same,
  Reshape: reshape,
  Sigmoid: same,
  Sin: same,
  Slice: (context) => [sliceBounds(context).map(({ length }) => length)],
  Softmax: softmax,
  Split: split,
  Sqrt: same,
  Squeeze: squeeze,
  Sub: broadcast,
  Tanh: same,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
