/**
 * What is drawn of one tree: an edge carries the sign and size of its advantage and whether it is trained, a node its
 * fused reward. Sign is told by hue and by ▲▼, size by width, so that colour is never alone.
 */
import type { TreeIndex } from '../../core/tree';
import type { RunView } from './runView';
import { edgePath, nodeY } from './treeLayout';
import type { TreeLayout } from './treeLayout';

export type Tone = 'up' | 'down' | 'none';

/** An advantage of this size has the widest edge. */
export const fullAdvantage = 3;

export const toneOf = (advantage: number): Tone =>
  advantage > 0 ? 'up' : advantage < 0 ? 'down' : 'none';

/** Edge width in pixels, 1 to 5. */
export const edgeWidth = (advantage: number): number =>
  1 + 4 * Math.min(1, Math.abs(advantage) / fullAdvantage);

/**
 * 'trained' edges carry a gradient. 'resting' ones cannot: their step is deterministic or their advantage 0. 'pruned'
 * ones could, and were left out.
 */
export type EdgeState = 'trained' | 'resting' | 'pruned';

export interface EdgeMark {
  /** The node that the edge leads to. */
  readonly node: number;
  readonly depth: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly path: string;
  readonly stochastic: boolean;
  /** NaN until advantages are set. */
  readonly advantage: number;
  readonly state: EdgeState;
  /** First of several siblings, or a leaf: where a mark of the sign is drawn. */
  readonly signed: boolean;
}

export interface NodeMark {
  readonly node: number;
  readonly depth: number;
  readonly x: number;
  readonly y: number;
  /** Where something begins or divides: drawn larger. */
  readonly joint: boolean;
  /** NaN until rewards are fused. */
  readonly fused: number;
}

export interface LeafMark {
  readonly node: number;
  readonly y: number;
  readonly reward: number;
  readonly advantage: number;
  readonly best: boolean;
}

export interface TreeMarks {
  readonly edges: readonly EdgeMark[];
  readonly nodes: readonly NodeMark[];
  readonly leaves: readonly LeafMark[];
  /** Only every so many leaves are drawn; 1 draws all. */
  readonly every: number;
}

/** Above this many marks the tree is drawn on a canvas. */
export const largestSvg = 2000;

/** Nodes of one tree. */
export const nodesPerTree = (tree: TreeIndex): number =>
  tree.offsets[tree.shape.steps + 1] / tree.shape.trees;

/** The marks of one prompt group. Trees finer than half a pixel per leaf are thinned out evenly. */
export function treeMarks(view: RunView, group: number, layout: TreeLayout): TreeMarks {
  const { tree } = view;
  const { steps } = tree.shape;
  const every = Math.max(1, Math.ceil(tree.widths[steps] / (2 * (layout.bottom - layout.top))));
  const edges: EdgeMark[] = [];
  const nodes: NodeMark[] = [];
  for (let depth = 0; depth <= steps; depth++) {
    const { first, count } = tree.range(group, depth);
    const stride = count > (layout.bottom - layout.top) * 2 ? every : 1;
    for (let j = 0; j < count; j += stride) {
      if (depth > 0) edges.push(edgeMark(view, layout, first + j, depth, j));
      nodes.push(nodeMark(view, layout, first + j, depth, j));
    }
  }
  return { edges, nodes, leaves: leafMarks(view, group, layout, every), every };
}

function edgeMark(
  view: RunView,
  layout: TreeLayout,
  node: number,
  depth: number,
  j: number,
): EdgeMark {
  const { tree, steps, normalised, pruned } = view;
  const siblings = tree.widths[depth] / tree.widths[depth - 1];
  const x1 = layout.columns[depth - 1];
  const y1 = nodeY(layout, Math.floor(j / siblings), tree.widths[depth - 1]);
  const x2 = layout.columns[depth];
  const y2 = nodeY(layout, j, tree.widths[depth]);
  const stochastic = steps[depth - 1].std > 0;
  const advantage = normalised ? normalised.advantages[node] : NaN;
  const kept = pruned ? pruned.kept[node] === 1 : true;
  const able = stochastic && advantage !== 0;
  return {
    node,
    depth,
    x1,
    y1,
    x2,
    y2,
    path: edgePath(x1, y1, x2, y2),
    stochastic,
    advantage,
    state: kept ? 'trained' : able ? 'pruned' : 'resting',
    signed: siblings > 1 || depth === tree.shape.steps,
  };
}

function nodeMark(
  view: RunView,
  layout: TreeLayout,
  node: number,
  depth: number,
  j: number,
): NodeMark {
  const { tree, fused } = view;
  const divides = depth < tree.shape.steps && tree.widths[depth + 1] > tree.widths[depth];
  return {
    node,
    depth,
    x: layout.columns[depth],
    y: nodeY(layout, j, tree.widths[depth]),
    joint: divides || depth === 0 || depth === tree.shape.steps,
    fused: fused ? fused.fusedRewards[node] : NaN,
  };
}

function leafMarks(view: RunView, group: number, layout: TreeLayout, every: number): LeafMark[] {
  const { tree, scored, normalised } = view;
  if (!scored) return [];
  const { steps } = tree.shape;
  const { first, count } = tree.range(group, steps);
  const own = scored.rewards.subarray(group * count, (group + 1) * count);
  const best = Math.max(...own);
  const leaves: LeafMark[] = [];
  for (let j = 0; j < count; j += every) {
    leaves.push({
      node: first + j,
      y: nodeY(layout, j, count),
      reward: own[j],
      advantage: normalised ? normalised.advantages[first + j] : NaN,
      best: own[j] === best,
    });
  }
  return leaves;
}

/** A small triangle at a child: pointing up for a positive advantage, down for a negative one. */
export function signPath(x: number, y: number, tone: Tone, size: number): string {
  const sign = tone === 'up' ? -1 : 1;
  return `M${x - size} ${y - sign * size * 0.8}L${x + size} ${y - sign * size * 0.8}L${x} ${y + sign * size * 0.9}Z`;
}

/** `node`, its ancestors and its descendants; everything else steps back while a node is selected. */
export function isRelated(tree: TreeIndex, selected: number, node: number): boolean {
  const a = span(tree, selected);
  const b = span(tree, node);
  return (a.low <= b.low && b.high <= a.high) || (b.low <= a.low && a.high <= b.high);
}

/** The leaves below a node, as a range of leaf numbers. Nodes are related if one range holds the other. */
function span(tree: TreeIndex, node: number): { low: number; high: number } {
  const depth = tree.depthOf(node);
  const perNode = tree.widths[tree.shape.steps] / tree.widths[depth];
  const low = (node - tree.offsets[depth]) * perNode;
  return { low, high: low + perNode };
}
