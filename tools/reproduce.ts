/**
 * Runs what the project promises and says whether it holds:
 *
 *   npm run reproduce                                   lists what can be reproduced
 *   npm run reproduce -- points [--seeds 1-5] [--quick] trains every seed and prints a table of figures and promises
 *   npm run reproduce -- glyphs | sprites               the same for pictures, and keeps the first seed's weights
 *   npm run reproduce -- sprites --engine wgsl          on the GPU through Dawn, and keeps nothing
 *
 * Figures are taken on fresh deterministic samples (40 ODE steps). Point runs are those of the CPU tier, so a seed gives
 * the same table on every machine; picture runs take the native engine where it is installed and no other is asked for.
 * Exit code 1 when a promise does not hold.
 */
import { parseArgs } from 'node:util';
import { runHeadless } from '../src/session/runHeadless';
import { EspalierError } from '../src/core/errors';
import { summarise } from '../src/core/statistics';
import { engineNames } from '../src/engine/createEngine';
import type { EngineName } from '../src/engine/engine';
import { pointExperiments } from './reproducePoints';
import type { Column, Evaluation, Experiment, Outcome } from './reproducePoints';
import { pictureTopics } from './reproducePictures';
import { defaultSeeds, reproducePictures } from './runPictures';

const topics: Readonly<Record<string, readonly Experiment[]>> = { points: pointExperiments };

interface Plan {
  readonly seeds: readonly number[];
  readonly evaluationSamples: number;
  readonly evaluationInterval: number;
  readonly quick: boolean;
  /** Of picture runs; null: the fastest on the CPU. */
  readonly engine: EngineName | null;
}

const full: Plan = {
  seeds: [1, 2, 3, 4, 5],
  evaluationSamples: 3000,
  evaluationInterval: 10,
  quick: false,
  engine: null,
};
const quick: Plan = {
  seeds: [1],
  evaluationSamples: 1000,
  evaluationInterval: 20,
  quick: true,
  engine: null,
};

type Run = (experiment: Experiment, plan: Plan, seed: number) => Promise<Outcome>;

/**
 * `run` trains one seed; tests give their own.
 * @returns exit code: 0, 1 when a promise does not hold, 2 when the command was not understood.
 */
export async function main(args: string[], run: Run = train): Promise<number> {
  try {
    const { topic, plan } = readCommand(args);
    if (topic === null) {
      console.log(usage());
      return 0;
    }
    const ofPictures = Object.hasOwn(pictureTopics, topic);
    const broken = ofPictures
      ? await reproducePictures(topic, plan)
      : await reproducePoints(topics[topic], plan, run);
    console.log(verdict(broken, ofPictures && plan.quick));
    return broken === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    console.error([error.message, error.hint].filter(Boolean).join(' '));
    return error.code === 'bad-setting' ? 2 : 1;
  }
}

/** @returns how many promises do not hold */
async function reproducePoints(
  experiments: readonly Experiment[],
  plan: Plan,
  run: Run,
): Promise<number> {
  let broken = 0;
  for (const experiment of experiments) {
    const outcomes = await runAll(experiment, plan, run);
    console.log(`${report(experiment, outcomes)}\n`);
    broken += brokenPromises(experiment, outcomes).length;
  }
  console.log(legend(plan));
  return broken;
}

function verdict(broken: number, onlyPlumbing: boolean): string {
  if (onlyPlumbing) return 'Everything works together; a quick run is too short to hold promises.';
  return broken === 0 ? 'Every promise holds.' : `${broken} promises do not hold.`;
}

const usage = (): string =>
  [
    'Usage: npm run reproduce -- TOPIC [--seeds 1-5] [--quick] [--engine NAME]',
    '',
    'Trains on the CPU tier, prints figures per seed with their spread, and exits 1 if a promise does not hold.',
    '--quick runs one seed and evaluates more coarsely. Pictures can be trained by another engine:',
    `${engineNames.join(', ')}. Topics:`,
    ...Object.entries({ ...topics, ...pictureTopics }).flatMap(([name, experiments]) => [
      `  ${name}`,
      ...experiments.map(({ title }) => `    ${title}`),
    ]),
  ].join('\n');

function readCommand(args: string[]): { topic: string | null; plan: Plan } {
  const { positionals, values } = parseCommand(args);
  const plan = values.quick ? quick : full;
  if (positionals.length === 0 || values.help) return { topic: null, plan };
  const [topic, ...rest] = positionals;
  const ofPictures = Object.hasOwn(pictureTopics, topic);
  const usual = ofPictures && !plan.quick ? defaultSeeds : plan.seeds;
  const seeds = values.seeds === undefined ? usual : parseSeeds(values.seeds);
  if (rest.length > 0 || !(ofPictures || Object.hasOwn(topics, topic))) {
    const valid = Object.keys({ ...topics, ...pictureTopics }).join(', ');
    throw new EspalierError('bad-setting', 'noTopic', { name: positionals.join(' '), valid });
  }
  return { topic, plan: { ...plan, seeds, engine: readEngine(values.engine, ofPictures) } };
}

function readEngine(name: string | undefined, ofPictures: boolean): EngineName | null {
  if (name === undefined) return null;
  const engine = engineNames.find((one) => one === name);
  if (engine && ofPictures) return engine;
  if (!ofPictures) throw new EspalierError('bad-setting', 'pointsOnCpu');
  throw new EspalierError('bad-setting', 'noPictureEngine', {
    name,
    valid: engineNames.join(', '),
  });
}

function parseCommand(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seeds: { type: 'string' },
        engine: { type: 'string' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const problem = (error as Error).message;
    throw new EspalierError('bad-setting', 'badUsage', { problem, usage: usage() });
  }
}

const MOST_SEEDS = 1000;

/** "1-5", "3" or "1,4,7-9" as a list. @throws EspalierError 'bad-setting' */
export function parseSeeds(text: string): number[] {
  const parts = text.split(',').map((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const [first, last] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [0, -1];
    const count = Math.min(Math.max(0, last - first + 1), MOST_SEEDS + 1);
    return Array.from({ length: count }, (_, i) => first + i);
  });
  const seeds = parts.flat();
  const complete = parts.every((part) => part.length > 0);
  if (complete && seeds.length <= MOST_SEEDS && new Set(seeds).size === seeds.length) return seeds;
  throw new EspalierError('bad-setting', 'badSeeds', { text });
}

async function runAll(experiment: Experiment, plan: Plan, run: Run): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const tty = process.stderr.isTTY;
  for (const seed of plan.seeds) {
    if (tty) process.stderr.write(`\r\x1b[K${experiment.title}: seed ${seed} …`);
    outcomes.push(await run(experiment, plan, seed));
  }
  if (tty) process.stderr.write('\r\x1b[K');
  return outcomes;
}

async function train(experiment: Experiment, plan: Plan, seed: number): Promise<Outcome> {
  const { scene, algorithm, overrides } = experiment;
  const { evaluationSamples, evaluationInterval } = plan;
  const evaluation = { evaluationSamples, evaluationInterval, evaluationSteps: 40 };
  const evaluations: Evaluation[] = [];
  await runHeadless({
    scene,
    algorithm,
    overrides: { ...overrides, ...evaluation, seed },
    onEvent: (event) => {
      if (event.type === 'evaluated') evaluations.push(event);
    },
  });
  return { seed, evaluations };
}

/** Promises that some seed breaks, each with the seeds that do. */
export function brokenPromises(
  { promises }: Experiment,
  outcomes: readonly Outcome[],
): { text: string; seeds: number[] }[] {
  return promises
    .map(({ text, holds }) => {
      const broken = outcomes.filter((outcome) => !holds(outcome));
      return { text, seeds: broken.map(({ seed }) => seed) };
    })
    .filter(({ seeds }) => seeds.length > 0);
}

/** The table of one experiment: a row per seed, mean and spread, and what became of each promise. */
export function report(experiment: Experiment, outcomes: readonly Outcome[]): string {
  const { title, columns, promises } = experiment;
  const broken = brokenPromises(experiment, outcomes);
  const rows = [
    ['seed', ...columns.map((column) => column.title)],
    ...outcomes.map((run) => [
      String(run.seed),
      ...columns.map(({ figure, digits }) => written(figure(run), digits)),
    ]),
    ...(outcomes.length > 1 ? spreadRows(columns, outcomes) : []),
  ];
  return [
    title,
    ...alignRight(rows),
    ...promises.map(({ text }) => {
      const failure = broken.find((one) => one.text === text);
      return failure ? `  FAILS (seed ${failure.seeds.join(', ')}): ${text}` : `  holds: ${text}`;
    }),
  ].join('\n');
}

const legend = ({ evaluationSamples, evaluationInterval }: Plan): string =>
  [
    `Every ${evaluationInterval} iterations ${evaluationSamples} deterministic samples (40 steps) are judged.`,
    'before, after: mean reward at the first and the last evaluation. to 0.95: iterations until one found that reward.',
    'modes, entropy, MMD² and on data are those at the end; least is the smallest share on the data at any evaluation.',
    'The 95 % interval of the mean over seeds is Student’s.',
  ].join('\n');

const written = (value: number, digits: number): string =>
  Number.isNaN(value) ? '–' : value.toFixed(digits).replace(/^-(?=[0.]+$)/, '');

function spreadRows(columns: readonly Column[], outcomes: readonly Outcome[]): string[][] {
  const summaries = columns.map(({ figure }) => summarise(outcomes.map(figure)));
  const row = (name: string, value: (summary: (typeof summaries)[number]) => number) => [
    name,
    ...summaries.map((summary, i) => written(value(summary), Math.max(1, columns[i].digits))),
  ];
  return [
    row('mean', ({ mean }) => mean),
    row('± sd', ({ standardDeviation }) => standardDeviation),
    row('95 % from', ({ low }) => low),
    row('to', ({ high }) => high),
  ];
}

function alignRight(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padStart(widths[i])).join('  ')}`);
}
