import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TreeIndex } from '../../core/tree';
import type { TreeShape } from '../../core/tree';
import { alongEdge, edgePath, nearestNode, nodePlace, treeLayout } from './treeLayout';

const binary: TreeShape = {
  trees: 3,
  roots: 1,
  branchingFactor: 2,
  splitSteps: [0, 2],
  steps: 4,
};

const shapes = fc
  .record({
    trees: fc.integer({ min: 1, max: 3 }),
    roots: fc.integer({ min: 1, max: 6 }),
    branchingFactor: fc.integer({ min: 1, max: 4 }),
    steps: fc.integer({ min: 2, max: 6 }),
    splits: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ splits, ...shape }) => ({
    ...shape,
    splitSteps: Array.from({ length: Math.min(splits, shape.steps) }, (_, i) => i),
  }));

describe('the lattice', () => {
  test('stands every parent in the middle of its children, inside the frame', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const tree = new TreeIndex(shape);
        const layout = treeLayout(tree, 800, 400);
        const nodes = tree.offsets[shape.steps];
        for (let node = 0; node < nodes; node++) {
          const { first, count } = tree.childrenOf(node);
          const own = nodePlace(layout, tree, node);
          let sum = 0;
          for (let child = first; child < first + count; child++) {
            const place = nodePlace(layout, tree, child);
            expect(place.x).toBeGreaterThan(own.x);
            sum += place.y;
          }
          expect(sum / count).toBeCloseTo(own.y, 6);
          expect(own.y).toBeGreaterThan(layout.top);
          expect(own.y).toBeLessThan(layout.bottom);
        }
      }),
    );
  });

  test('gives a group of several roots a trunk to start from', () => {
    expect(treeLayout(new TreeIndex({ ...binary, roots: 4 }), 800, 400).trunk).not.toBeNull();
    expect(treeLayout(new TreeIndex(binary), 800, 400).trunk).toBeNull();
  });

  test('keeps its columns apart on a phone', () => {
    const { columns } = treeLayout(new TreeIndex({ ...binary, steps: 10 }), 350, 380);
    columns.slice(1).forEach((x, i) => expect(x - columns[i]).toBeGreaterThan(15));
  });
});

describe('the nearest node', () => {
  const tree = new TreeIndex(binary);
  const layout = treeLayout(tree, 800, 400);

  test('is the one that stands there, in the group that is drawn', () => {
    for (let depth = 0; depth <= binary.steps; depth++) {
      const { first, count } = tree.range(1, depth);
      for (let node = first; node < first + count; node++) {
        const { x, y } = nodePlace(layout, tree, node);
        expect(nearestNode(layout, tree, 1, x + 3, y - 3, 18)).toBe(node);
      }
    }
  });

  test('is none far from all, and a leaf beside its bar', () => {
    expect(nearestNode(layout, tree, 0, 5, 395, 18)).toBe(-1);
    const leaf = tree.range(0, 4).first;
    const { y } = nodePlace(layout, tree, leaf);
    expect(nearestNode(layout, tree, 0, layout.barStart + 40, y, 18)).toBe(leaf);
  });
});

test('an edge leaves and arrives horizontally, and beads travel on it', () => {
  expect(edgePath(0, 0, 10, 20)).toBe('M0 0C5 0 5 20 10 20');
  expect(alongEdge(0, 0, 10, 20, 0)).toEqual({ x: 0, y: 0 });
  expect(alongEdge(0, 0, 10, 20, 1)).toEqual({ x: 10, y: 20 });
  expect(alongEdge(0, 0, 10, 20, 0.5)).toEqual({ x: 5, y: 10 });
});
