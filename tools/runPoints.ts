/** `npm run reproduce -- points`: trains every seed on the CPU tier and prints the tables. */
import { runHeadless } from '../src/session/runHeadless';
import { keepPromises, report, seedsDown, tell } from './promises';
import type { Plan } from './promises';
import { pointExperiments } from './reproducePoints';
import type { Evaluation, Outcome, PointExperiment } from './reproducePoints';

interface Evaluating {
  readonly evaluationSamples: number;
  readonly evaluationInterval: number;
}

const thorough: Evaluating = { evaluationSamples: 3000, evaluationInterval: 10 };
const coarse: Evaluating = { evaluationSamples: 1000, evaluationInterval: 20 };

/** Trains one seed. */
export type TrainPoints = (
  experiment: PointExperiment,
  evaluating: Evaluating,
  seed: number,
) => Promise<Outcome>;

/** `run` trains; tests give their own. @returns how many promises do not hold */
export async function reproducePoints(plan: Plan, run: TrainPoints = train): Promise<number> {
  const evaluating = plan.quick ? coarse : thorough;
  const broken = await keepPromises<Outcome, PointExperiment>(pointExperiments, plan.seeds, {
    train: (experiment, seed) => {
      tell(`${experiment.title}: seed ${seed} …`);
      return run(experiment, evaluating, seed);
    },
    report: pointReport,
  });
  console.log(legend(evaluating));
  return broken;
}

/** The table of one experiment: a row per seed, mean and spread, and what became of each promise. */
export const pointReport = (experiment: PointExperiment, outcomes: readonly Outcome[]): string =>
  report(experiment, outcomes, seedsDown(experiment.figures, outcomes));

async function train(
  experiment: PointExperiment,
  evaluating: Evaluating,
  seed: number,
): Promise<Outcome> {
  const { scene, algorithm, overrides } = experiment;
  const evaluations: Evaluation[] = [];
  await runHeadless({
    scene,
    algorithm,
    overrides: { ...overrides, ...evaluating, evaluationSteps: 40, seed },
    onEvent: (event) => {
      if (event.type === 'evaluated') evaluations.push(event);
    },
  });
  return { seed, evaluations };
}

const legend = ({ evaluationSamples, evaluationInterval }: Evaluating): string =>
  [
    `Every ${evaluationInterval} iterations ${evaluationSamples} deterministic samples (40 steps) are judged.`,
    'before, after: mean reward at the first and the last evaluation. to 0.95: iterations until one found that reward.',
    'modes, entropy, MMD² and on data are those at the end; least is the smallest share on the data at any evaluation.',
    'The 95 % interval of the mean over seeds is Student’s.',
  ].join('\n');
