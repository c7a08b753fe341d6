/** Softmax and layer normalisation: each element is set against the others of its row. */
import { say } from '../../content';
import { broadcastShapes, isBatchDim, sameShape } from '../dims';
import { elementCount } from '../graph';
import { floatAttribute, intAttribute } from '../nodeView';
import { rule, term } from './derivative';
import type { Definition, Family, Lowering, ShapeRule } from './operator';
import { checkedAxis } from './shape';
import { at, axisOf, need, present, replaced, tabulate } from './tensor';

const softmaxShape: ShapeRule = (context) => {
  const shape = context.shape(0);
  checkedAxis(context, intAttribute(context.node, 'axis', -1), shape.length);
  return [shape];
};

const softmax: Definition = (node, inputs) => {
  const x = need(node, inputs, 0);
  const axis = axisOf(node, -1, x.shape.length);
  const length = x.shape[axis];
  return [
    tabulate(x.shape, (index) => {
      const row = Array.from({ length }, (_, i) => at(x, replaced(index, axis, i)));
      const largest = Math.max(...row);
      const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
      return Math.exp(row[index[axis]] - largest) / sum;
    }),
  ];
};

/** y = softmax(x): dx = y·(g − Σ g·y). */
const softmaxRule = rule(({ node, b, y, shapes }, g) => {
  const axis = intAttribute(node, 'axis', -1);
  const normal = axis < 0 ? axis + shapes[0].length : axis;
  const product = b.mul(g, y);
  const overlap = term(b.sum(product.tensor, [normal], true), -product.scale);
  return [b.mul(b.add(g, overlap), y)];
});

const layerNormalizationShape: ShapeRule = (context) => {
  const shape = context.shape(0);
  const axis = checkedAxis(context, intAttribute(context.node, 'axis', -1), shape.length);
  const normalised = shape.slice(axis);
  if (normalised.some(isBatchDim)) context.fail(say('network.batchNormalised'));
  for (const index of [1, 2].filter((i) => context.node.inputs[i])) {
    const fitted = broadcastShapes(context.shape(index), shape);
    if (!fitted || !sameShape(fitted, shape)) {
      const given = String(context.shape(index));
      context.fail(say('network.doesNotFit', { shape: given, expected: String(normalised) }));
    }
  }
  if (context.node.outputs.length > 1) context.refuse(say('untrainable.outputs'));
  return [shape];
};

const layerNormalization: Definition = (node, inputs) => {
  const [x, scale] = present(node, inputs, 2);
  const axis = axisOf(node, -1, x.shape.length);
  const length = elementCount(x.shape.slice(axis));
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += length) {
    const group = x.data.subarray(start, start + length);
    const mean = group.reduce((sum, value) => sum + value, 0) / length;
    const variance = group.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
    const deviation = Math.sqrt(variance + floatAttribute(node, 'epsilon', 1e-5));
    group.forEach((value, i) => (data[start + i] = (value - mean) / deviation));
  }
  const normal = { shape: x.shape, data };
  const bias = inputs[2];
  return [
    tabulate(
      x.shape,
      (index) => at(normal, index) * at(scale, index) + (bias ? at(bias, index) : 0),
    ),
  ];
};

/** (x − mean)/√(mean((x − mean)²) + ε)·scale + bias. */
const lowerLayerNormalization: Lowering = ({ builder, node, inputs, output }) => {
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

export const normalisation: Family = {
  LayerNormalization: {
    inputs: [2, 3],
    attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
    shape: layerNormalizationShape,
    definition: layerNormalization,
    lowering: lowerLayerNormalization,
  },
  Softmax: {
    inputs: [1, 1],
    attributes: { axis: 'int' },
    shape: softmaxShape,
    definition: softmax,
    vjp: softmaxRule,
  },
};
