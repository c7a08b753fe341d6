import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuseRewards, setAdvantages } from './credit';
import { keptEdges, trainingRows } from './prune';
import { samplerSteps, sigmaSchedule } from './sampler';
import { TreeIndex, leafCount, nodeCount } from './tree';
import type { TreeShape } from './tree';
import { anyTreeShape } from './tree.test';

const uniform = { kind: 'uniform', sharpness: 1 } as const;
const depthwise = { kind: 'depth', scope: 'tree', bound: 1e9 } as const;

/** Leaves below a node. */
function leavesBelow(index: TreeIndex, node: number): number[] {
  const { first, count } = index.childrenOf(node);
  if (count === 0) return [node];
  return Array.from({ length: count }, (_, i) => leavesBelow(index, first + i)).flat();
}

const withNumbers = anyTreeShape.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    rewards: fc.float32Array({
      minLength: leafCount(shape),
      maxLength: leafCount(shape),
      min: -4,
      max: 4,
      noNaN: true,
    }),
    logProbs: fc.float32Array({
      minLength: nodeCount(shape),
      maxLength: nodeCount(shape),
      min: -5,
      max: 5,
      noNaN: true,
    }),
  }),
);

describe('fusion', () => {
  test('uniform: a node is worth the mean of its leaves, the root that of its tree', () => {
    fc.assert(
      fc.property(withNumbers, ({ shape, rewards, logProbs }) => {
        const fused = fuseRewards(shape, rewards, logProbs, uniform);
        const index = new TreeIndex(shape);
        const firstLeaf = index.offsets[shape.steps];
        for (let node = 0; node < fused.length; node++) {
          const leaves = leavesBelow(index, node);
          const mean =
            leaves.reduce((sum, leaf) => sum + rewards[leaf - firstLeaf], 0) / leaves.length;
          expect(fused[node]).toBeCloseTo(mean, 5);
        }
      }),
    );
  });
  test('path-weighted: a leaf weighs exp(β_f · log p of its path)', () => {
    fc.assert(
      fc.property(
        withNumbers,
        fc.double({ min: 0, max: 2, noNaN: true }),
        ({ shape, rewards, logProbs }, sharpness) => {
          const fused = fuseRewards(shape, rewards, logProbs, { kind: 'path-weighted', sharpness });
          const index = new TreeIndex(shape);
          const firstLeaf = index.offsets[shape.steps];
          const pathLogProb = (leaf: number, root: number): number =>
            leaf === root ? 0 : logProbs[leaf] + pathLogProb(index.parentOf(leaf), root);
          for (let node = 0; node < fused.length; node++) {
            const leaves = leavesBelow(index, node);
            const powers = leaves.map((leaf) => sharpness * pathLogProb(leaf, node));
            const peak = Math.max(...powers);
            const weights = powers.map((power) => Math.exp(power - peak));
            const total = weights.reduce((a, b) => a + b, 0);
            const value =
              leaves.reduce((sum, leaf, i) => sum + weights[i] * rewards[leaf - firstLeaf], 0) /
              total;
            expect(fused[node]).toBeCloseTo(value, 4);
          }
        },
      ),
    );
  });
});

describe('advantages', () => {
  test('depth-wise ones have mean 0 and standard deviation 1 in each tree and depth, or are all 0', () => {
    fc.assert(
      fc.property(withNumbers, ({ shape, rewards, logProbs }) => {
        const advantages = setAdvantages(
          shape,
          fuseRewards(shape, rewards, logProbs, uniform),
          depthwise,
        );
        const index = new TreeIndex(shape);
        for (let depth = 1; depth <= shape.steps; depth++) {
          for (let tree = 0; tree < shape.trees; tree++) {
            const { first, count } = index.range(tree, depth);
            const values = [...advantages.slice(first, first + count)];
            const mean = values.reduce((a, b) => a + b, 0) / count;
            const variance =
              values.reduce((a, v) => a + (v - mean) ** 2, 0) / Math.max(1, count - 1);
            expect(Math.abs(mean)).toBeLessThan(1e-4);
            if (values.some((v) => v !== 0)) expect(variance).toBeCloseTo(1, 3);
          }
        }
      }),
    );
  });
  test('equal rewards give exactly 0 and no NaN', () => {
    fc.assert(
      fc.property(anyTreeShape, fc.float({ min: -3, max: 3, noNaN: true }), (shape, reward) => {
        const fused = new Float32Array(nodeCount(shape)).fill(reward);
        for (const kind of ['depth', 'group'] as const) {
          for (const scope of ['tree', 'batch'] as const) {
            const advantages = setAdvantages(shape, fused, { kind, scope, bound: 5 });
            expect(advantages.every((a) => a === 0)).toBe(true);
          }
        }
      }),
    );
  });
  const flat: TreeShape = { trees: 1, roots: 4, branchingFactor: 1, splitSteps: [], steps: 2 };
  test('group advantages of a flat rollout are the same along each path: (r − mean)/std', () => {
    const fused = fuseRewards(flat, Float32Array.of(0, 1, 2, 3), new Float32Array(12), uniform);
    const advantages = setAdvantages(flat, fused, { kind: 'group', scope: 'tree', bound: 5 });
    const std = Math.sqrt(5 / 3);
    const expected = [-1.5, -0.5, 0.5, 1.5].map((r) => Math.fround(r / std));
    expect([...advantages]).toEqual([0, 0, 0, 0, ...expected, ...expected]);
  });
  test('they are clamped', () => {
    const fused = Float32Array.of(0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 9);
    const advantages = setAdvantages(flat, fused, { kind: 'depth', scope: 'tree', bound: 1 });
    expect(Math.max(...advantages)).toBe(1);
  });
});

describe('pruning', () => {
  const shape: TreeShape = { trees: 2, roots: 1, branchingFactor: 2, splitSteps: [0, 1], steps: 3 };
  const steps = samplerSteps('flow-sde', 0.7, sigmaSchedule(3), (step) => step < 2);
  const rewards = Float32Array.from({ length: 8 }, (_, i) => i % 3);
  const fused = fuseRewards(shape, rewards, new Float32Array(nodeCount(shape)), uniform);
  const advantages = setAdvantages(shape, fused, depthwise);

  test('deterministic steps and zero advantages carry no gradient', () => {
    const kept = keptEdges(shape, steps, advantages);
    const { offsets } = new TreeIndex(shape);
    expect([...kept.subarray(offsets[3])]).toEqual(new Array(8).fill(0));
    for (let node = offsets[1]; node < offsets[3]; node++) {
      expect(kept[node]).toBe(advantages[node] === 0 ? 0 : 1);
    }
  });
  test('siblings share one training row, and rows of disjoint trees add up to all kept edges', () => {
    const kept = keptEdges(shape, steps, advantages);
    const all = trainingRows(shape, kept, 0, 2);
    const parts = [trainingRows(shape, kept, 0, 1), trainingRows(shape, kept, 1, 2)];
    expect(parts[0].edges + parts[1].edges).toBe(all.edges);
    expect(all.edges).toBe(kept.reduce((a, b) => a + b, 0));
    expect(parts[0].rows.length + parts[1].rows.length).toBe(all.rows.length);
    expect(all.rows.length / 4).toBeLessThan(all.edges);
  });
});
