/**
 * How files of earlier format versions are brought up to date. Entry i turns version i + 1 into version i + 2, so the
 * current version is the length of the table plus one and no version can be left out. Everything that changes stored
 * events needs an entry and a file in fixtures/: a new event field, and also a new row of the property table, whose
 * entry states what runs did before the setting existed.
 */
import type { Frame } from './codec';

export type Migration = (frames: readonly Frame[]) => readonly Frame[];

const migrations: readonly Migration[] = [];

export const formatVersion = migrations.length + 1;

/** Brings frames of `version` to the version after the last entry of `table`. */
export function migrate(
  frames: readonly Frame[],
  version: number,
  table: readonly Migration[] = migrations,
): readonly Frame[] {
  return table.slice(version - 1).reduce((current, migration) => migration(current), frames);
}
