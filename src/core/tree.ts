/**
 * The one structure of every rollout: a forest of equal trees, one per prompt group.
 *
 * A prompt draws `roots` initial latents; at each split step every node gets `branchingFactor` children, at every other
 * step one. Flow-GRPO's flat rollout is `roots = G` without further splits (the tree splits once, at the prompt);
 * DanceGRPO's shared-noise group is one root that splits at step 0; BranchGRPO's tree is one root with several split
 * steps (2509.06040 §3). A node at depth d is the latent after d steps; step d leads from depth d to depth d + 1.
 *
 * Nodes are numbered depth by depth, inside a depth tree by tree, and the children of one parent are neighbours.
 * So parents and children are arithmetic, and fusion and pruning are strided reductions: no pointers are stored.
 */
import { EspalierError } from './errors';

export interface TreeShape {
  /** Number of trees (prompt groups). */
  readonly trees: number;
  /** Initial latents per tree. */
  readonly roots: number;
  /** Children per node at a split step. */
  readonly branchingFactor: number;
  /** Steps at which nodes split, ascending. */
  readonly splitSteps: readonly number[];
  /** Number of sampler steps T; leaves are at depth T. */
  readonly steps: number;
}

/** @throws EspalierError 'bad-setting' naming what does not fit. */
export function checkTreeShape(shape: TreeShape): void {
  const { trees, roots, branchingFactor, splitSteps, steps } = shape;
  const whole = [trees, roots, branchingFactor, steps].every((n) => Number.isInteger(n) && n >= 1);
  if (!whole) throw new EspalierError('bad-setting', 'treeNumbers');
  splitSteps.forEach((step, i) => {
    if (!Number.isInteger(step) || step < 0 || step >= steps) {
      throw new EspalierError('bad-setting', 'splitStepRange', { step, last: steps - 1 });
    }
    if (i > 0 && step <= splitSteps[i - 1]) {
      throw new EspalierError('bad-setting', 'splitStepOrder');
    }
  });
}

/** Children that every node at depth `depth` has. */
export function childrenAt(shape: TreeShape, depth: number): number {
  return shape.splitSteps.includes(depth) ? shape.branchingFactor : 1;
}

/** Nodes of one tree at each depth 0 … T. */
export function widths(shape: TreeShape): number[] {
  const result = [shape.roots];
  for (let d = 0; d < shape.steps; d++) result.push(result[d] * childrenAt(shape, d));
  return result;
}

/** First node of each depth in the numbering, and the number of all nodes as last entry (length T + 2). */
export function depthOffsets(shape: TreeShape): number[] {
  const result = [0];
  for (const width of widths(shape)) result.push(result[result.length - 1] + width * shape.trees);
  return result;
}

export const leafCount = (shape: TreeShape): number => widths(shape)[shape.steps] * shape.trees;

export const nodeCount = (shape: TreeShape): number => depthOffsets(shape)[shape.steps + 1];

/** Network forward evaluations of the rollout: one per node that is not a leaf (docs/methods.md §4.1). */
export const forwardCount = (shape: TreeShape): number => depthOffsets(shape)[shape.steps];

/** Edges of the forest: one per node that is not a root. */
export const edgeCount = (shape: TreeShape): number => nodeCount(shape) - shape.roots * shape.trees;

/** A walker over nodes: depth, tree, parent and children of a node by its number. */
export class TreeIndex {
  readonly widths: readonly number[];
  readonly offsets: readonly number[];

  constructor(readonly shape: TreeShape) {
    this.widths = widths(shape);
    this.offsets = depthOffsets(shape);
  }

  depthOf(node: number): number {
    let depth = 0;
    while (this.offsets[depth + 1] <= node) depth++;
    return depth;
  }

  treeOf(node: number): number {
    const depth = this.depthOf(node);
    return Math.floor((node - this.offsets[depth]) / this.widths[depth]);
  }

  /** Parent node, or −1 for a root. */
  parentOf(node: number): number {
    const depth = this.depthOf(node);
    if (depth === 0) return -1;
    const inDepth = node - this.offsets[depth];
    return this.offsets[depth - 1] + Math.floor(inDepth / childrenAt(this.shape, depth - 1));
  }

  /** First child and number of children; a leaf has none. */
  childrenOf(node: number): { first: number; count: number } {
    const depth = this.depthOf(node);
    if (depth === this.shape.steps) return { first: -1, count: 0 };
    const count = childrenAt(this.shape, depth);
    return { first: this.offsets[depth + 1] + (node - this.offsets[depth]) * count, count };
  }

  /** First node and number of nodes of one tree at one depth. */
  range(tree: number, depth: number): { first: number; count: number } {
    return { first: this.offsets[depth] + tree * this.widths[depth], count: this.widths[depth] };
  }
}
