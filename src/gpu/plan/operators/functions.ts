/** Functions of one number. */
import { stringAttribute } from '../../../onnx/nodeView';
import type { UnaryOperation } from '../values';
import type { Rule, Rules } from './rule';

const unary =
  (operation: UnaryOperation): Rule =>
  ({ make }, x) =>
    make.map(operation, x);

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

export const functions: Rules = {
  Cos: unary('cos'),
  Erf: unary('erf'),
  Exp: unary('exp'),
  Gelu: gelu,
  Log: unary('log'),
  Relu: unary('relu'),
  Sigmoid: unary('sigmoid'),
  Sin: unary('sin'),
  Sqrt: unary('sqrt'),
  Tanh: unary('tanh'),
};
