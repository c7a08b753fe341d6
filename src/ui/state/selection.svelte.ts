/** Which prompt group is drawn, and which of its nodes is looked into. Both outlast iterations of the same tree. */
import type { TreeIndex } from '../../core/tree';

export class Selection {
  #group = $state(0);
  /** The place of the node in its tree, whatever the group. */
  #place = $state.raw<{ depth: number; index: number } | null>(null);
  readonly #tree: () => TreeIndex | null;

  constructor(tree: () => TreeIndex | null) {
    this.#tree = tree;
  }

  get group(): number {
    const groups = this.#tree()?.shape.trees ?? 1;
    return Math.min(this.#group, groups - 1);
  }

  set group(group: number) {
    const groups = this.#tree()?.shape.trees ?? 1;
    this.#group = ((group % groups) + groups) % groups;
  }

  /** The selected node of the drawn group, or null. */
  get node(): number | null {
    const tree = this.#tree();
    const place = this.#place;
    if (!tree || !place || place.depth > tree.shape.steps) return null;
    const { first, count } = tree.range(this.group, place.depth);
    return place.index < count ? first + place.index : null;
  }

  set node(node: number | null) {
    const tree = this.#tree();
    if (!tree || node === null || node < 0) {
      this.#place = null;
      return;
    }
    const depth = tree.depthOf(node);
    this.#group = tree.treeOf(node);
    this.#place = { depth, index: node - tree.range(this.#group, depth).first };
  }

  /** Moves to a relative: parent, first child, or neighbour of the same depth. */
  move(towards: 'parent' | 'child' | 'previous' | 'next'): void {
    const tree = this.#tree();
    const { node } = this;
    if (!tree) return;
    if (node === null) {
      this.node = tree.range(this.group, 0).first;
      return;
    }
    const depth = tree.depthOf(node);
    const { first, count } = tree.range(this.group, depth);
    if (towards === 'parent' && depth > 0) this.node = tree.parentOf(node);
    if (towards === 'child' && depth < tree.shape.steps) this.node = tree.childrenOf(node).first;
    if (towards === 'previous') this.node = Math.max(first, node - 1);
    if (towards === 'next') this.node = Math.min(first + count - 1, node + 1);
  }
}
