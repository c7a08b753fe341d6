import { describe, expect, test } from 'vitest';
import { ROW } from './objective';
import { samplerSteps, sigmaSchedule } from './sampler';
import { TreeIndex, depthOffsets, nodeCount } from './tree';
import type { TreeShape } from './tree';
import { keptEdges } from './prune';
import { updateBatch } from './updateBatch';

/** Splits at steps 0 and 1 of 5, which alone are stochastic. */
const shape: TreeShape = { trees: 3, roots: 1, branchingFactor: 2, splitSteps: [0, 1], steps: 5 };
const steps = samplerSteps('flow-sde', 0.7, sigmaSchedule(5), (step) => step < 2);
const kept = keptEdges(shape, steps, new Float32Array(nodeCount(shape)).fill(1));
const all = { first: 0, last: 3 };

const rowsOf = (rows: Int32Array): number[][] =>
  Array.from({ length: rows.length / ROW.width }, (_, i) => [
    ...rows.subarray(i * ROW.width, (i + 1) * ROW.width),
  ]);

const heldRows = (turn: number, trees = all): number[][] =>
  rowsOf(updateBatch(shape, steps, kept, trees, turn)!.rows).filter(([, , , step]) => step >= 2);

describe('holding deterministic steps to the reference', () => {
  test('leaves the trained edges and their weights as they are', () => {
    const alone = updateBatch(shape, steps, kept, all, null)!;
    const { rows, edgeWeights } = updateBatch(shape, steps, kept, all, 7)!;
    expect(rows.subarray(0, alone.rows.length)).toEqual(alone.rows);
    kept.forEach((one, node) => {
      if (one) expect(edgeWeights[node]).toBe(alone.edgeWeights[node]);
    });
  });

  test('takes the steps of one path per tree, and their weights add up to 1', () => {
    const index = new TreeIndex(shape);
    const held = heldRows(1);
    expect(held.map(([node, , , step]) => [index.treeOf(node), step])).toEqual(
      [2, 3, 4].flatMap((step) => [0, 1, 2].map((tree) => [tree, step])),
    );
    for (const [node, firstChild, children] of held) {
      expect(index.childrenOf(node)).toEqual({ first: firstChild, count: children });
      const below = held.find(([other]) => other === firstChild);
      expect(below !== undefined || index.depthOf(firstChild) === shape.steps).toBe(true);
    }
    const { edgeWeights } = updateBatch(shape, steps, kept, all, 1)!;
    const sum = edgeWeights.reduce((total, weight, node) => total + (kept[node] ? 0 : weight), 0);
    expect(sum).toBeCloseTo(1, 6);
  });

  test('works for the largest forest that settings allow', () => {
    const large: TreeShape = { ...shape, trees: 256, roots: 256, splitSteps: [] };
    const everything = new Uint8Array(nodeCount(large)).fill(1);
    const { rows } = updateBatch(large, steps, everything, { first: 0, last: 256 }, 0)!;
    expect(rows.length / ROW.width).toBe(5 * 256 * 256 + 3 * 256);
  });

  test('the paths of a tree take turns', () => {
    const nodes = [0, 1, 2, 3, 4].map((turn) => heldRows(turn, { first: 0, last: 1 })[0][0]);
    const first = depthOffsets(shape)[2];
    expect(nodes.map((node) => node - first)).toEqual([0, 1, 2, 3, 0]);
  });

  test('a deterministic step that splits is held once, with all its children', () => {
    const wide: TreeShape = { ...shape, splitSteps: [0, 1, 3] };
    const batch = updateBatch(wide, steps, new Uint8Array(nodeCount(wide)).fill(1), all, 0)!;
    const held = rowsOf(batch.rows).slice(-9);
    expect(held.map(([, , children]) => children)).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1]);
  });

  test('a sampler without noise there has nothing to hold, and no trained edge no batch', () => {
    const ode = samplerSteps('ode', 0.7, sigmaSchedule(5), () => false);
    expect(updateBatch(shape, ode, kept, all, 0)).toEqual(updateBatch(shape, ode, kept, all, null));
    expect(updateBatch(shape, steps, new Uint8Array(kept.length), all, 0)).toBeNull();
  });
});
