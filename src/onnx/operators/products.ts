/** Matrix products. */
import { say } from '../../content';
import { broadcastShapes, sameShape } from '../dims';
import { floatAttribute, intAttribute } from '../nodeView';
import { rule, scaleBy, term } from './derivative';
import type { Definition, Family, ShapeRule, Term, Tensor } from './operator';
import { at, present, stridesOf, tabulate, type Index } from './tensor';

/** Σ over k of left(k)·right(k). */
function dot(length: number, left: (k: number) => number, right: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += left(k) * right(k);
  return sum;
}

const gemmShape: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  const [a, b] = [shape(0), shape(1)];
  if (a.length !== 2 || b.length !== 2)
    fail(say('network.notTwoDimensions', { a: String(a), b: String(b) }));
  const [rows, innerA] = intAttribute(node, 'transA', 0) === 1 ? [a[1], a[0]] : a;
  const [innerB, columns] = intAttribute(node, 'transB', 0) === 1 ? [b[1], b[0]] : b;
  if (innerA !== innerB) fail(say('network.innerDimensions', { a: innerA, b: innerB }));
  const result = [rows, columns];
  if (node.inputs[2]) {
    const fitted = broadcastShapes(shape(2), result);
    if (!fitted || !sameShape(fitted, result)) {
      fail(say('network.addend', { c: String(shape(2)), result: String(result) }));
    }
  }
  return [result];
};

const gemm: Definition = (node, inputs) => {
  const [a, b] = present(node, inputs, 2);
  const c = inputs[2];
  const transA = intAttribute(node, 'transA', 0) === 1;
  const transB = intAttribute(node, 'transB', 0) === 1;
  const [alpha, beta] = [floatAttribute(node, 'alpha', 1), floatAttribute(node, 'beta', 1)];
  const [rows, inner] = transA ? [a.shape[1], a.shape[0]] : a.shape;
  const columns = transB ? b.shape[0] : b.shape[1];
  return [
    tabulate([rows, columns], ([i, j]) => {
      const left = (k: number): number => a.data[transA ? k * rows + i : i * inner + k];
      const right = (k: number): number => b.data[transB ? j * inner + k : k * columns + j];
      return alpha * dot(inner, left, right) + (c ? beta * at(c, [i, j]) : 0);
    }),
  ];
};

/** Y = α·A'·B' + β·C: dA' = α·g·B'ᵀ, dB' = α·A'ᵀ·g, dC = β·g summed over rows; transposes are flags. */
const gemmRule = rule(({ node, b, x, shapes, wanted }, g) => {
  const transA = intAttribute(node, 'transA', 0) === 1;
  const transB = intAttribute(node, 'transB', 0) === 1;
  const scaled = scaleBy(g, floatAttribute(node, 'alpha', 1));
  const [A, B] = [term(x[0]), term(x[1])];
  const dA = (): Term =>
    transA ? b.gemm(B, scaled, transB, true) : b.gemm(scaled, B, false, !transB);
  const dB = (): Term =>
    transB ? b.gemm(scaled, A, true, transA) : b.gemm(A, scaled, !transA, false);
  const dC = (): Term => b.sumTo(scaleBy(g, floatAttribute(node, 'beta', 1)), shapes[2]);
  return [dA, dB, dC].slice(0, x.length).map((make, i) => (wanted(i) ? make() : null));
});

const matMulShape: ShapeRule = (context) => {
  const { shape, fail, refuse } = context;
  const [a, b] = [shape(0), shape(1)];
  if (a.length < 2 || b.length < 2) refuse(say('untrainable.vector'));
  const [rows, innerA] = a.slice(-2);
  const [innerB, columns] = b.slice(-2);
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  if (innerA !== innerB || !batch) fail(say('network.operands', { a: String(a), b: String(b) }));
  return [[...(batch ?? []), rows, columns]];
};

const matMul: Definition = (node, inputs) => {
  const [a, b] = present(node, inputs, 2);
  const [rows, inner] = a.shape.slice(-2);
  const columns = b.shape[b.shape.length - 1];
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? [];
  const offsetOf = ({ shape }: Tensor): ((index: Index) => number) => {
    const skip = batch.length - (shape.length - 2);
    const steps = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
    return (index) =>
      steps.slice(0, -2).reduce((sum, step, axis) => sum + step * index[axis + skip], 0);
  };
  const [offsetA, offsetB] = [offsetOf(a), offsetOf(b)];
  return [
    tabulate([...batch, rows, columns], (index) => {
      const [i, j] = index.slice(-2);
      const [first, second] = [offsetA(index), offsetB(index)];
      return dot(
        inner,
        (k) => a.data[first + i * inner + k],
        (k) => b.data[second + k * columns + j],
      );
    }),
  ];
};

/** Y = A·B: dA = g·Bᵀ, dB = Aᵀ·g; a matrix B is shared by all rows of A, so both become Gemm on rows. */
const matMulRule = rule(({ b, x, shapes, wanted }, g) => {
  const [A, B] = [term(x[0]), term(x[1])];
  if (shapes[1].length === 2) {
    const [rowsG, rowsA] = [b.rows(g), b.rows(A)];
    return [
      wanted(0) ? b.reshape(b.gemm(rowsG, B, false, true), shapes[0]) : null,
      wanted(1) ? b.gemm(rowsA, rowsG, true, false) : null,
    ];
  }
  return [
    wanted(0) ? b.sumTo(b.matMul(g, b.transposeMatrix(B)), shapes[0]) : null,
    wanted(1) ? b.sumTo(b.matMul(b.transposeMatrix(A), g), shapes[1]) : null,
  ];
});

export const products: Family = {
  Gemm: {
    inputs: [2, 3],
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
    shape: gemmShape,
    definition: gemm,
    vjp: gemmRule,
  },
  MatMul: {
    inputs: [2, 2],
    attributes: {},
    shape: matMulShape,
    definition: matMul,
    vjp: matMulRule,
  },
};
