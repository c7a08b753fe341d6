/** The table of what opening the page costs a visitor. */
import { median } from './ratios';
import { formatTable } from './table';
import type { Cell } from './table';
import type { VisitRow } from './types';

export function formatVisits(rows: readonly VisitRow[]): string {
  const header = ['Opening the page', 'first tree s', 'live iteration s', 'requests'];
  const cells = rows.map((row): Cell[] => [
    `${row.scene} on ${row.engine}, ${row.cache} cache`,
    median(row.firstTree) / 1000,
    median(row.firstIteration) / 1000,
    row.requests,
    row.download.raw / 1e6,
    row.download.gzip / 1e6,
  ]);
  return [
    formatTable([...header, 'download MB', 'gzip MB'], cells),
    `Medians of ${rows[0].firstTree.length} visits, from the navigation to the first tree of points/ring and to the first live iteration`,
    'of the scene. Warm: a second visit, with the service worker at work.',
  ].join('\n');
}
