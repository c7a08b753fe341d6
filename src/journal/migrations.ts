/**
 * How files of earlier format versions are brought up to date. Entry i turns version i + 1 into version i + 2, so the
 * current version is the length of the table plus one and no version can be left out. Everything that changes stored
 * events needs an entry and a file in fixtures/: a new event field, and also a new row of the property table, whose
 * entry states what runs did before the setting existed.
 */
import type { Frame, Json } from './codec';

export type Migration = (frames: readonly Frame[]) => readonly Frame[];

const migrations: readonly Migration[] = [
  // The reference term acted at the stochastic steps alone.
  (frames) => withSetting(frames, 'referenceSteps', 'stochastic'),
  // An error was its sentence; it had no name in the catalogue.
  (frames) => frames.map(withErrorKey),
];

export const formatVersion = migrations.length + 1;

/** Brings frames of `version` to the version after the last entry of `table`. */
export function migrate(
  frames: readonly Frame[],
  version: number,
  table: readonly Migration[] = migrations,
): readonly Frame[] {
  return table.slice(version - 1).reduce((current, migration) => migration(current), frames);
}

const record = (json: Json | undefined): json is { readonly [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

function withErrorKey(frame: Frame): Frame {
  const { error } = frame.header;
  if (!record(error)) return frame;
  return { ...frame, header: { ...frame.header, error: { ...error, key: '', params: {} } } };
}

/** Frames whose run has one more setting. A file that holds no such settings is left to the schema to refuse. */
function withSetting(frames: readonly Frame[], key: string, value: Json): readonly Frame[] {
  return frames.map((frame) => {
    const { run } = frame.header;
    if (!record(run) || !record(run.settings)) return frame;
    const settings = { ...run.settings, [key]: value };
    return { ...frame, header: { ...frame.header, run: { ...run, settings } } };
  });
}
