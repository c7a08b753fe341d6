/** The table of the network's work in one glyph iteration: one number per engine, and its ratio to ours. */
import { engineEntry } from '../engines/registry';
import { median, pairedRatio, relativeSpread } from './ratios';
import { formatTable } from './table';
import type { Cell } from './table';
import type { WorkPart, WorkRow, WorkSection } from './types';

/** The sum over parts of `times` × the median over rounds. */
export const workMilliseconds = (parts: readonly WorkPart[], { rounds }: WorkRow): number =>
  parts.reduce((sum, { times }, i) => sum + times * median(rounds[i]), 0);

/** The whole work in every round. */
function totals(parts: readonly WorkPart[], { rounds }: WorkRow): number[] {
  const count = Math.min(...rounds.map(({ length }) => length));
  return Array.from({ length: count }, (_, round) =>
    parts.reduce((sum, { times }, i) => sum + times * rounds[i][round], 0),
  );
}

/** How many times longer than ours, median over rounds; null where ours is missing. */
export function workRatio({ parts, rows }: WorkSection, row: WorkRow): number | null {
  const ours = rows.find(({ engine }) => engineEntry(engine).ours);
  return ours ? pairedRatio(totals(parts, ours), totals(parts, row)) : null;
}

export function formatWork(section: WorkSection): string {
  const { tier, trees, presetTrees, parts, rows } = section;
  const scaled = trees < presetTrees ? `${trees} of ${presetTrees} trees` : `${trees} trees`;
  const header = [
    `glyphs: network's work of one iteration, ${tier}, ${scaled}`,
    ...['ms', '±%', '× ours', 'forward ms', 'f+b ms', 'max rel. error', 'in tensor'],
  ];
  const passMilliseconds = (row: WorkRow, wanted: WorkPart['pass']): number =>
    workMilliseconds(
      parts.map((part) => (part.pass === wanted ? part : { ...part, times: 0 })),
      row,
    );
  const cells = rows.map((row): Cell[] => [
    engineEntry(row.engine).title,
    workMilliseconds(parts, row),
    Math.round(100 * relativeSpread(totals(parts, row))),
    workRatio(section, row),
    passMilliseconds(row, 'forward'),
    passMilliseconds(row, 'gradient'),
    row.error === 0 ? '0' : row.error.toExponential(1),
    row.worstTensor,
  ]);
  const rounds = rows[0]?.rounds[0]?.length ?? 0;
  return [
    formatTable(header, cells),
    `Sum of the medians of ${rounds} rounds: ${describe(parts, 'forward')} forward rows (the rollout's depths),`,
    `${describe(parts, 'gradient')} rows with gradients (the updates), each pass in one batch.`,
  ].join('\n');
}

/** E.g. `16 + 32 + 6 × 64`. */
const describe = (parts: readonly WorkPart[], wanted: WorkPart['pass']): string =>
  parts
    .filter(({ pass }) => pass === wanted)
    .map(({ batch, times }) => (times === 1 ? `${batch}` : `${times} × ${batch}`))
    .join(' + ');
