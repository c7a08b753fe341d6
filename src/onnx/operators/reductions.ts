/** Sums and means over axes. */
import { isBatchDim } from '../dims';
import { elementCount, type GraphNode, type Shape } from '../graph';
import { constantInts, intAttribute, intsAttribute } from '../nodeView';
import { overBatch, rule, scaleBy } from './derivative';
import type { Family, ShapeContext, VjpRule, Tensor } from './operator';
import { checkedAxes } from './shape';
import { at, fromFront, need, numbers, stridesOf, tabulate, type Index } from './tensor';

function reducedShape(context: ShapeContext, axes: readonly number[] | null): Shape[] {
  const shape = context.shape(0);
  const noop = intAttribute(context.node, 'noop_with_empty_axes', 0) === 1;
  if (!axes?.length && noop) return [shape];
  const chosen = axes?.length
    ? checkedAxes(context, axes, shape.length)
    : shape.map((_, axis) => axis);
  return intAttribute(context.node, 'keepdims', 1) === 1
    ? [shape.map((dim, axis) => (chosen.includes(axis) ? 1 : dim))]
    : [shape.filter((_, axis) => !chosen.includes(axis))];
}

/** Σ over `axes`, divided by their number of elements for the mean. */
function reduce(node: GraphNode, x: Tensor, given: Index | null, mean: boolean): Tensor {
  if (!given?.length && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return x;
  const rank = x.shape.length;
  const axes = given?.length
    ? given.map((axis) => fromFront(axis, rank))
    : x.shape.map((_, i) => i);
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const strides = stridesOf(kept);
  const sums = new Float64Array(elementCount(kept));
  tabulate(x.shape, (index) => {
    const flat = index.reduce(
      (sum, i, axis) => sum + (kept[axis] === 1 ? 0 : i * strides[axis]),
      0,
    );
    return (sums[flat] += at(x, index));
  });
  const count = mean ? x.data.length / sums.length : 1;
  const keepdims = intAttribute(node, 'keepdims', 1) === 1;
  const shape = keepdims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  return { shape, data: sums.map((sum) => sum / count) };
}

/** y = Σ x or mean x over axes: g is repeated along them, for the mean divided by their number. */
const reduceRule = (mean: boolean): VjpRule =>
  rule(({ node, b, constants, shapes, refuse }, g) => {
    const shape = shapes[0];
    const given = mean ? intsAttribute(node, 'axes') : constantInts(node, 1, constants);
    const axes = given?.length
      ? given.map((axis) => (axis < 0 ? axis + shape.length : axis))
      : shape.map((_, axis) => axis);
    const reduced = axes.map((axis) => shape[axis]);
    if (mean && reduced.some(isBatchDim)) refuse(overBatch());
    const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    return [scaleBy(b.reshape(g, kept), mean ? 1 / elementCount(reduced) : 1)];
  });

export const reductions: Family = {
  ReduceMean: {
    inputs: [1, 1],
    attributes: { axes: 'ints', keepdims: 'int' },
    shape: (context) => reducedShape(context, intsAttribute(context.node, 'axes')),
    definition: (node, inputs) => [
      reduce(node, need(node, inputs, 0), intsAttribute(node, 'axes'), true),
    ],
    vjp: reduceRule(true),
  },
  ReduceSum: {
    inputs: [1, 2],
    attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
    integers: [1],
    shape: (context) => reducedShape(context, constantInts(context.node, 1, context.constants)),
    definition: (node, inputs) => [reduce(node, need(node, inputs, 0), numbers(inputs[1]), false)],
    vjp: reduceRule(false),
    isNoop: (node, constants) =>
      intAttribute(node, 'noop_with_empty_axes', 0) === 1 &&
      !constantInts(node, 1, constants)?.length,
  },
};
