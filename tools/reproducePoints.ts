/**
 * What runs on points/ring must show (docs/scenes.md §2), as data: what is run, which figures are printed, and what is
 * promised of every seed.
 */
import type { Settings } from '../src/config/properties';
import type { Experiment, Figure, Promised, Seeded } from './promises';

export interface Evaluation {
  readonly iteration: number;
  readonly reward: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** One run: its evaluations in order, the first before training, the last after it. */
export interface Outcome extends Seeded {
  readonly evaluations: readonly Evaluation[];
}

export interface PointExperiment extends Experiment<Outcome> {
  readonly scene: string;
  readonly algorithm: string;
}

const before = ({ evaluations }: Outcome): Evaluation => evaluations[0];
const after = ({ evaluations }: Outcome): Evaluation => evaluations[evaluations.length - 1];

/** Iterations until an evaluation first found a reward of at least `reward`; NaN if none did. */
export const iterationsTo = (reward: number, { evaluations }: Outcome): number =>
  evaluations.find((evaluation) => evaluation.reward >= reward)?.iteration ?? NaN;

/** The smallest share on the data that any evaluation found. */
export const leastOnData = ({ evaluations }: Outcome): number =>
  Math.min(...evaluations.map(({ metrics }) => metrics.onData));

const shown = (
  title: string,
  digits: number,
  figure: Figure<Outcome>['figure'],
): Figure<Outcome> => ({
  title,
  digits,
  figure,
});

const figuresUntil = (reward: number): Figure<Outcome>[] => [
  shown('before', 3, (run) => before(run).reward),
  shown('after', 3, (run) => after(run).reward),
  shown(`to ${reward}`, 0, (run) => iterationsTo(reward, run)),
  shown('modes', 0, (run) => after(run).metrics.modes),
  shown('entropy', 2, (run) => after(run).metrics.entropy),
  shown('MMD²', 3, (run) => after(run).metrics.mmd2),
  shown('on data', 3, (run) => after(run).metrics.onData),
  shown('least', 3, leastOnData),
];

const rewardOfAtLeast = (bound: number): Promised<Outcome> => ({
  text: `the reward ends at ${bound} or more`,
  measured: (run) => [after(run).reward],
  holds: (reward) => reward >= bound,
});

const oneMode = (algorithm: string, name: string): PointExperiment => ({
  title: `${name}, reward "mode", no reference term, 60 iterations`,
  scene: 'points/ring',
  algorithm,
  overrides: { reward: 'mode', referenceWeight: 0, iterations: 60 },
  figures: figuresUntil(0.95),
  promises: [
    {
      text: 'the reward starts at 0.14 ± 0.03 and ends at 0.95 or more',
      measured: (run) => [before(run).reward, after(run).reward],
      holds: (start, end) => Math.abs(start - 0.14) <= 0.03 && end >= 0.95,
    },
    {
      text: 'the modes collapse: 8 before, at most 2 after',
      measured: (run) => [before(run).metrics.modes, after(run).metrics.modes],
      holds: (start, end) => start === 8 && end <= 2,
    },
  ],
});

const heldToReference = (
  algorithm: string,
  name: string,
  overrides: Partial<Settings>,
): PointExperiment => ({
  title: `${name}, reward "half", held to the reference with β = 0.3, 100 iterations`,
  scene: 'points/ring',
  algorithm,
  overrides: { ...overrides, reward: 'half', referenceWeight: 0.3, iterations: 100 },
  figures: figuresUntil(0.9),
  promises: [
    rewardOfAtLeast(0.9),
    {
      text: 'at least 90 % of the points are on the data, at every evaluation',
      measured: (run) => [leastOnData(run)],
      holds: (least) => least >= 0.9,
    },
  ],
});

export const pointExperiments: readonly PointExperiment[] = [
  oneMode('flow-grpo', 'Flow-GRPO'),
  oneMode('branch-grpo', 'BranchGRPO'),
  heldToReference('flow-grpo', 'Flow-GRPO', {}),
  heldToReference('branch-grpo', 'BranchGRPO, early dense splits, compared over all trees', {
    splitSteps: [0, 1, 2, 3],
    advantageScope: 'batch',
  }),
  {
    title: 'Flow-GRPO, reward "half", let go (β = 0), 100 iterations',
    scene: 'points/ring',
    algorithm: 'flow-grpo',
    overrides: { reward: 'half', referenceWeight: 0, iterations: 100 },
    figures: figuresUntil(0.9),
    promises: [
      rewardOfAtLeast(0.95),
      {
        text: 'the points leave the data: at most 10 % are left on it',
        measured: (run) => [after(run).metrics.onData],
        holds: (left) => left <= 0.1,
      },
    ],
  },
];
