/** What a node is called, in a title and in one breath. */
import { say } from '../../content/page';
import type { TreeIndex } from '../../core/tree';
import { formatNumber, formatSigned } from './format';
import type { RunView } from './runView';

/** "Root", "Leaf 5 of 16", "Node 2 of 8 at depth 4". */
export function nodeTitle(tree: TreeIndex, node: number): string {
  const depth = tree.depthOf(node);
  const { first, count } = tree.range(tree.treeOf(node), depth);
  const place = node - first + 1;
  const isLeaf = depth === tree.shape.steps;
  if (depth === 0) return count > 1 ? say('node.initial', { place, count }) : say('node.root');
  if (count === 1) return isLeaf ? say('node.onlyLeaf') : say('node.onlyOne', { depth });
  return isLeaf ? say('node.leaf', { place, count }) : say('node.node', { place, count, depth });
}

/** The node in one breath, for a screen reader; `shows` is what it looks like, where it looks like something. */
export function nodeName(view: RunView, node: number, shows = ''): string {
  const { scored, fused, normalised, tree } = view;
  const parts = [nodeTitle(tree, node)];
  if (scored && fused) {
    const value = formatNumber(fused.fusedRewards[node]);
    parts.push(say('node.value', { name: valueName(tree, node), value }));
  }
  if (normalised && tree.depthOf(node) > 0) {
    parts.push(say('node.advantage', { value: formatSigned(normalised.advantages[node]) }));
  }
  if (shows) parts.push(shows);
  return parts.join(', ');
}

/** What a node's value is called: a leaf's is its reward. */
export const valueName = (tree: TreeIndex, node: number): string =>
  say(tree.depthOf(node) === tree.shape.steps ? 'node.reward' : 'node.fusedReward');
