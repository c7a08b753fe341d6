import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  TreeIndex,
  checkTreeShape,
  edgeCount,
  forwardCount,
  leafCount,
  nodeCount,
  widths,
} from './tree';
import type { TreeShape } from './tree';

/** Any small forest. */
export const anyTreeShape: fc.Arbitrary<TreeShape> = fc
  .record({
    trees: fc.integer({ min: 1, max: 4 }),
    roots: fc.integer({ min: 1, max: 4 }),
    branchingFactor: fc.integer({ min: 1, max: 4 }),
    steps: fc.integer({ min: 1, max: 7 }),
    splits: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
  })
  .map(({ splits, ...rest }) => ({
    ...rest,
    splitSteps: splits.filter((step) => step < rest.steps).sort((a, b) => a - b),
  }));

const tree = (changes: Partial<TreeShape>): TreeShape => ({
  trees: 1,
  roots: 1,
  branchingFactor: 2,
  splitSteps: [],
  steps: 10,
  ...changes,
});

describe('bookkeeping matches the reference numbers', () => {
  test('T = 20, splits 0,3,6,9, K = 2: 16 leaves, 203 forwards, 218 edges', () => {
    const shape = tree({ steps: 20, splitSteps: [0, 3, 6, 9] });
    expect([leafCount(shape), forwardCount(shape), edgeCount(shape)]).toEqual([16, 203, 218]);
  });
  test('K = 3, four splits: 81 leaves', () => {
    expect(leafCount(tree({ branchingFactor: 3, splitSteps: [0, 2, 4, 6] }))).toBe(81);
  });
  test('splits 0,2,4,6 of 10: 77 forwards, 76 trained edges when the last step is deterministic', () => {
    const shape = tree({ splitSteps: [0, 2, 4, 6] });
    expect(forwardCount(shape)).toBe(77);
    expect(edgeCount(shape) - leafCount(shape)).toBe(76);
  });
  test('a flat rollout of 16 is one tree of 16 roots: 160 forwards', () => {
    expect(forwardCount(tree({ roots: 16 }))).toBe(160);
  });
});

describe('for every tree', () => {
  test('children know their parents and parents their children', () => {
    fc.assert(
      fc.property(anyTreeShape, (shape) => {
        const index = new TreeIndex(shape);
        for (let node = 0; node < nodeCount(shape); node++) {
          const { first, count } = index.childrenOf(node);
          for (let child = first; child < first + count; child++) {
            expect(index.parentOf(child)).toBe(node);
            expect(index.treeOf(child)).toBe(index.treeOf(node));
            expect(index.depthOf(child)).toBe(index.depthOf(node) + 1);
          }
        }
      }),
    );
  });
  test('every node is counted once', () => {
    fc.assert(
      fc.property(anyTreeShape, (shape) => {
        const sum = widths(shape).reduce((a, b) => a + b, 0) * shape.trees;
        expect(nodeCount(shape)).toBe(sum);
        expect(forwardCount(shape) + leafCount(shape)).toBe(sum);
      }),
    );
  });
});

test.each([
  [{ splitSteps: [10] }, 'Split step 10 is not one of the steps 0 to 9.'],
  [{ splitSteps: [2, 2] }, 'Split steps must be given once each, in ascending order.'],
  [{ roots: 0 }, 'A tree needs whole numbers of at least 1.'],
] as const)('a shape that cannot be is refused: %j', (changes, message) => {
  expect(() => checkTreeShape(tree(changes))).toThrow(
    expect.objectContaining({ code: 'bad-setting', message }),
  );
});
