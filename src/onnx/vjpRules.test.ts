import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GraphBuilder, type Attributes } from './builder';
import { elementCount, type Graph, type Shape } from './graph';
import { lower, primitiveOperators } from './lower';
import { operators } from './operators';
import { gradientError } from './testGradient';
import { vjpRules } from './vjpRules';

const TOLERANCE = 1e-6;

interface Case {
  readonly op: string;
  readonly shapes: readonly Shape[];
  /** Operands after the inputs: int64 lists or float scalars. */
  readonly constants?: readonly (readonly number[] | number)[];
  readonly attributes?: Attributes;
  readonly outputs?: number;
  readonly value?: (normal: number) => number;
}

/** A graph v = op(x0, x1, …); several outputs are made one by joining them with different weights. */
function graphOf({ op, shapes, constants = [], attributes = {}, outputs = 1 }: Case): Graph {
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

const positive = (z: number): number => 0.3 + Math.abs(z);
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

const cases: readonly Case[] = [
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

describe('every derivative rule agrees with finite differences to 1e-6', () => {
  test('every operator of the set has a case and a way to be differentiated', () => {
    const tested = new Set([...cases.map(({ op }) => op), 'Gather']);
    expect(Object.keys(operators).filter((op) => !tested.has(op))).toEqual([]);
    expect([...primitiveOperators].sort()).toEqual(Object.keys(vjpRules).sort());
  });

  test.each(
    cases.map((c) => [`${c.op} ${JSON.stringify([c.shapes, c.constants, c.attributes])}`, c]),
  )('%s', (_, c) => {
    for (const batch of [1, 3]) {
      const { value } = c as Case;
      expect(gradientError(graphOf(c as Case), { batch, value })).toBeLessThan(TOLERANCE);
    }
  });

  test.each([1, 3])('Gather sums over repeated rows, batch %i', (batch) => {
    const builder = new GraphBuilder('lookup');
    const table = builder.input('table', [4, 2, 3]);
    const rows = builder.input('rows', [-1, 2], 'int64');
    builder.output(builder.add('Gather', [table, rows], { axis: 0 }, 'v'));
    const data = Array.from({ length: 2 * batch }, (_, i) => (i * i + 2) % 4);
    const feeds = new Map([['rows', { shape: [batch, 2], data }]]);
    expect(gradientError(builder.build(), { batch, wrt: ['table'], feeds })).toBeLessThan(
      TOLERANCE,
    );
  });

  const dims = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 0, maxLength: 3 });
  const operand = fc.tuple(dims, fc.boolean(), fc.array(fc.boolean(), { maxLength: 3 }));

  test('for any two shapes that broadcast', () => {
    const property = fc.property(
      dims,
      operand,
      operand,
      fc.constantFrom('Add', 'Sub', 'Mul', 'Div'),
      fc.constantFrom(1, 3),
      (full, left, right, op, batch) => {
        const shapeOf = ([, batched, ones]: readonly [number[], boolean, boolean[]]): Shape => {
          const rest = full.map((dim, axis) => (ones[axis] ? 1 : dim));
          return batched ? [-1, ...rest] : rest;
        };
        const graph = graphOf({ op, shapes: [shapeOf(left), shapeOf(right)] });
        expect(gradientError(graph, { batch, value: positive })).toBeLessThan(TOLERANCE);
      },
    );
    fc.assert(property, { numRuns: 60, seed: 1 });
  });

  test('for one operand used twice, x·x, x/x and x − x', () => {
    for (const op of ['Mul', 'Div', 'Sub', 'Add', 'Max']) {
      const builder = new GraphBuilder('twice');
      const x = builder.input('x', [-1, 3]);
      const y = builder.add(op, [x, x]);
      builder.output(builder.add('Add', [y, builder.add('Sin', [x])], {}, 'v'));
      const error = gradientError(builder.build(), { batch: 2, value: positive });
      expect(error).toBeLessThan(TOLERANCE);
    }
  });
});

describe('lowering', () => {
  test('leaves primitive operators only, the same outputs, and is done once', () => {
    const builder = new GraphBuilder('composite');
    const x = builder.input('x', [-1, 4]);
    const scale = builder.constant('scale', [4], [1, 2, 3, 4]);
    const normal = builder.add('LayerNormalization', [x, scale]);
    const curved = builder.add('Gelu', [builder.add('Identity', [normal])]);
    builder.output(builder.add('Pow', [curved, builder.scalar(3)], {}, 'v'));
    const lowered = lower(builder.build());
    expect(lowered.nodes.filter(({ op }) => !primitiveOperators.includes(op))).toEqual([]);
    expect(lowered.outputs).toEqual(builder.build().outputs);
    expect(lower(lowered)).toEqual(lowered);
  });
});
