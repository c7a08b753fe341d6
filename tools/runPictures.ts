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
import { brokenPictures, odeSteps, pictureReport, pictureTopics } from './reproducePictures';
import type { PictureExperiment } from './reproducePictures';

export interface PicturePlan {
  readonly seeds: readonly number[];
  /** Only shows that everything works together: too short to keep a promise, and keeps no weights. */
  readonly quick: boolean;
  /** null: the fastest on the CPU, whose weights are kept. */
  readonly engine: EngineName | null;
}

export const defaultSeeds: readonly number[] = [1, 2, 3];

/** 600 prompts, two samples of each. */
const SAMPLES = 1200;

const runFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'public', 'runs');

const quickOverrides: Partial<Settings> = {
  iterations: 1,
  trees: 2,
  evaluationSamples: 24,
  evaluationSteps: 2,
};

/** @returns how many promises do not hold; in a quick run none is asked to. */
export async function reproducePictures(topic: string, plan: PicturePlan): Promise<number> {
  const engine = plan.engine ?? (await fastestEngine());
  const samples = plan.quick ? 24 : SAMPLES;
  console.log(`Engine ${engine}.\n`);
  let broken = 0;
  for (const [i, experiment] of pictureTopics[topic].entries()) {
    const overrides = { ...experiment.overrides, ...(plan.quick ? quickOverrides : {}) };
    const runPlan = { scene: topic, overrides, engine, odeSteps, samples };
    const runs: PictureRun[] = [];
    for (const seed of plan.seeds) {
      const run = await trainPictures(runPlan, seed, tell);
      tellResult(experiment, run);
      runs.push(run);
      const kept = i === 0 && runs.length === 1 && !plan.quick && plan.engine === null;
      if (kept) await keep(topic, run);
    }
    tell('');
    const asked = plan.quick ? { ...experiment, promises: [] } : experiment;
    console.log(`${pictureReport(asked, runs, samples)}\n`);
    broken += brokenPictures(asked, runs).length;
  }
  return broken;
}

function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** One line per seed as soon as it is done, since all of them take long. */
function tellResult(experiment: PictureExperiment, run: PictureRun): void {
  tell('');
  const figures = experiment.rows.map(
    ({ title, digits, figure }) => `${title} ${figure(run).toFixed(digits)}`,
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
