/**
 * What runs on points/ring must show (docs/scenes.md §2), as data: what is run, which figures are printed, and what is
 * promised of every seed.
 */
import type { Settings } from '../src/config/properties';

export interface Evaluation {
  readonly iteration: number;
  readonly reward: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** One run: its evaluations in order, the first before training, the last after it. */
export interface Outcome {
  readonly seed: number;
  readonly evaluations: readonly Evaluation[];
}

export interface Column {
  readonly title: string;
  readonly digits: number;
  /** NaN where a run has no such figure. */
  readonly figure: (outcome: Outcome) => number;
}

export interface Promised {
  readonly text: string;
  readonly holds: (outcome: Outcome) => boolean;
}

export interface Experiment {
  readonly title: string;
  readonly scene: string;
  readonly algorithm: string;
  readonly overrides: Partial<Settings>;
  readonly columns: readonly Column[];
  readonly promises: readonly Promised[];
}

const before = ({ evaluations }: Outcome): Evaluation => evaluations[0];
const after = ({ evaluations }: Outcome): Evaluation => evaluations[evaluations.length - 1];

/** Iterations until an evaluation first found a reward of at least `reward`; NaN if none did. */
export const iterationsTo = (reward: number, { evaluations }: Outcome): number =>
  evaluations.find((evaluation) => evaluation.reward >= reward)?.iteration ?? NaN;

/** The smallest share on the data that any evaluation found. */
export const leastOnData = ({ evaluations }: Outcome): number =>
  Math.min(...evaluations.map(({ metrics }) => metrics.onData));

const column = (title: string, digits: number, figure: Column['figure']): Column => ({
  title,
  digits,
  figure,
});

const columnsUntil = (reward: number): Column[] => [
  column('before', 3, (run) => before(run).reward),
  column('after', 3, (run) => after(run).reward),
  column(`to ${reward}`, 0, (run) => iterationsTo(reward, run)),
  column('modes', 0, (run) => after(run).metrics.modes),
  column('entropy', 2, (run) => after(run).metrics.entropy),
  column('MMD²', 3, (run) => after(run).metrics.mmd2),
  column('on data', 3, (run) => after(run).metrics.onData),
  column('least', 3, leastOnData),
];

const oneMode = (algorithm: string, name: string): Experiment => ({
  title: `${name}, reward "mode", no reference term, 60 iterations`,
  scene: 'points/ring',
  algorithm,
  overrides: { reward: 'mode', referenceWeight: 0, iterations: 60 },
  columns: columnsUntil(0.95),
  promises: [
    {
      text: 'the reward starts at 0.14 ± 0.03 and ends at 0.95 or more',
      holds: (run) => Math.abs(before(run).reward - 0.14) <= 0.03 && after(run).reward >= 0.95,
    },
    {
      text: 'the modes collapse: 8 before, at most 2 after',
      holds: (run) => before(run).metrics.modes === 8 && after(run).metrics.modes <= 2,
    },
  ],
});

const heldToReference = (
  algorithm: string,
  name: string,
  overrides: Partial<Settings>,
): Experiment => ({
  title: `${name}, reward "half", held to the reference with β = 0.3, 100 iterations`,
  scene: 'points/ring',
  algorithm,
  overrides: { ...overrides, reward: 'half', referenceWeight: 0.3, iterations: 100 },
  columns: columnsUntil(0.9),
  promises: [
    { text: 'the reward ends at 0.9 or more', holds: (run) => after(run).reward >= 0.9 },
    {
      text: 'at least 90 % of the points are on the data, at every evaluation',
      holds: (run) => leastOnData(run) >= 0.9,
    },
  ],
});

export const pointExperiments: readonly Experiment[] = [
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
    columns: columnsUntil(0.9),
    promises: [
      { text: 'the reward ends at 0.95 or more', holds: (run) => after(run).reward >= 0.95 },
      {
        text: 'the points leave the data: at most 10 % are left on it',
        holds: (run) => after(run).metrics.onData <= 0.1,
      },
    ],
  },
];
