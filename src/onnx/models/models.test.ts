import { describe, expect, test } from 'vitest';
import { elementCount, type Graph } from '../graph';
import { inferShapes } from '../passes/shapes';
import { buildDit, type DitOptions } from './dit';
import { buildPointMlp } from './mlp';
import { testNormal } from './testNormal';
import { buildWorkload } from './workloads';

const normal = testNormal();

function parameterNames(graph: Graph): string[] {
  return JSON.parse(graph.metadata['parameters']) as string[];
}

const parameterCount = (graph: Graph): number =>
  parameterNames(graph).reduce(
    (sum, name) => sum + elementCount(graph.constants.get(name)!.shape),
    0,
  );

describe('the networks have the sizes of the measured ones', () => {
  test.each([
    [64, 14_850],
    [96, 31_490],
    [128, 54_274],
  ])('the point MLP of width %i has %i parameters', (width, count) => {
    expect(parameterCount(buildPointMlp({ width, normal }))).toBe(count);
  });

  test.each([
    ['A', 37_506, 8],
    ['B', 643_995, 53],
    ['C', 223_756, 43],
  ] as const)('workload %s has %i parameters in %i tensors', (name, count, tensors) => {
    const { graph } = buildWorkload(name, normal);
    expect(parameterCount(graph)).toBe(count);
    expect(parameterNames(graph)).toHaveLength(tensors);
  });

  test('workload A has 15 nodes and DiT-small no more than 225', () => {
    expect(buildWorkload('A', normal).graph.nodes).toHaveLength(15);
    expect(buildWorkload('B', normal).graph.nodes.length).toBeLessThanOrEqual(225);
  });

  const small = { dim: 96, blocks: 3, heads: 3, mlpRatio: 3, prediction: 'x0', normal } as const;

  test('glyph text (S3) with a prompt token per letter has 500,320 parameters', () => {
    const graph = buildDit({
      ...small,
      ...{ channels: 1, height: 8, width: 32, patch: 8 },
      condition: {
        kind: 'slots',
        sizes: [17, 17, 17, 17],
        tokens: [0, 1, 2, 3].map((slot) => [{ slot, table: slot }]),
      },
    });
    expect(parameterCount(graph)).toBe(500_320);
    expect(graph.inputs.find(({ name }) => name === 'cond')?.shape).toEqual([-1, 68]);
    expect(graph.outputs[0].shape).toEqual([-1, 1, 8, 32]);
  });

  test('mini sprites (S2) with object tokens has 487,884 parameters', () => {
    const [n, shape1, colour1, relation, shape2, colour2] = [0, 1, 2, 3, 4, 5];
    const [role1, role2] = [6, 7];
    const graph = buildDit({
      ...small,
      ...{ channels: 12, height: 3, width: 3, patch: 1 },
      condition: {
        kind: 'slots',
        sizes: [5, 5, 5, 5, 5, 5],
        extraTables: [5, 5],
        tokens: [
          [
            { slot: n, table: n },
            { slot: shape1, table: shape1 },
            { slot: colour1, table: colour1 },
            { slot: relation, table: role1 },
          ],
          [
            { slot: shape2, table: shape1 },
            { slot: colour2, table: colour1 },
            { slot: relation, table: role2 },
          ],
        ],
      },
    });
    expect(parameterCount(graph)).toBe(487_884);
  });
});

describe('models', () => {
  const options: DitOptions = {
    ...{ channels: 2, height: 4, width: 6, patch: 2, dim: 8, blocks: 1, heads: 2, mlpRatio: 2 },
    normal,
  };

  test('declare the output that inference finds', () => {
    for (const graph of [
      buildPointMlp({ width: 8, normal, conditionSize: 3 }),
      buildDit(options),
    ]) {
      const values = inferShapes(graph);
      expect(graph.outputs).toEqual([values.get('v')]);
      expect(graph.outputs[0].shape).toEqual(graph.inputs[0].shape);
    }
  });

  test('are the same for the same normal source', () => {
    expect(buildDit(options)).toEqual(buildDit(options));
    const other = buildDit({ ...options, normal: testNormal(1) });
    expect(other.constants.get('position')).not.toEqual(
      buildDit(options).constants.get('position'),
    );
  });

  test('start as the zero velocity: head and modulations are all zero', () => {
    const { constants } = buildDit(options);
    for (const name of ['final.head', 'final.modulation', 'block0.modulation']) {
      expect(constants.get(`${name}.weight`)!.data.some((value) => value !== 0)).toBe(false);
    }
    expect(constants.get('block0.mlp1.weight')!.data.some((value) => value !== 0)).toBe(true);
  });

  test('refuse sizes that do not divide', () => {
    expect(() => buildDit({ ...options, patch: 3 })).toThrow(/do not fit/);
    expect(() => buildDit({ ...options, heads: 3 })).toThrow(/do not fit/);
    expect(() => buildPointMlp({ width: 8, normal, timeFeatures: 7 })).toThrow(/even/);
  });
});
