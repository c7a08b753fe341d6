/**
 * What a set of runs promises, whatever they train: every experiment is run with every seed, its figures are printed as
 * a table, and each promise is judged by what was measured of each seed.
 */
import type { Settings } from '../src/config/properties';
import { summarise } from '../src/core/statistics';
import type { EngineName } from '../src/engine/engine';

/** What the command asks of a topic. */
export interface Plan {
  readonly seeds: readonly number[];
  readonly quick: boolean;
  /** Of picture runs; null: the fastest on the CPU, whose weights are kept. */
  readonly engine: EngineName | null;
}

/** One run of an experiment; what else it holds is its topic's own. */
export interface Seeded {
  readonly seed: number;
}

export interface Figure<Run> {
  readonly title: string;
  readonly digits: number;
  /** NaN where a run has no such figure. */
  readonly figure: (run: Run) => number;
}

export interface Promised<Run> {
  readonly text: string;
  readonly measured: (run: Run) => readonly number[];
  /** Whether what was measured of one run keeps the promise. */
  readonly holds: (...measured: number[]) => boolean;
}

export interface Experiment<Run> {
  readonly title: string;
  readonly overrides: Partial<Settings>;
  readonly figures: readonly Figure<Run>[];
  readonly promises: readonly Promised<Run>[];
}

/** How the runs of a topic are trained and shown. */
export interface Procedure<Run, E> {
  train(experiment: E, seed: number): Promise<Run>;
  report(experiment: E, runs: readonly Run[]): string;
}

/** Trains every experiment with every seed and prints its report. @returns how many promises do not hold */
export async function keepPromises<Run extends Seeded, E extends Experiment<Run>>(
  experiments: readonly E[],
  seeds: readonly number[],
  { train, report }: Procedure<Run, E>,
): Promise<number> {
  let broken = 0;
  for (const experiment of experiments) {
    const runs: Run[] = [];
    for (const seed of seeds) runs.push(await train(experiment, seed));
    tell('');
    console.log(`${report(experiment, runs)}\n`);
    broken += brokenPromises(experiment, runs).length;
  }
  return broken;
}

/** How far a run is, in one line that is replaced where somebody watches. */
export function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** Promises that some seed breaks, each with the seeds that do. */
export function brokenPromises<Run extends Seeded>(
  { promises }: Experiment<Run>,
  runs: readonly Run[],
): { text: string; seeds: number[] }[] {
  return promises
    .map(({ text, measured, holds }) => {
      const broken = runs.filter((run) => !holds(...measured(run)));
      return { text, seeds: broken.map(({ seed }) => seed) };
    })
    .filter(({ seeds }) => seeds.length > 0);
}

/** Title, `body`, and what became of each promise. */
export function report<Run extends Seeded>(
  experiment: Experiment<Run>,
  runs: readonly Run[],
  body: readonly string[],
): string {
  const broken = brokenPromises(experiment, runs);
  return [
    experiment.title,
    ...body,
    ...experiment.promises.map(({ text }) => {
      const failure = broken.find((one) => one.text === text);
      return failure ? `  FAILS (seed ${failure.seeds.join(', ')}): ${text}` : `  holds: ${text}`;
    }),
  ].join('\n');
}

/** A row per seed, then mean and spread; for few figures. */
export function seedsDown<Run extends Seeded>(
  figures: readonly Figure<Run>[],
  runs: readonly Run[],
): string[] {
  const summaries = figures.map(({ figure }) => summarise(runs.map(figure)));
  const row = (name: string, value: (summary: (typeof summaries)[number]) => number) => [
    name,
    ...summaries.map((summary, i) => written(value(summary), Math.max(1, figures[i].digits))),
  ];
  const spread = [
    row('mean', ({ mean }) => mean),
    row('± sd', ({ standardDeviation }) => standardDeviation),
    row('95 % from', ({ low }) => low),
    row('to', ({ high }) => high),
  ];
  const rows = [
    ['seed', ...figures.map(({ title }) => title)],
    ...runs.map((run) => [
      String(run.seed),
      ...figures.map(({ figure, digits }) => written(figure(run), digits)),
    ]),
    ...(runs.length > 1 ? spread : []),
  ];
  return aligned(rows, (name, width) => name.padStart(width));
}

/** A row per figure, a column per seed, then mean and 95 % interval; for many figures. */
export function seedsAcross<Run extends Seeded>(
  figures: readonly Figure<Run>[],
  runs: readonly Run[],
): string[] {
  const several = runs.length > 1;
  const rows = [
    ['', ...runs.map(({ seed }) => `seed ${seed}`), ...(several ? ['mean', '95 %'] : [])],
    ...figures.map(({ title, digits, figure }) => {
      const values = runs.map(figure);
      const { mean, low, high } = summarise(values);
      const spread = [written(mean, digits), `${written(low, digits)} … ${written(high, digits)}`];
      return [title, ...values.map((value) => written(value, digits)), ...(several ? spread : [])];
    }),
  ];
  return aligned(rows, (name, width) => name.padEnd(width));
}

/** A figure as tables show it: a dash where there is none, and no "-0". */
export const written = (value: number, digits: number): string =>
  Number.isNaN(value) ? '–' : value.toFixed(digits).replace(/^-(?=[0.]+$)/, '');

/** Columns to the right; `name` places the cells of the first. */
function aligned(
  rows: readonly (readonly string[])[],
  name: (cell: string, width: number) => string,
): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map(([first, ...cells]) => {
    const rest = cells.map((cell, i) => cell.padStart(widths[i + 1]));
    return `  ${[name(first, widths[0]), ...rest].join('  ')}`;
  });
}
