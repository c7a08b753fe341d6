import { describe, expect, it } from 'vitest';
import { log } from '../../core/math';
import type { TreeShape } from '../../core/tree';
import { TreeIndex, nodeCount } from '../../core/tree';
import {
  NOISE_STREAM,
  childKey,
  forestKeys,
  normals,
  rootKey,
  sampleKeys,
  threefry2x32,
  treeKey,
} from './noise.twin';

const tree: TreeShape = { trees: 2, roots: 3, branchingFactor: 2, splitSteps: [1, 3], steps: 5 };

const keyAt = (keys: Uint32Array, node: number): number[] => [
  ...keys.subarray(node * 2, node * 2 + 2),
];

function gaussians(count: number, key: readonly [number, number] = [7, 9]): Float32Array {
  const out = new Float32Array(count);
  normals(key[0], key[1], NOISE_STREAM.own, count, out, 0);
  return out;
}

describe('threefry2x32', () => {
  // Known-answer vectors of Random123 1.14 (kat_vectors, "threefry2x32 20").
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])('gives the published words for key %j, counter %j', (key, counter, words) => {
    expect(threefry2x32(key[0], key[1], counter[0], counter[1])).toEqual(words);
  });
});

describe('node keys', () => {
  it('are functions of the path: seed, iteration, tree, root, children', () => {
    const keys = forestKeys(tree, 5, 11);
    const index = new TreeIndex(tree);
    expect(keys.length).toBe(nodeCount(tree) * 2);
    for (let node = 0; node < nodeCount(tree); node++) {
      const path: number[] = [];
      let at = node;
      for (let parent = index.parentOf(at); parent >= 0; parent = index.parentOf(at)) {
        path.unshift(at - index.childrenOf(parent).first);
        at = parent;
      }
      let key = rootKey(treeKey(5, 11, 0, Math.floor(at / tree.roots)), at % tree.roots);
      for (const child of path) key = childKey(key, child);
      expect(keyAt(keys, node)).toEqual(key);
    }
  });

  it('do not change when a branch is added elsewhere', () => {
    const plain = { ...tree, splitSteps: [3] };
    const before = forestKeys(plain, 5, 11);
    const after = forestKeys(tree, 5, 11);
    const first = new TreeIndex(plain);
    const second = new TreeIndex(tree);
    for (let t = 0; t < tree.trees; t++) {
      const a = first.range(t, tree.steps).first;
      const b = second.range(t, tree.steps).first;
      expect(keyAt(before, a)).toEqual(keyAt(after, b));
      expect(keyAt(before, a + 1)).toEqual(keyAt(after, b + 1));
    }
  });

  it('never repeat, nor meet the keys of another iteration, stream, seed or sample', () => {
    const all = [
      forestKeys(tree, 5, 11),
      forestKeys(tree, 5, 12),
      forestKeys(tree, 5, 11, 1),
      forestKeys(tree, 6, 11),
      forestKeys(tree, 5 + 2 ** 32, 11),
      sampleKeys(5, 0, 64),
      sampleKeys(5, 1, 64),
    ].flatMap((keys) => Array.from({ length: keys.length / 2 }, (_, i) => keyAt(keys, i).join()));
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('normals', () => {
  it('have mean 0, variance 1, skewness 0 and kurtosis 3', () => {
    const z = gaussians(200_001);
    const moment = (power: number): number => z.reduce((sum, x) => sum + x ** power, 0) / z.length;
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.01);
    expect(Math.abs(moment(3))).toBeLessThan(0.03);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.06);
  });

  it('follow the normal distribution in the tails', () => {
    const z = gaussians(400_000);
    const beyond = (limit: number): number =>
      z.filter((x) => Math.abs(x) > limit).length / z.length;
    expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.003);
    expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.0015);
    expect(Math.abs(beyond(3) - 0.0027)).toBeLessThan(0.0004);
  });

  it('are independent within a pair', () => {
    const z = gaussians(200_000);
    let product = 0;
    for (let i = 0; i < z.length; i += 2) product += z[i] * z[i + 1];
    expect(Math.abs(product / (z.length / 2))).toBeLessThan(0.01);
  });

  it('agree with Box–Muller in double precision to 1e-6', () => {
    const z = gaussians(20_000);
    let largest = 0;
    for (let pair = 0; pair < z.length / 2; pair++) {
      const [a, b] = threefry2x32(7, 9, pair, NOISE_STREAM.own);
      const radius = Math.sqrt(-2 * log(((a >>> 9) * 2 + 1) * 2 ** -24));
      const fraction = (((b >>> 6) & 0xffffff) * 2 - 0xffffff) * 2 ** -25;
      const angle = ((b >>> 30) + fraction) * (Math.PI / 2);
      largest = Math.max(
        largest,
        Math.abs(z[pair * 2] - radius * Math.cos(angle)),
        Math.abs(z[pair * 2 + 1] - radius * Math.sin(angle)),
      );
    }
    expect(largest).toBeLessThan(1e-6);
  });

  it('begin alike whatever the length, and write nothing else', () => {
    const long = gaussians(9);
    const out = new Float32Array(8).fill(42);
    normals(7, 9, NOISE_STREAM.own, 5, out, 1);
    expect([...out]).toEqual([42, ...long.subarray(0, 5), 42, 42]);
  });

  it('differ between streams', () => {
    const own = gaussians(100);
    const shared = new Float32Array(100);
    normals(7, 9, NOISE_STREAM.shared, 100, shared, 0);
    expect(own.filter((x, i) => x === shared[i]).length).toBe(0);
  });

  it('are finite where the uniform number is smallest and largest', () => {
    const z = gaussians(2_000_000, [1, 2]);
    const largest = z.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeGreaterThan(4.5);
    expect(largest).toBeLessThan(5.78);
    expect(z.every((x) => Number.isFinite(x))).toBe(true);
  });
});
