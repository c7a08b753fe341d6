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
  // Every iteration grew the forest that the settings say, and the reduction of log-probs was called `logProb`.
  (frames) => withRenamedSetting(withPlans(frames), 'logProb', 'logProbReduction'),
  // A batch was one sum, and no run said so.
  (frames) => frames.map(withFirstNumerics),
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

function withFirstNumerics(frame: Frame): Frame {
  const { run } = frame.header;
  if (!record(run)) return frame;
  return { ...frame, header: { ...frame.header, run: { ...run, numerics: 1 } } };
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

/** Frames whose run has a setting under another name. */
function withRenamedSetting(frames: readonly Frame[], from: string, to: string): readonly Frame[] {
  return frames.map((frame) => {
    const { run } = frame.header;
    if (!record(run) || !record(run.settings)) return frame;
    const { [from]: value, ...others } = run.settings;
    if (value === undefined) return frame;
    const settings = { ...others, [to]: value };
    return { ...frame, header: { ...frame.header, run: { ...run, settings } } };
  });
}

/** Frames whose trees carry the plan that every iteration of the run had. */
function withPlans(frames: readonly Frame[]): readonly Frame[] {
  const run = frames[0]?.header.run;
  if (!record(run) || !record(run.settings)) return frames;
  const { trees, roots, branchingFactor, splitSteps, steps, stochasticSteps } = run.settings;
  if (typeof steps !== 'number' || !(steps <= 200) || !Array.isArray(splitSteps)) return frames;
  const shape = { trees, roots, branchingFactor, splitSteps, steps };
  const noisy = Array.from({ length: Math.max(0, steps - 1) }, (_, step) => step).filter(
    (step) => stochasticSteps === 'all-but-last' || splitSteps.includes(step),
  );
  const plan = { shape, stochasticSteps: noisy };
  return frames.map((frame) =>
    frame.header.type === 'tree-grown' ? { ...frame, header: { ...frame.header, plan } } : frame,
  );
}
