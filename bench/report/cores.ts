/** The table of what every core is worth, and the bound that the serial share sets to more cores than there are. */
import { maxCores } from '../../src/engine/pool/cores';
import { median, pairedRatio } from './ratios';
import { format, formatTable } from './table';
import type { Cell } from './table';
import type { CoresRow } from './types';

/** How many times faster all cores are, by the iterations in turn. */
export const coresRatio = ({ alone, all }: CoresRow, phase: 'rollout' | 'update'): number =>
  pairedRatio(all[phase], alone[phase]);

/** How many times longer an iteration on all cores takes than its rows in ONNX Runtime. */
export const overFloor = ({ all, floor }: CoresRow): number => median(all.total) / floor;

/** Amdahl's bound for `cores`; shards are equal up to 16. */
export const bound = ({ serialShare }: CoresRow, cores: number): number =>
  1 / (serialShare + (1 - serialShare) / cores);

export function formatCores(rows: readonly CoresRow[]): string {
  const more = [4, 8, maxCores];
  const header = [
    ...['CPU tier in Node', 'cores', 'rollout ms', '× one', 'update ms', '× one', 'iteration ms'],
    ...['floor ms', '× floor', 'serial %', ...more.map((cores) => `bound at ${cores}`)],
    ...['before row ms', 'evaluation', 'MB a worker'],
  ];
  const cells = rows.map((row): Cell[] => [
    ...[row.scene, row.cores],
    ...[median(row.all.rollout), coresRatio(row, 'rollout')],
    ...[median(row.all.update), coresRatio(row, 'update')],
    ...[median(row.all.total), row.floor, overFloor(row), 100 * row.serialShare],
    ...more.map((cores) => `${format(bound(row, cores))}×`),
    ...[row.beforeFirstRow, row.evaluation, row.cores > 1 ? row.memory : null],
  ]);
  return [
    formatTable(header, cells),
    'Medians over iterations by the preset of branch-grpo, one and all cores in turn. Floor: ONNX Runtime alone for',
    'the same rows on one thread, divided by the cores. Bound: by the share of an iteration outside the network',
    '(Amdahl). Before row: an update at no row. Evaluation: one by default, in iterations, by rows of the network.',
  ].join('\n');
}
