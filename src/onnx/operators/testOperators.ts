/** One small graph per operator and form, shared by the tests of derivatives and of executors. */
import { GraphBuilder } from '../builder';
import { elementCount, type Attributes, type Graph, type Shape } from '../graph';

export interface OperatorCase {
  readonly op: string;
  readonly shapes: readonly Shape[];
  /** Operands after the inputs: int64 lists or float scalars. */
  readonly constants?: readonly (readonly number[] | number)[];
  readonly attributes?: Attributes;
  readonly outputs?: number;
  readonly value?: (normal: number) => number;
}

/** A graph v = op(x0, x1, …); several outputs are made one by joining them with different weights. */
export function operatorGraph({
  op,
  shapes,
  constants = [],
  attributes = {},
  outputs = 1,
}: OperatorCase): Graph {
  const builder = new GraphBuilder('case');
  const operands = [
    ...shapes.map((shape, index) => builder.input(`x${index}`, shape)),
    ...constants.map((value) =>
      typeof value === 'number' ? builder.scalar(value) : builder.ints(value),
    ),
  ];
  if (outputs === 1) builder.output(builder.add(op, operands, attributes, 'v'));
  else {
    const parts = builder
      .addMany(op, operands, outputs, attributes)
      .map((part, index) => builder.add('Mul', [part, builder.scalar(index + 1)]));
    const flat = parts.map((part) => {
      const row = builder.ints([-1, elementCount(builder.shape(part))]);
      return builder.add('Reshape', [part, row]);
    });
    builder.output(builder.add('Concat', flat, { axis: 1 }, 'v'));
  }
  return builder.build();
}

export const positive = (z: number): number => 0.3 + Math.abs(z);
/** Keeps a distance from 0, where Relu, Min, Max and Clip have a kink. */
const awayFromZero = (z: number): number => z + Math.sign(z) * 0.1;

const image: Shape = [-1, 2, 3, 4];
const unaries = [
  ...['Cos', 'Erf', 'Exp', 'Identity', 'Neg', 'Sigmoid', 'Sin', 'Tanh'].map((op) => ({ op })),
  ...['Log', 'Reciprocal', 'Sqrt'].map((op) => ({ op, value: positive })),
  { op: 'Relu', value: awayFromZero },
  { op: 'Gelu' },
  { op: 'Gelu', attributes: { approximate: 'tanh' } },
].flatMap((unary) => [
  { shapes: [[-1, 5]], ...unary },
  { shapes: [image], ...unary },
]);

const cases: readonly OperatorCase[] = [
  ...unaries,
  ...['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'].map((op) => ({
    op,
    shapes: [
      [-1, 3],
      [-1, 3],
    ],
    value: op === 'Div' ? positive : awayFromZero,
  })),
  { op: 'Max', shapes: [[-1, 3], [3], [-1, 1]] },
  { op: 'Min', shapes: [[-1, 3], [3], [-1, 1]] },
  { op: 'Max', shapes: [[-1]], constants: [0.05], value: (z) => Math.abs(z) * 0.1 },
  { op: 'Clip', shapes: [[-1, 6]], constants: [-0.5, 0.5] },
  { op: 'Clip', shapes: [[-1, 6]], constants: [-0.5] },
  ...[2, 3, -1, -2].map((power) => ({
    op: 'Pow',
    shapes: [[-1, 4]],
    constants: [power],
    value: awayFromZero,
  })),
  ...[0.5, -0.5, 1.7, 1].map((power) => ({
    op: 'Pow',
    shapes: [[-1, 4]],
    constants: [power],
    value: positive,
  })),
  { op: 'Gemm', shapes: [[-1, 3], [3, 4], [4]] },
  {
    op: 'Gemm',
    shapes: [
      [-6, 3],
      [3, 4],
    ],
  },
  {
    op: 'Gemm',
    shapes: [
      [-1, 3],
      [4, 3],
      [1, 4],
    ],
    attributes: { transB: 1, alpha: 0.7, beta: 2 },
  },
  {
    op: 'Gemm',
    shapes: [
      [3, -1],
      [3, 4],
      [-1, 1],
    ],
    attributes: { transA: 1, alpha: -1.5 },
  },
  { op: 'Gemm', shapes: [[3, -1], [4, 3], []], attributes: { transA: 1, transB: 1 } },
  {
    op: 'MatMul',
    shapes: [
      [-1, 3],
      [3, 4],
    ],
  },
  {
    op: 'MatMul',
    shapes: [
      [-1, 2, 3],
      [3, 4],
    ],
  },
  {
    op: 'MatMul',
    shapes: [
      [-1, 2, 3, 4],
      [-1, 2, 4, 3],
    ],
  },
  {
    op: 'MatMul',
    shapes: [
      [1, -1, 2, 3, 4],
      [1, -1, 2, 4, 5],
    ],
  },
  {
    op: 'MatMul',
    shapes: [
      [3, 4],
      [-1, 4, 2],
    ],
  },
  {
    op: 'MatMul',
    shapes: [
      [2, 3, 4],
      [-1, 1, 4, 2],
    ],
  },
  { op: 'Softmax', shapes: [[-1, 4]], attributes: { axis: -1 } },
  { op: 'Softmax', shapes: [[-1, 3, 4]], attributes: { axis: 1 } },
  { op: 'LayerNormalization', shapes: [[-1, 5], [5], [5]] },
  {
    op: 'LayerNormalization',
    shapes: [
      [-1, 3, 4],
      [3, 4],
    ],
    attributes: { axis: 1 },
  },
  { op: 'LayerNormalization', shapes: [[-1, 3, 4], [4]], attributes: { epsilon: 0.1 } },
  { op: 'ReduceSum', shapes: [image], constants: [[1, 3]], attributes: { keepdims: 0 } },
  { op: 'ReduceSum', shapes: [image], constants: [[-2]] },
  { op: 'ReduceSum', shapes: [image], constants: [[0]], attributes: { keepdims: 0 } },
  { op: 'ReduceSum', shapes: [image], constants: [[0, 1]] },
  { op: 'ReduceSum', shapes: [image] },
  { op: 'ReduceMean', shapes: [image], attributes: { axes: [2, 3], keepdims: 0 } },
  { op: 'ReduceMean', shapes: [image], attributes: { axes: [-1], keepdims: 1 } },
  { op: 'Transpose', shapes: [image], attributes: { perm: [2, 0, 3, 1] } },
  { op: 'Transpose', shapes: [[-1, 3]] },
  { op: 'Reshape', shapes: [image], constants: [[-1, 4]] },
  { op: 'Reshape', shapes: [[-6, 4]], constants: [[-1, 6, 2, 2]] },
  { op: 'Flatten', shapes: [image] },
  { op: 'Squeeze', shapes: [[-1, 1, 3, 1]], constants: [[1, -1]] },
  { op: 'Unsqueeze', shapes: [[-1, 3]], constants: [[0, 3]] },
  { op: 'Split', shapes: [[-1, 5]], constants: [[2, 3]], attributes: { axis: 1 }, outputs: 2 },
  { op: 'Split', shapes: [[-1, 6]], attributes: { axis: -1 }, outputs: 3 },
  { op: 'Split', shapes: [[-4, 2]], attributes: { axis: 0 }, outputs: 2 },
  {
    op: 'Slice',
    shapes: [image],
    constants: [
      [1, -3],
      [2, 9],
      [1, 3],
    ],
  },
  { op: 'Slice', shapes: [[4, -1]], constants: [[1], [3]] },
  { op: 'Pad', shapes: [[-1, 2, 3]], constants: [[0, 1, 0, 0, 0, 2]] },
  {
    op: 'Concat',
    shapes: [
      [-1, 2],
      [-1, 3],
      [-1, 1],
    ],
    attributes: { axis: 1 },
  },
  {
    op: 'Concat',
    shapes: [
      [-1, 2],
      [-1, 2],
    ],
    attributes: { axis: 0 },
  },
  { op: 'Expand', shapes: [[-1, 1, 3]], constants: [[2, 1, 4, 1]] },
];

export interface OperatorGraph {
  readonly title: string;
  readonly op: string;
  readonly graph: Graph;
  readonly value: (normal: number) => number;
}

/** v = op(x0, x1, …) for every operator but Gather. */
export const operatorCases: readonly OperatorGraph[] = cases.map((one) => ({
  title: `${one.op} ${JSON.stringify([one.shapes, one.constants, one.attributes])}`,
  op: one.op,
  graph: operatorGraph(one),
  value: one.value ?? ((z) => z),
}));
