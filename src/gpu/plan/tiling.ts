/**
 * How much of a matrix product one thread computes.
 *
 * A larger tile reads less per multiply–add; a smaller one gives more threads. An emulated GPU has a handful of threads and
 * pays for every read (8 × 8 is 1.6 times faster than 4 × 4 on SwiftShader); a real one must be filled first.
 */
import type { Domain } from './domain';
import type { Group } from './fuse';
import type { Tile } from './productPart';
import { sizeAt } from './sizes';

/** Threads that keep a small real GPU busy. */
const WANTED_THREADS = 8192;

const tiles: readonly Tile[] = [
  { rows: 8, columns: 8 },
  { rows: 8, columns: 4 },
  { rows: 4, columns: 4 },
];

/** Threads below which an emulated GPU had better compile a smaller kernel. */
const WANTED_EMULATED_THREADS = 64;

/** The tile for a group's product at batch size `batch`. */
export function tileOf(group: Group, batch: number, hardware: boolean): Tile {
  const domain = group.domain as Domain & { kind: 'product' };
  const rows = sizeAt(domain.rows, batch);
  const columns = sizeAt(domain.columns, batch);
  const matrices = sizeAt(domain.batch, batch);
  const fitted = ({ rows: r, columns: c }: Tile): Tile => ({
    rows: Math.min(r, 2 ** Math.ceil(Math.log2(rows))),
    columns: columns <= 4 || (columns % 8 !== 0 && columns % 4 === 0) ? 4 : c,
  });
  const threads = (tile: Tile): number =>
    matrices * Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
  const wanted = hardware ? WANTED_THREADS : WANTED_EMULATED_THREADS;
  const candidates = tiles.map(fitted);
  return candidates.find((tile) => threads(tile) >= wanted) ?? candidates.at(-1)!;
}
