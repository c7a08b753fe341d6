/** Softmax and layer normalisation. */
import { floatAttribute, intAttribute } from '../../../onnx/nodeView';
import { shapeSize } from '../sizes';
import type { Value } from '../values';
import { divideBySize, positive, type Rule, type Rules } from './rule';

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

export const normalisation: Rules = {
  LayerNormalization: layerNormalization,
  Softmax: softmax,
};
