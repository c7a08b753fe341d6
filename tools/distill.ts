/**
 * Makes the picture policies that ship in public/models: small students of the teachers that `npm run pretrain` makes.
 *
 *   npm run distill                                       lists what can be made
 *   npm run distill -- glyphs [--engine native|wasm]      makes one (or several, or "all"), its teacher first if missing
 *   npm run distill -- glyphs --check                     makes it again and compares it with the shipped file
 *
 * The method is progressive distillation (2202.00512; src/pretrain/progressive.ts says why): six Euler steps of the
 * student score what forty of its teacher do; the manifest has both beside each other. Weights are stored in half
 * precision, and every figure is measured on the file as stored. Checkpoints are kept in .cache/pretrain; a command that
 * was stopped goes on from the last one, to the same bytes.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { EspalierError } from '../src/core/errors';
import { sha256 } from '../src/core/sha256';
import { loadPolicy } from '../src/onnx/policy';
import { makeStudent } from '../src/pretrain/makePicture';
import { measureGuided, measurePicture } from '../src/pretrain/measurePicture';
import { findPictureRecipe, pictureRecipes } from '../src/pretrain/pictureRecipes';
import type { PictureRecipe } from '../src/pretrain/pictureRecipes';
import { findScene } from '../src/scenes';
import type { PictureEntry } from '../src/scenes/manifest';
import { checkpointed, chooseEngine, modelFolder, readManifest, runCommand, ship } from './models';
import type { ChosenEngine } from './models';
import { MEASURED_SAMPLES, TEACHER_MINUTES, figures, findTeacher } from './teacher';

interface Made {
  readonly bytes: Uint8Array;
  readonly entry: PictureEntry;
}

/** @returns exit code: 0, 1 when a check failed, 2 when the command was not understood. */
export const main = (args: string[]): Promise<number> => runCommand(() => run(args));

async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments(args);
  if (positionals.length === 0 || values.help) {
    console.log(usage());
    return 0;
  }
  const names = positionals.includes('all')
    ? pictureRecipes.map(({ scene }) => scene)
    : positionals;
  const chosen = names.map(findPictureRecipe);
  const engine = await chooseEngine(values.engine, TEACHER_MINUTES);
  let failed = false;
  for (const recipe of chosen) {
    const made = await make(recipe, engine);
    if (values.check) failed = !check(recipe.scene, made) || failed;
    else ship(recipe.scene, made.bytes, made.entry);
  }
  return failed ? 1 : 0;
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        engine: { type: 'string' },
        check: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const problem = (error as Error).message;
    throw new EspalierError('bad-setting', 'badUsage', { problem, usage: usage() });
  }
}

const usage = (): string =>
  [
    'Usage: npm run distill -- SCENE… [--engine native|wasm] [--check]',
    '',
    'Distils teachers into the few-step policies that ship in public/models. Scenes, or "all":',
    ...pictureRecipes.map(
      ({ scene, distillation: { paths, training } }) =>
        `  ${scene.padEnd(10)}${paths} paths of the teacher, ${training.steps} steps`,
    ),
    '',
    '--check makes them again and compares them with the shipped files; it exits 1 if they differ.',
  ].join('\n');

async function make(recipe: PictureRecipe, engine: ChosenEngine): Promise<Made> {
  const { scene, distillation } = recipe;
  const teacher = await findTeacher(recipe, engine);
  const { training } = distillation;
  const { course, seconds, finish } = checkpointed(`${scene}-student`, engine, training.steps);
  const { bytes, trainingFlops } = await makeStudent(recipe, teacher.bytes, training, course);
  const trained = seconds();
  const measuring = { engine: engine.options, count: MEASURED_SAMPLES, trainingFlops };
  const measured = await measurePicture(recipe, bytes, measuring);
  const guided = await measureGuided(recipe, bytes, measuring);
  finish();
  const { parameters } = loadPolicy(bytes);
  const entry: PictureEntry = {
    file: findScene(scene).model,
    sha256: sha256(bytes),
    bytes: bytes.length,
    command: `npm run distill -- ${scene}`,
    seed: training.seed,
    steps: training.steps,
    batch: training.batch,
    architecture: recipe.architecture,
    parameters: parameters.reduce((sum, { length }) => sum + length, 0),
    engine: engine.name,
    distillation: {
      method: 'progressive',
      paths: distillation.paths,
      teacherSteps: distillation.teacherSteps,
      jump: distillation.jump,
    },
    measured,
    guided,
    teacher: teacher.entry,
  };
  console.log(
    [
      `${scene}: ${entry.file}, ${entry.parameters} parameters, ${entry.bytes} bytes, ${trained.toFixed(0)} s`,
      `  sha256 ${entry.sha256}`,
      figures(measured),
      `  with guidance ${guided.weight}: ${guided.score}`,
      `  six steps ${measured.scoreAtSteps[6]}, the teacher's forty ${teacher.entry.measured.heldOutScore}`,
    ].join('\n'),
  );
  return { bytes, entry };
}

/** Whether the file and everything the manifest says of it come out the same again; says what does not. */
function check(scene: string, { entry }: Made): boolean {
  const shipped = readManifest().models[scene];
  const file = join(modelFolder, entry.file);
  const problems: string[] = [];
  if (!shipped) problems.push('the manifest does not mention it');
  else if (!isDeepStrictEqual(shipped, entry)) problems.push('the manifest says something else');
  if (!existsSync(file)) problems.push(`${entry.file} is missing`);
  else if (sha256(readFileSync(file)) !== entry.sha256) problems.push(`${entry.file} differs`);
  const verdict =
    problems.length === 0 ? 'the shipped file is exactly this one' : problems.join(', ');
  console.log(`  ${verdict}`);
  return problems.length === 0;
}
