/** Sums, products and what is made of them. */
import { say } from '../../../content';
import { constantScalar } from '../../../onnx/nodeView';
import { unsupportedOperator } from '../../../onnx/operators';
import type { BinaryOperation, Value, ValueFactory } from '../values';
import type { Rule, Rules } from './rule';

/** A binary operator, or a chain of them. */
const chain =
  (operation: BinaryOperation): Rule =>
  ({ make }, ...operands) =>
    operands.reduce((a, b) => make.map(operation, a, b));

/** Whole powers up to 8 are products, so that negative bases work; WGSL's pow takes positive ones only. */
const power: Rule = ({ node, make, constants }, x) => {
  const exponent = constantScalar(node.inputs[1], constants);
  if (exponent === null) throw unsupportedOperator(node, say('untrainable.kernelExponent'));
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

export const arithmetic: Rules = {
  Add: chain('add'),
  Clip: clip,
  Div: chain('divide'),
  Identity: (_, x) => x,
  Max: chain('max'),
  Min: chain('min'),
  Mul: chain('multiply'),
  Neg: ({ make }, x) => make.map('negate', x),
  Pow: power,
  Reciprocal: ({ make }, x) => make.map('reciprocal', x),
  Sub: chain('subtract'),
};
