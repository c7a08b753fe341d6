import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../builder';
import type { Shape } from '../graph';
import { lower } from '../passes/lower';
import { gradientError } from '../testGradient';
import { operators, primitiveOperators } from '.';
import { operatorCases, operatorGraph, positive } from './testOperators';

const TOLERANCE = 1e-6;

describe('every derivative rule agrees with finite differences to 1e-6', () => {
  test('every operator of the set has a case and a way to be differentiated', () => {
    const tested = new Set([...operatorCases.map(({ op }) => op), 'Gather']);
    expect(Object.keys(operators).filter((op) => !tested.has(op))).toEqual([]);
    const without = Object.values(operators).filter(({ vjp, lowering }) => !vjp && !lowering);
    expect(without).toEqual([]);
  });

  test.each(operatorCases)('$title', ({ graph, value }) => {
    for (const batch of [1, 3]) {
      expect(gradientError(graph, { batch, value })).toBeLessThan(TOLERANCE);
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
        const graph = operatorGraph({ op, shapes: [shapeOf(left), shapeOf(right)] });
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
