/** What a node is called, in a title and in one breath. */
import type { TreeIndex } from '../../core/tree';
import { formatNumber, formatSigned } from './format';
import { estimateOf, pictureScene } from './pictures';
import type { RunView } from './runView';

/** "Root", "Leaf 5 of 16", "Node 2 of 8 at depth 4". */
export function nodeTitle(tree: TreeIndex, node: number): string {
  const depth = tree.depthOf(node);
  const { first, count } = tree.range(tree.treeOf(node), depth);
  const place = count > 1 ? ` ${node - first + 1} of ${count}` : '';
  if (depth === 0) return count > 1 ? `Initial latent${place}` : 'Root';
  return depth === tree.shape.steps ? `Leaf${place}` : `Node${place} at depth ${depth}`;
}

/** The node in one breath, for a screen reader. */
export function nodeName(view: RunView, node: number): string {
  const { scored, fused, normalised, tree } = view;
  const parts = [nodeTitle(tree, node)];
  if (scored && fused)
    parts.push(`${valueName(tree, node)} ${formatNumber(fused.fusedRewards[node])}`);
  if (normalised && tree.depthOf(node) > 0) {
    parts.push(`advantage ${formatSigned(normalised.advantages[node])}`);
  }
  const shows = nodeShows(view, node);
  if (shows) parts.push(shows);
  return parts.join(', ');
}

/** What the picture of a node shows, e.g. "reads CAT"; empty where it has none. */
export function nodeShows(view: RunView, node: number): string {
  const scene = pictureScene(view.run.scene);
  const estimate = scene && estimateOf(view, scene, node);
  return estimate ? scene.picture.describe(estimate.samples, estimate.offset) : '';
}

/** What a node's value is called: a leaf's is its reward. */
export const valueName = (tree: TreeIndex, node: number): string =>
  tree.depthOf(node) === tree.shape.steps ? 'reward' : 'fused reward';
