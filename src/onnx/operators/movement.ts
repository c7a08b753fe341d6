/** The same elements in another shape or order, or repeated. */
import { say } from '../../content';
import { broadcastShapes, reshapedShape, reshapeTarget, symbolicCount } from '../dims';
import { elementCount } from '../graph';
import { badNode, constantInts, intAttribute, intsAttribute } from '../nodeView';
import { rule } from './derivative';
import type { Definition, Family, Lowering, ShapeRule } from './operator';
import { checkedAxes, requiredInts } from './shape';
import { at, axisOf, fromFront, need, numbers, present, tabulate } from './tensor';

const cannotBecome = (shape: readonly number[], target: ArrayLike<number | bigint>): string =>
  say('network.reshape', { shape: String(shape), target: Array.from(target, String).join() });

/** Flatten, Squeeze and Unsqueeze are Reshape to the shape that they make. */
const asReshape: Lowering = ({ builder, inputs, output, shape, refuse }) => {
  const target = reshapeTarget(shape);
  if (!target) return refuse(say('untrainable.twoBatches'));
  builder.add('Reshape', [inputs[0], builder.ints(target)], {}, output);
};

const transposeShape: ShapeRule = (context) => {
  const shape = context.shape(0);
  const perm = intsAttribute(context.node, 'perm') ?? shape.map((_, i) => shape.length - 1 - i);
  if ([...perm].sort((a, b) => a - b).some((p, i) => p !== i) || perm.length !== shape.length) {
    context.fail(say('network.permutation', { perm: String(perm), axes: shape.length }));
  }
  return [perm.map((axis) => shape[axis])];
};

const transpose: Definition = (node, inputs) => {
  const x = need(node, inputs, 0);
  const rank = x.shape.length;
  const perm = intsAttribute(node, 'perm') ?? x.shape.map((_, axis) => rank - 1 - axis);
  return [
    tabulate(
      perm.map((axis) => x.shape[axis]),
      (index) =>
        at(
          x,
          x.shape.map((_, axis) => index[perm.indexOf(axis)]),
        ),
    ),
  ];
};

/** y = transpose(x, p): dx = transpose(g, p⁻¹). */
const transposeRule = rule(({ node, b, shapes }, g) => {
  const rank = shapes[0].length;
  const perm = intsAttribute(node, 'perm') ?? shapes[0].map((_, axis) => rank - 1 - axis);
  return [
    b.transpose(
      g,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ];
});

const reshapeShape: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  if (intAttribute(node, 'allowzero', 0) !== 0) context.refuse(say('untrainable.allowzero'));
  const target = requiredInts(context, 1);
  return [reshapedShape(shape(0), target) ?? fail(cannotBecome(shape(0), target))];
};

const reshape: Definition = (node, inputs) => {
  const [x, target] = present(node, inputs, 2);
  const shape = reshapedShape(x.shape, Array.from(target.data));
  if (!shape) throw badNode(node, cannotBecome(x.shape, target.data));
  return [{ shape, data: x.data }];
};

const squeezeShape: ShapeRule = (context) => {
  const shape = context.shape(0);
  const given = constantInts(context.node, 1, context.constants);
  const axes = given
    ? checkedAxes(context, given, shape.length)
    : shape.flatMap((d, i) => (d === 1 ? [i] : []));
  if (axes.some((axis) => shape[axis] !== 1))
    context.fail(say('network.axisNotOne', { shape: String(shape) }));
  return [shape.filter((_, axis) => !axes.includes(axis))];
};

const squeeze: Definition = (node, inputs) => {
  const { shape, data } = need(node, inputs, 0);
  const axes = numbers(inputs[1])?.map((axis) => fromFront(axis, shape.length));
  return [{ shape: shape.filter((dim, i) => (axes ? !axes.includes(i) : dim !== 1)), data }];
};

const unsqueezeShape: ShapeRule = (context) => {
  const shape = context.shape(0);
  const given = requiredInts(context, 1);
  const rank = shape.length + given.length;
  const axes = checkedAxes(context, given, rank);
  if (new Set(axes).size !== axes.length)
    context.fail(say('network.axesRepeat', { axes: String(given) }));
  const rest = [...shape];
  return [Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!))];
};

const unsqueeze: Definition = (node, inputs) => {
  const [{ shape, data }, given] = present(node, inputs, 2);
  const rank = shape.length + given.data.length;
  const axes = Array.from(given.data, (axis) => fromFront(axis, rank));
  const rest = [...shape];
  return [
    { shape: Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)), data },
  ];
};

const flattenShape: ShapeRule = (context) => {
  const shape = context.shape(0);
  const axis = intAttribute(context.node, 'axis', 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const sides = [shape.slice(0, at), shape.slice(at)].map((part) => {
    const { count, power } = symbolicCount(part);
    if (power > 1) context.fail(say('network.batchFlattened'));
    return power === 1 ? -count : count;
  });
  return [sides];
};

const flatten: Definition = (node, inputs) => {
  const { shape, data } = need(node, inputs, 0);
  const axis = axisOf(node, 1, shape.length);
  const rows = elementCount(shape.slice(0, axis));
  return [{ shape: [rows, elementCount(shape.slice(axis))], data }];
};

const expandShape: ShapeRule = (context) => {
  const target = requiredInts(context, 1);
  const input = context.shape(0);
  return [broadcastShapes(input, target) ?? context.fail(cannotBecome(input, target))];
};

const expand: Definition = (node, inputs) => {
  const [x, target] = present(node, inputs, 2);
  const shape = broadcastShapes(x.shape, Array.from(target.data));
  if (!shape) throw badNode(node, cannotBecome(x.shape, target.data));
  return [tabulate(shape, (index) => at(x, index))];
};

export const movement: Family = {
  /** y = x repeated: dx = g summed over the repeats. */
  Expand: {
    inputs: [2, 2],
    attributes: {},
    integers: [1],
    shape: expandShape,
    definition: expand,
    vjp: rule(({ b, shapes }, g) => [b.sumTo(g, shapes[0]), null]),
  },
  Flatten: {
    inputs: [1, 1],
    attributes: { axis: 'int' },
    shape: flattenShape,
    definition: flatten,
    lowering: asReshape,
  },
  /** y is x in another shape, and so is dx of g. */
  Reshape: {
    inputs: [2, 2],
    attributes: { allowzero: 'int' },
    integers: [1],
    shape: reshapeShape,
    definition: reshape,
    vjp: rule(({ b, shapes }, g) => [b.reshape(g, shapes[0]), null]),
  },
  Squeeze: {
    inputs: [1, 2],
    attributes: {},
    integers: [1],
    shape: squeezeShape,
    definition: squeeze,
    lowering: asReshape,
  },
  Transpose: {
    inputs: [1, 1],
    attributes: { perm: 'ints' },
    shape: transposeShape,
    definition: transpose,
    vjp: transposeRule,
  },
  Unsqueeze: {
    inputs: [2, 2],
    attributes: {},
    integers: [1],
    shape: unsqueezeShape,
    definition: unsqueeze,
    lowering: asReshape,
  },
};
