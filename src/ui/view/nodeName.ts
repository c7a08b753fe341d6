/** What a node is called, in a title and in one breath. */
import type { TreeIndex } from '../../core/tree';
import { formatNumber, formatSigned } from './format';
import type { RunView } from './runView';

/** "Root", "Leaf 5 of 16", "Node 2 of 8 at depth 4". */
export function nodeTitle(tree: TreeIndex, node: number): string {
  const depth = tree.depthOf(node);
  const { first, count } = tree.range(tree.treeOf(node), depth);
  const place = count > 1 ? ` ${node - first + 1} of ${count}` : '';
  if (depth === 0) return count > 1 ? `Initial latent${place}` : 'Root';
  return depth === tree.shape.steps ? `Leaf${place}` : `Node${place} at depth ${depth}`;
}

/** The node in one breath, for a screen reader; `shows` is what it looks like, where it looks like something. */
export function nodeName(view: RunView, node: number, shows = ''): string {
  const { scored, fused, normalised, tree } = view;
  const parts = [nodeTitle(tree, node)];
  if (scored && fused)
    parts.push(`${valueName(tree, node)} ${formatNumber(fused.fusedRewards[node])}`);
  if (normalised && tree.depthOf(node) > 0) {
    parts.push(`advantage ${formatSigned(normalised.advantages[node])}`);
  }
  if (shows) parts.push(shows);
  return parts.join(', ');
}

/** What a node's value is called: a leaf's is its reward. */
export const valueName = (tree: TreeIndex, node: number): string =>
  tree.depthOf(node) === tree.shape.steps ? 'reward' : 'fused reward';
