/** Matrix products. */
import { floatAttribute, intAttribute } from '../../../onnx/nodeView';
import { shapeSize } from '../sizes';
import { matrixProduct } from '../splitSums';
import type { Value, ValueFactory } from '../values';
import { outputShape, type Rule, type Rules } from './rule';

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

export const products: Rules = { Gemm: gemm, MatMul: matMul };
