/** `npm run reproduce -- glyphs | sprites`: trains every seed, prints the tables and keeps the first seed's weights. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../src/config/properties';
import type { EngineName } from '../src/engine/engine';
import { loadOrt } from '../src/engine/ort';
import { encodeJournal } from '../src/journal/file';
import { smallJournal, trainPictures } from './pictureRun';
import type { PictureRun } from './pictureRun';
import { keepPromises, tell, written } from './promises';
import type { Plan } from './promises';
import { odeSteps, pictureReport, pictureTopics } from './reproducePictures';
import type { PictureExperiment } from './reproducePictures';

/** 600 prompts, two samples of each. */
const SAMPLES = 1200;

const runFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'public', 'runs');

const quickOverrides: Partial<Settings> = {
  iterations: 1,
  trees: 2,
  evaluationSamples: 24,
  evaluationSteps: 2,
};

/**
 * A quick run only shows that everything works together: it is too short to keep a promise, and keeps no weights.
 * @returns how many promises do not hold; in a quick run none is asked to
 */
export async function reproducePictures(topic: string, plan: Plan): Promise<number> {
  const engine = plan.engine ?? (await fastestEngine());
  const samples = plan.quick ? 24 : SAMPLES;
  const keeps = plan.engine === null && !plan.quick;
  const experiments = pictureTopics[topic].map((experiment) =>
    plan.quick ? shortened(experiment) : experiment,
  );
  console.log(`Engine ${engine}.\n`);
  return keepPromises<PictureRun, PictureExperiment>(experiments, plan.seeds, {
    train: async (experiment, seed) => {
      const { overrides } = experiment;
      const runPlan = { scene: topic, overrides, engine, odeSteps, samples };
      const run = await trainPictures(runPlan, seed, tell);
      tellResult(experiment, run);
      const first = experiment === experiments[0] && seed === plan.seeds[0];
      if (keeps && first) await keep(topic, run);
      return run;
    },
    report: (experiment, runs) => pictureReport(experiment, runs, samples),
  });
}

const shortened = (experiment: PictureExperiment): PictureExperiment => ({
  ...experiment,
  overrides: { ...experiment.overrides, ...quickOverrides },
  promises: [],
});

/** One line per seed as soon as it is done, since all of them take long. */
function tellResult(experiment: PictureExperiment, run: PictureRun): void {
  tell('');
  const figures = experiment.figures.map(
    ({ title, digits, figure }) => `${title} ${written(figure(run), digits)}`,
  );
  console.error(`seed ${run.seed}: ${figures.join(', ')}`);
}

/** onnxruntime-node where it is installed: the same numbers to a few digits, several times as fast. */
async function fastestEngine(): Promise<EngineName> {
  return loadOrt('native').then(
    () => 'ort-native',
    () => 'ort-wasm',
  );
}

async function keep(topic: string, run: PictureRun): Promise<void> {
  const bytes = await encodeJournal(smallJournal(run));
  mkdirSync(runFolder, { recursive: true });
  writeFileSync(join(runFolder, `${topic}.espalier`), bytes);
  console.log(`Kept seed ${run.seed} as public/runs/${topic}.espalier, ${bytes.length} bytes.\n`);
}
