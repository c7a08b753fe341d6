/**
 * Where the nodes of one tree stand on their lattice. Columns are denoising steps, left noise, right data. Every node
 * stands in the middle of the leaves below it; as all nodes of one depth have equally many, that is
 * y = (j + ½) / (nodes of that depth), without any search.
 */
import type { TreeIndex } from '../../core/tree';

export interface TreeLayout {
  readonly width: number;
  readonly height: number;
  /** x of each depth 0 … T. */
  readonly columns: readonly number[];
  /** x of the prompt from which several roots start, or null where one root is the trunk. */
  readonly trunk: number | null;
  readonly top: number;
  readonly bottom: number;
  /** Vertical room of one leaf. */
  readonly rowHeight: number;
  /** Left end of the reward bars, and the length of a full one. */
  readonly barStart: number;
  readonly barLength: number;
}

/** Width of a leaf's picture on a stage of a width, with rows of a height. */
export type LeafWidth = (stageWidth: number, rowHeight: number) => number;

const noPicture: LeafWidth = () => 0;

export const margins = { top: 46, bottom: 24, left: 30, trunk: 76 };

/** Room right of the leaves: bar, number, and mark. */
const leafRoom = (width: number): number => (width < 480 ? 92 : 148);

export function treeLayout(
  tree: TreeIndex,
  width: number,
  height: number,
  leafWidth = noPicture,
): TreeLayout {
  const { steps, roots } = tree.shape;
  const trunk = roots > 1 ? margins.left - 8 : null;
  const left = roots > 1 ? margins.trunk : margins.left;
  const bottom = Math.max(margins.top + 20, height - margins.bottom);
  const rowHeight = (bottom - margins.top) / tree.widths[steps];
  const picture = leafWidth(width, rowHeight);
  const right = Math.max(left + 40, width - leafRoom(width) - picture);
  const columns = Array.from({ length: steps + 1 }, (_, d) => left + ((right - left) * d) / steps);
  const barStart = right + picture + 16;
  return {
    width,
    height,
    columns,
    trunk,
    top: margins.top,
    bottom,
    rowHeight,
    barStart,
    barLength: Math.max(24, width - barStart - 62),
  };
}

/** y of the j-th of `count` nodes of one depth. */
export const nodeY = (layout: TreeLayout, j: number, count: number): number =>
  layout.top + ((layout.bottom - layout.top) * (j + 0.5)) / count;

/** Position of a node of the layout's tree. */
export function nodePlace(
  layout: TreeLayout,
  tree: TreeIndex,
  node: number,
): { x: number; y: number; depth: number } {
  const depth = tree.depthOf(node);
  const count = tree.widths[depth];
  const j = (node - tree.offsets[depth]) % count;
  return { x: layout.columns[depth], y: nodeY(layout, j, count), depth };
}

/** Horizontal Bézier from parent to child, as the `d` of an SVG path. */
export function edgePath(x1: number, y1: number, x2: number, y2: number): string {
  const round = (value: number): number => Math.round(value * 10) / 10;
  const middle = round((x1 + x2) / 2);
  return `M${round(x1)} ${round(y1)}C${middle} ${round(y1)} ${middle} ${round(y2)} ${round(x2)} ${round(y2)}`;
}

/** Point at share t of that curve. */
export function alongEdge(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  t: number,
): { x: number; y: number } {
  const s = 1 - t;
  const middle = (x1 + x2) / 2;
  return {
    x: s * s * s * x1 + 3 * s * t * middle + t * t * t * x2,
    y: s * s * (s + 3 * t) * y1 + t * t * (t + 3 * s) * y2,
  };
}

/** The node of `group` nearest to a point, or −1 if none is within `reach`. */
export function nearestNode(
  layout: TreeLayout,
  tree: TreeIndex,
  group: number,
  x: number,
  y: number,
  reach: number,
): number {
  let best = reach;
  let found = -1;
  layout.columns.forEach((columnX, depth) => {
    // Leaves are hit by their reward bar too.
    const beyond = depth === tree.shape.steps && x > columnX;
    const dx = beyond ? 0 : x - columnX;
    if (Math.abs(dx) > reach) return;
    const { first, count } = tree.range(group, depth);
    const row = ((y - layout.top) / (layout.bottom - layout.top)) * count - 0.5;
    const j = Math.min(count - 1, Math.max(0, Math.round(row)));
    const distance = Math.hypot(dx, y - nodeY(layout, j, count));
    if (distance <= best) {
      best = distance;
      found = first + j;
    }
  });
  return found;
}
