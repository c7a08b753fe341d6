/**
 * How large the pictures of a tree are, and where they stand: a leaf's right of its column, as high as its row; an inner
 * node's in the middle of its place, smaller, so that the edges between columns stay visible.
 */
import type { TreeIndex } from '../../core/tree';
import type { TreeLayout } from '../view/treeLayout';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Largest heights in pixels. */
const tallest = { leaf: 48, inner: 30 };

/** Share of the column's width that inner pictures may take. */
const shareOfColumn = 0.6;

/** Below this height a picture shows nothing. */
export const leastHeight = 5;

/** Largest picture of this aspect (width over height) in a room. */
function fit(aspect: number, width: number, height: number): Size {
  const tall = Math.max(0, Math.min(height, width / aspect));
  return { width: Math.round(tall * aspect), height: Math.round(tall) };
}

/** Picture of a leaf on a stage of this width whose rows are this high. */
export const leafPicture = (aspect: number, stageWidth: number, rowHeight: number): Size =>
  fit(aspect, stageWidth < 480 ? 44 : 84, Math.min(tallest.leaf, rowHeight * 0.84));

/** Picture of a node of a depth. */
export function nodePicture(
  layout: TreeLayout,
  tree: TreeIndex,
  aspect: number,
  depth: number,
): Size {
  if (depth === tree.shape.steps) return leafPicture(aspect, layout.width, layout.rowHeight);
  const column = layout.columns[1] - layout.columns[0];
  const row = (layout.bottom - layout.top) / tree.widths[depth];
  return fit(aspect, column * shareOfColumn, Math.min(tallest.inner, row * 0.66));
}

/** Left upper corner of the picture of a node at (x, y). */
export function corner(
  { width, height }: Size,
  x: number,
  y: number,
  isLeaf: boolean,
): { x: number; y: number } {
  return { x: Math.round(isLeaf ? x : x - width / 2), y: Math.round(y - height / 2) };
}
