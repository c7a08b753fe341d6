/**
 * What runs on the picture scenes must show (docs/scenes.md §3, §4), as data: what is run, which
 * figures are printed, and what is promised. Figures are taken on prompts that were never trained on, with 40 ODE steps
 * unless a column says otherwise.
 */
import type { Settings } from '../src/config/properties';
import { tasks } from '../src/scenes/sprites/prompts';
import { FREE_RESIDUAL } from '../src/scenes/sprites/verifier';
import { evaluationsOf } from './pictureRun';
import type { PictureRun } from './pictureRun';
import { report, seedsAcross } from './promises';
import type { Experiment, Figure, Promised } from './promises';

export interface PictureExperiment extends Experiment<PictureRun> {
  /** What is followed through the run's own evaluations. */
  readonly curve: string;
}

/** Steps that every policy is evaluated with. */
export const odeSteps = [4, 6, 10, 20, 40] as const;
type OdeSteps = (typeof odeSteps)[number];

const before = (run: PictureRun, name: string, steps: OdeSteps = 40): number =>
  run.before.get(steps)![name];
const after = (run: PictureRun, name: string, steps: OdeSteps = 40): number =>
  run.after.get(steps)![name];

const beforeAndAfter = (name: string, title: string, digits = 3): Figure<PictureRun>[] => [
  { title: `${title}, before`, digits, figure: (run) => before(run, name) },
  { title: `${title}, after`, digits, figure: (run) => after(run, name) },
];

const cost: readonly Figure<PictureRun>[] = [
  { title: 'TFLOP of training', digits: 2, figure: ({ trainingFlops }) => trainingFlops / 1e12 },
  { title: 'seconds of training', digits: 0, figure: ({ seconds }) => seconds },
  { title: 'verifier, ms per leaf', digits: 3, figure: ({ scoring }) => scoring.perLeaf },
  { title: 'verifier, share of an iteration', digits: 3, figure: ({ scoring }) => scoring.share },
];

const atFewerSteps = (name: string, title: string): Figure<PictureRun>[] =>
  odeSteps.flatMap((steps): Figure<PictureRun>[] => [
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

const diversityFigures: readonly Figure<PictureRun>[] = [
  ...beforeAndAfter('diversity', 'diversity', 2),
  { title: 'diversity kept', digits: 3, figure: keptDiversity },
];

const quickVerifier: Promised<PictureRun> = {
  text: 'the verifier takes less than a tenth of an iteration',
  measured: ({ scoring }) => [scoring.share],
  holds: (share) => share < 0.1,
};

const atLeast = (name: string, bound: number, text: string): Promised<PictureRun> => ({
  text,
  measured: (run) => [after(run, name)],
  holds: (measured) => measured >= bound,
});

const glyphFigures: readonly Figure<PictureRun>[] = [
  ...beforeAndAfter('reward', 'reward'),
  ...beforeAndAfter('exact', 'exact words'),
  ...diversityFigures,
];

/** Trained on at full rate long after the words are right. */
const long: Partial<Settings> = { learningRateDecay: 0, iterations: 110 };

const learnsToWrite: Promised<PictureRun> = atLeast('reward', 0.95, 'reward of at least .95');

const glyphs: readonly PictureExperiment[] = [
  {
    title: 'Glyphs, default preset: the policy learns to write words it was never asked for',
    overrides: {},
    curve: 'exact',
    figures: [...glyphFigures, ...atFewerSteps('exact', 'exact words').slice(0, -2), ...cost],
    promises: [
      learnsToWrite,
      atLeast('exact', 0.9, 'at least .9 of the words exact'),
      {
        text: 'trained with 10 steps, as good with 40',
        measured: (run) => [after(run, 'exact', 10), after(run, 'exact')],
        holds: (with10, with40) => with40 >= with10 - 0.02,
      },
      quickVerifier,
    ],
  },
  {
    title: 'Glyphs, trained on and let go (β = 0): right words, pictures ever more alike',
    overrides: { ...long, referenceWeight: 0 },
    curve: 'diversity',
    figures: [...glyphFigures, ...cost],
    promises: [
      learnsToWrite,
      {
        text: 'less than .6 of the diversity is left',
        measured: (run) => [keptDiversity(run)],
        holds: (kept) => kept < 0.6,
      },
    ],
  },
  {
    title:
      'Glyphs, trained on and held to the reference (β = 0.13): right words, different pictures',
    overrides: { ...long, referenceWeight: 0.13 },
    curve: 'diversity',
    figures: [...glyphFigures, ...cost],
    promises: [
      learnsToWrite,
      {
        text: 'at least .85 of the diversity is left',
        measured: (run) => [keptDiversity(run)],
        holds: (kept) => kept >= 0.85,
      },
    ],
  },
];

const sprites: readonly PictureExperiment[] = [
  {
    title: 'Sprites, default preset: six tasks, compositions that were held out',
    overrides: {},
    curve: 'strict',
    figures: [
      ...beforeAndAfter('strict', 'strict'),
      ...tasks.flatMap((task) => beforeAndAfter(`strict:${task}`, task)),
      ...beforeAndAfter('residual', 'residual', 4),
      ...diversityFigures,
      ...atFewerSteps('strict', 'strict').slice(0, -2),
      ...cost,
    ],
    promises: [
      atLeast('strict', 0.95, 'at least .95 of all pictures strictly right'),
      ...tasks.map((task) => atLeast(`strict:${task}`, 0.9, `at least .90 of task "${task}"`)),
      {
        text: `a residual that costs nothing (${FREE_RESIDUAL}), at most half as much again as before`,
        measured: (run) => [before(run, 'residual'), after(run, 'residual')],
        holds: (start, end) => end <= Math.min(FREE_RESIDUAL, 1.5 * start),
      },
      quickVerifier,
    ],
  },
  {
    title:
      'Sprites, held to the reference at the stochastic steps alone: what all samples share drifts',
    overrides: { referenceSteps: 'stochastic' },
    curve: 'residual',
    figures: [
      ...beforeAndAfter('strict', 'strict'),
      ...beforeAndAfter('residual', 'residual', 4),
      ...cost,
    ],
    promises: [
      {
        text: 'the residual more than doubles',
        measured: (run) => [before(run, 'residual'), after(run, 'residual')],
        holds: (start, end) => end > 2 * start,
      },
    ],
  },
];

export const pictureTopics: Readonly<Record<string, readonly PictureExperiment[]>> = {
  glyphs,
  sprites,
};

/** The table of one experiment, with the curve of each run. */
export const pictureReport = (
  experiment: PictureExperiment,
  runs: readonly PictureRun[],
  samples: number,
): string =>
  report(experiment, runs, [
    `  ${samples / 2} prompts, two samples of each`,
    ...seedsAcross(experiment.figures, runs),
    ...runs.map(
      (run) => `  seed ${run.seed}, ${experiment.curve} by iteration: ${curveOf(experiment, run)}`,
    ),
  ]);

/** "0 .160, 10 .530", from the run's own, smaller evaluations. */
const curveOf = ({ curve }: PictureExperiment, run: PictureRun): string =>
  evaluationsOf(run)
    .map(({ iteration, metrics }) => `${iteration} ${metrics[curve].toFixed(3).replace(/^0/, '')}`)
    .join(', ');
