/**
 * What runs on the picture scenes must show (docs/scenes.md §3, §4), as data: what is run, which
 * figures are printed, and what is promised. Figures are taken on prompts that were never trained on, with 40 ODE steps
 * unless a column says otherwise.
 */
import type { Settings } from '../src/config/properties';
import { summarise } from '../src/core/statistics';
import { tasks } from '../src/scenes/sprites/prompts';
import { FREE_RESIDUAL } from '../src/scenes/sprites/verifier';
import { evaluationsOf } from './pictureRun';
import type { PictureRun } from './pictureRun';

interface Row {
  readonly title: string;
  readonly digits: number;
  readonly figure: (run: PictureRun) => number;
}

interface Promised {
  readonly text: string;
  readonly holds: (run: PictureRun) => boolean;
}

export interface PictureExperiment {
  readonly title: string;
  readonly overrides: Partial<Settings>;
  /** What is followed through the run's own evaluations. */
  readonly curve: string;
  readonly rows: readonly Row[];
  readonly promises: readonly Promised[];
}

/** Steps that every policy is evaluated with. */
export const odeSteps = [4, 6, 10, 20, 40] as const;
type OdeSteps = (typeof odeSteps)[number];

const before = (run: PictureRun, name: string, steps: OdeSteps = 40): number =>
  run.before.get(steps)![name];
const after = (run: PictureRun, name: string, steps: OdeSteps = 40): number =>
  run.after.get(steps)![name];

const beforeAndAfter = (name: string, title: string, digits = 3): Row[] => [
  { title: `${title}, before`, digits, figure: (run) => before(run, name) },
  { title: `${title}, after`, digits, figure: (run) => after(run, name) },
];

const cost: readonly Row[] = [
  { title: 'TFLOP of training', digits: 2, figure: ({ trainingFlops }) => trainingFlops / 1e12 },
  { title: 'seconds of training', digits: 0, figure: ({ seconds }) => seconds },
  { title: 'verifier, ms per leaf', digits: 3, figure: ({ scoring }) => scoring.perLeaf },
  { title: 'verifier, share of an iteration', digits: 3, figure: ({ scoring }) => scoring.share },
];

const atFewerSteps = (name: string, title: string): Row[] =>
  odeSteps.flatMap((steps): Row[] => [
    {
      title: `${title} at ${steps} steps, before`,
      digits: 3,
      figure: (run) => before(run, name, steps),
    },
    {
      title: `${title} at ${steps} steps, after`,
      digits: 3,
      figure: (run) => after(run, name, steps),
    },
  ]);

/** Share of the base's diversity that is left. */
export const keptDiversity = (run: PictureRun): number =>
  after(run, 'diversity') / before(run, 'diversity');

const diversityRows: readonly Row[] = [
  ...beforeAndAfter('diversity', 'diversity', 2),
  { title: 'diversity kept', digits: 3, figure: keptDiversity },
];

const quickVerifier: Promised = {
  text: 'the verifier takes less than a tenth of an iteration',
  holds: ({ scoring }) => scoring.share < 0.1,
};

const least =
  (name: string, bound: number) =>
  (run: PictureRun): boolean =>
    after(run, name) >= bound;

const glyphRows: readonly Row[] = [
  ...beforeAndAfter('reward', 'reward'),
  ...beforeAndAfter('exact', 'exact words'),
  ...diversityRows,
];

/** Trained on at full rate long after the words are right. */
const long: Partial<Settings> = { learningRateDecay: 0, iterations: 110 };

const learnsToWrite: Promised = { text: 'reward of at least .95', holds: least('reward', 0.95) };

const glyphs: readonly PictureExperiment[] = [
  {
    title: 'Glyphs, default preset: the policy learns to write words it was never asked for',
    overrides: {},
    curve: 'exact',
    rows: [...glyphRows, ...atFewerSteps('exact', 'exact words').slice(0, -2), ...cost],
    promises: [
      learnsToWrite,
      { text: 'at least .9 of the words exact', holds: least('exact', 0.9) },
      {
        text: 'trained with 10 steps, as good with 40',
        holds: (run) => after(run, 'exact') >= after(run, 'exact', 10) - 0.02,
      },
      quickVerifier,
    ],
  },
  {
    title: 'Glyphs, trained on and let go (β = 0): right words, pictures ever more alike',
    overrides: { ...long, referenceWeight: 0 },
    curve: 'diversity',
    rows: [...glyphRows, ...cost],
    promises: [
      learnsToWrite,
      { text: 'less than .6 of the diversity is left', holds: (run) => keptDiversity(run) < 0.6 },
    ],
  },
  {
    title:
      'Glyphs, trained on and held to the reference (β = 0.13): right words, different pictures',
    overrides: { ...long, referenceWeight: 0.13 },
    curve: 'diversity',
    rows: [...glyphRows, ...cost],
    promises: [
      learnsToWrite,
      { text: 'at least .85 of the diversity is left', holds: (run) => keptDiversity(run) >= 0.85 },
    ],
  },
];

const sprites: readonly PictureExperiment[] = [
  {
    title: 'Sprites, default preset: six tasks, compositions that were held out',
    overrides: {},
    curve: 'strict',
    rows: [
      ...beforeAndAfter('strict', 'strict'),
      ...tasks.flatMap((task) => beforeAndAfter(`strict:${task}`, task)),
      ...beforeAndAfter('residual', 'residual', 4),
      ...diversityRows,
      ...atFewerSteps('strict', 'strict').slice(0, -2),
      ...cost,
    ],
    promises: [
      { text: 'at least .95 of all pictures strictly right', holds: least('strict', 0.95) },
      ...tasks.map((task) => ({
        text: `at least .90 of task "${task}"`,
        holds: least(`strict:${task}`, 0.9),
      })),
      {
        text: `a residual that costs nothing (${FREE_RESIDUAL}), at most half as much again as before`,
        holds: (run) =>
          after(run, 'residual') <= Math.min(FREE_RESIDUAL, 1.5 * before(run, 'residual')),
      },
      quickVerifier,
    ],
  },
  {
    title:
      'Sprites, held to the reference at the stochastic steps alone: what all samples share drifts',
    overrides: { referenceSteps: 'stochastic' },
    curve: 'residual',
    rows: [
      ...beforeAndAfter('strict', 'strict'),
      ...beforeAndAfter('residual', 'residual', 4),
      ...cost,
    ],
    promises: [
      {
        text: 'the residual more than doubles',
        holds: (run) => after(run, 'residual') > 2 * before(run, 'residual'),
      },
    ],
  },
];

export const pictureTopics: Readonly<Record<string, readonly PictureExperiment[]>> = {
  glyphs,
  sprites,
};

/** Promises that some seed breaks, with the seeds that do. */
export const brokenPictures = (
  { promises }: PictureExperiment,
  runs: readonly PictureRun[],
): { text: string; seeds: number[] }[] =>
  promises
    .map(({ text, holds }) => {
      const broken = runs.filter((run) => !holds(run));
      return { text, seeds: broken.map(({ seed }) => seed) };
    })
    .filter(({ seeds }) => seeds.length > 0);

/** The table of one experiment: a row per figure, a column per seed, mean and 95 % interval. */
export function pictureReport(
  experiment: PictureExperiment,
  runs: readonly PictureRun[],
  samples: number,
): string {
  const broken = brokenPictures(experiment, runs);
  const table = [
    ['', ...runs.map(({ seed }) => `seed ${seed}`), ...(runs.length > 1 ? ['mean', '95 %'] : [])],
    ...experiment.rows.map(({ title, digits, figure }) => {
      const values = runs.map(figure);
      const { mean, low, high } = summarise(values);
      const written = (value: number) => value.toFixed(digits);
      const spread = [written(mean), `${written(low)} … ${written(high)}`];
      return [title, ...values.map(written), ...(runs.length > 1 ? spread : [])];
    }),
  ];
  return [
    experiment.title,
    `  ${samples / 2} prompts, two samples of each`,
    ...aligned(table),
    ...runs.map(
      (run) => `  seed ${run.seed}, ${experiment.curve} by iteration: ${curveOf(experiment, run)}`,
    ),
    ...experiment.promises.map(({ text }) => {
      const failure = broken.find((one) => one.text === text);
      return failure ? `  FAILS (seed ${failure.seeds.join(', ')}): ${text}` : `  holds: ${text}`;
    }),
  ].join('\n');
}

/** "0 .160, 10 .530", from the run's own, smaller evaluations. */
const curveOf = ({ curve }: PictureExperiment, run: PictureRun): string =>
  evaluationsOf(run)
    .map(({ iteration, metrics }) => `${iteration} ${metrics[curve].toFixed(3).replace(/^0/, '')}`)
    .join(', ');

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map(
    ([title, ...cells]) =>
      `  ${title.padEnd(widths[0])}  ${cells.map((cell, i) => cell.padStart(widths[i + 1])).join('  ')}`,
  );
}
