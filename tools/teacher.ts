/** Teachers of picture scenes: made once, kept with what they measured in the git-ignored cache. */
import { sha256 } from '../src/core/sha256';
import { makeTeacher } from '../src/pretrain/makePicture';
import { measurePicture } from '../src/pretrain/measurePicture';
import type { PictureRecipe } from '../src/pretrain/pictureRecipes';
import type { MeasuredPicture, Teacher } from '../src/scenes/manifest';
import { cached, checkpointed, option } from './models';
import type { ChosenEngine } from './models';

/** Samples on which teachers and students are measured. */
export const MEASURED_SAMPLES = 1200;

/** Minutes that a teacher took with the native engine on one core. */
export const TEACHER_MINUTES = 5;

export interface MadeTeacher {
  readonly bytes: Uint8Array;
  readonly entry: Teacher;
}

const fileName = (scene: string, seed: number): string => `${scene}-teacher-${seed}`;

/** Trains and measures a teacher and puts it into the cache. */
export async function createTeacher(
  recipe: PictureRecipe,
  { seed, steps }: { seed: number; steps: number },
  engine: ChosenEngine,
): Promise<MadeTeacher> {
  const { scene, training } = recipe;
  const name = fileName(scene, seed);
  const { course, seconds, finish } = checkpointed(name, engine, steps);
  const { bytes, trainingFlops } = await makeTeacher(recipe, { ...training, seed, steps }, course);
  const trained = seconds();
  const measuring = { engine: engine.options, count: MEASURED_SAMPLES, trainingFlops };
  const entry: Teacher = {
    sha256: sha256(bytes),
    bytes: bytes.length,
    command: `npm run pretrain -- ${scene} --seed ${seed}${option('steps', steps, training.steps)}`,
    seed,
    steps,
    batch: training.batch,
    engine: engine.name,
    measured: await measurePicture(recipe, bytes, measuring),
  };
  cached.write(`${name}.onnx`, bytes);
  cached.write(`${name}.json`, `${JSON.stringify(entry, null, 2)}\n`);
  finish();
  console.log(
    `${scene}: teacher, ${entry.bytes} bytes, ${trained.toFixed(0)} s\n${figures(entry.measured)}`,
  );
  return { bytes, entry };
}

/** The teacher of a scene's recipe from the cache, or made now. */
export async function findTeacher(
  recipe: PictureRecipe,
  engine: ChosenEngine,
): Promise<MadeTeacher> {
  const { seed, steps } = recipe.training;
  const name = fileName(recipe.scene, seed);
  const [bytes, json] = [cached.read(`${name}.onnx`), cached.read(`${name}.json`)];
  if (bytes && json) {
    const entry = JSON.parse(new TextDecoder().decode(json)) as Teacher;
    const fits = entry.steps === steps && entry.engine === engine.name;
    if (fits && sha256(bytes) === entry.sha256) return { bytes, entry };
  }
  return createTeacher(recipe, { seed, steps }, engine);
}

/** The figures of a picture policy, for reading. */
export function figures(measured: MeasuredPicture): string {
  const steps = Object.entries(measured.scoreAtSteps).map(([n, score]) => `${n}: ${score}`);
  const tasks = Object.entries(measured.tasks).map(([task, score]) => `${task} ${score}`);
  const slots = measured.shuffledSlots.map(
    ({ slot, asked, shuffled }) => `${slot} ${asked} → ${shuffled}`,
  );
  const tera = (measured.trainingFlops / 1e12).toFixed(2);
  return [
    `  ${(measured.flopsPerForward / 1e6).toFixed(2)} MFLOP per forward, ${tera} TFLOP to make`,
    `  score on ${measured.samples} held-out samples by ODE steps: ${steps.join(', ')}`,
    `  by task: ${tasks.join(', ')}; on prompts that RL may draw: ${measured.seenScore}`,
    `  judged for the value asked for → for another: ${slots.join(', ')}`,
  ].join('\n');
}
