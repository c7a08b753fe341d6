import { describe, expect, test } from 'vitest';
import { EspalierError } from '../../core/errors';
import { GraphBuilder } from '../builder';
import { reshapedShape } from '../dims';
import type { Attributes, Shape } from '../graph';
import { inferShapes } from './shapes';

/** The output shapes of one operator on inputs of the given shapes; number lists after them become int64 constants. */
function shapesOf(
  op: string,
  shapes: readonly Shape[],
  constants: readonly (readonly number[])[] = [],
  attributes: Attributes = {},
  outputs = 1,
): Shape[] {
  const builder = new GraphBuilder('one');
  const inputs = shapes.map((shape, index) => builder.input(`x${index}`, shape));
  const all = [...inputs, ...constants.map((values) => builder.ints(values))];
  const names =
    outputs === 1
      ? [builder.add(op, all, attributes)]
      : builder.addMany(op, all, outputs, attributes);
  return names.map((name) => builder.shape(name));
}

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof EspalierError ? error.code : error;
  }
  return 'no error';
};

describe('shape inference keeps the batch symbolic', () => {
  test.each<[string, Shape[], number[][], Attributes, Shape]>([
    ['Add', [[-1, 4], [4]], [], {}, [-1, 4]],
    [
      'Mul',
      [
        [-1, 1, 4],
        [3, 1],
      ],
      [],
      {},
      [-1, 3, 4],
    ],
    ['Gemm', [[-6, 4], [4, 5], [5]], [], {}, [-6, 5]],
    [
      'Gemm',
      [
        [-6, 4],
        [-6, 5],
      ],
      [],
      { transA: 1 },
      [4, 5],
    ],
    [
      'Gemm',
      [
        [-6, 4],
        [5, 4],
      ],
      [],
      { transB: 1 },
      [-6, 5],
    ],
    [
      'MatMul',
      [
        [-1, 2, 3, 4],
        [4, 5],
      ],
      [],
      {},
      [-1, 2, 3, 5],
    ],
    [
      'MatMul',
      [
        [1, -1, 3, 4],
        [1, -1, 4, 3],
      ],
      [],
      {},
      [1, -1, 3, 3],
    ],
    ['Reshape', [[-1, 6, 4]], [[-1, 4]], {}, [-6, 4]],
    ['Reshape', [[-6, 4]], [[-1, 6, 4]], {}, [-1, 6, 4]],
    ['Reshape', [[-1, 6, 4]], [[0, -1]], {}, [-1, 24]],
    ['Transpose', [[-1, 2, 3]], [], {}, [3, 2, -1]],
    ['Transpose', [[-1, 2, 3]], [], { perm: [1, 0, 2] }, [2, -1, 3]],
    ['ReduceSum', [[-1, 2, 3]], [[0]], { keepdims: 0 }, [2, 3]],
    ['ReduceMean', [[-1, 2, 3]], [], { axes: [-1], keepdims: 1 }, [-1, 2, 1]],
    ['Squeeze', [[-1, 1, 3]], [[1]], {}, [-1, 3]],
    ['Unsqueeze', [[-1, 3]], [[0, 3]], {}, [1, -1, 3, 1]],
    ['Flatten', [[-1, 2, 3]], [], {}, [-1, 6]],
    [
      'Concat',
      [
        [-1, 2],
        [-1, 3],
      ],
      [],
      { axis: -1 },
      [-1, 5],
    ],
    [
      'Concat',
      [
        [-1, 2],
        [-1, 2],
      ],
      [],
      { axis: 0 },
      [-2, 2],
    ],
    ['Slice', [[-1, 8]], [[1], [-2], [1]], {}, [-1, 5]],
    ['Pad', [[-1, 2]], [[0, 1, 0, 2]], {}, [-1, 5]],
    ['Expand', [[-1, 1, 3]], [[1, 4, 1]], {}, [-1, 4, 3]],
    ['Softmax', [[-1, 7]], [], { axis: -1 }, [-1, 7]],
  ])('%s %j %j %j -> %j', (op, inputs, constants, attributes, expected) => {
    expect(shapesOf(op, inputs, constants, attributes)).toEqual([expected]);
  });

  test('Split divides a dimension by sizes or equally', () => {
    expect(shapesOf('Split', [[-1, 5]], [[2, 3]], { axis: 1 }, 2)).toEqual([
      [-1, 2],
      [-1, 3],
    ]);
    expect(shapesOf('Split', [[-4, 2]], [], { axis: 0 }, 2)).toEqual([
      [-2, 2],
      [-2, 2],
    ]);
  });

  test('Gather looks rows up', () => {
    const builder = new GraphBuilder('lookup');
    const table = builder.input('table', [7, 3]);
    const rows = builder.input('rows', [-1, 2], 'int64');
    expect(builder.shape(builder.add('Gather', [table, rows], { axis: 0 }))).toEqual([-1, 2, 3]);
  });

  test('a reshape that holds for one batch size only has no shape', () => {
    expect(reshapedShape([-1, 4], [8])).toBeNull();
    expect(reshapedShape([-2, 3], [-1, 4])).toBeNull();
    expect(reshapedShape([-2, 6], [-1, 4])).toEqual([-3, 4]);
    expect(reshapedShape([-2, 6], [0, 3, -1])).toEqual([-2, 3, 2]);
  });
});

describe('what does not fit is refused', () => {
  test('an operator outside the set is named with its node', () => {
    const graph = {
      name: 'g',
      inputs: [{ name: 'x', shape: [-1, 2], type: 'float32' as const }],
      outputs: [],
      constants: new Map(),
      nodes: [{ name: 'block3/conv', op: 'Conv', inputs: ['x'], outputs: ['y'], attributes: {} }],
      metadata: {},
    };
    expect(() => inferShapes(graph)).toThrow(/Conv \(node "block3\/conv"\)/);
    expect(codeOf(() => inferShapes(graph))).toBe('unsupported-operator');
  });

  test.each<[string, Shape[], number[][], Attributes, string]>([
    ['Add', [[-1, 4], [3]], [], {}, 'bad-model'],
    [
      'Add',
      [
        [-1, 4],
        [8, 4],
      ],
      [],
      {},
      'bad-model',
    ],
    ['Add', [[4]], [], {}, 'bad-model'],
    [
      'Gemm',
      [
        [-1, 4],
        [3, 5],
      ],
      [],
      {},
      'bad-model',
    ],
    ['Gemm', [[-1, 4], [4, 5], [4]], [], {}, 'bad-model'],
    ['MatMul', [[-1, 4], [4]], [], {}, 'unsupported-operator'],
    [
      'Concat',
      [
        [-1, 2],
        [3, 2],
      ],
      [],
      { axis: 0 },
      'bad-model',
    ],
    ['Slice', [[-1, 8]], [[0], [8], [1], [2]], {}, 'unsupported-operator'],
    ['Slice', [[-1, 8]], [[0], [1], [0]], {}, 'unsupported-operator'],
    ['Pad', [[-1, 2]], [[1, 0, 0, 0]], {}, 'unsupported-operator'],
    ['Pad', [[-1, 2]], [[0, 1, 0, 0]], { mode: 'reflect' }, 'unsupported-operator'],
    ['Reshape', [[-1, 2]], [[4]], {}, 'bad-model'],
    ['Squeeze', [[-1, 2]], [[1]], {}, 'bad-model'],
    ['Transpose', [[-1, 2]], [], { perm: [0, 0] }, 'bad-model'],
    ['ReduceMean', [[-1, 2]], [], { axes: [2] }, 'bad-model'],
    ['Pow', [[-1, 2], [2]], [], {}, 'unsupported-operator'],
  ])('%s %j %j %j is %s', (op, inputs, constants, attributes, code) => {
    expect(codeOf(() => shapesOf(op, inputs, constants, attributes))).toBe(code);
  });

  test('a shape must be a constant, and of integers', () => {
    const builder = new GraphBuilder('g');
    const x = builder.input('x', [-1, 4]);
    const shape = builder.input('shape', [2], 'int64');
    expect(() => builder.add('Reshape', [x, shape])).toThrow(/must be a constant/);
    const wrong = builder.constant('wrong', [2], [2, 2]);
    expect(() => builder.add('Reshape', [x, wrong])).toThrow(/float32, not int64/);
  });

  test('a tensor name may be used once', () => {
    const builder = new GraphBuilder('g');
    builder.input('x', [-1, 4]);
    expect(() => builder.input('x', [-1, 4])).toThrow(/taken/);
  });
});
