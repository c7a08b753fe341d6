/**
 * Makes policies from data. Those of point scenes ship in public/models; those of picture scenes are teachers, kept in
 * the git-ignored .cache/pretrain, from which `npm run distill` makes what ships.
 *
 *   npm run pretrain                                        lists what can be made
 *   npm run pretrain -- points/ring [--seed n] [--steps n]  makes one (or several, or "all")
 *   npm run pretrain -- glyphs [--engine native|wasm]       makes a teacher
 *   npm run pretrain -- points/ring --check                 makes it again and compares it with the shipped file
 *
 * Point policies train on the CPU tier with one thread, so the same command gives the same bytes on every machine.
 * Teachers train with the native engine where it is installed, because they take minutes; a command that was stopped
 * goes on from its last checkpoint, to the same bytes. The manifest notes the engine.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { EspalierError } from '../src/core/errors';
import { sha256 } from '../src/core/sha256';
import { createOrtEngine } from '../src/engine/ortEngine';
import { loadPolicy } from '../src/onnx/policy';
import { makePolicy } from '../src/pretrain/makePolicy';
import { measurePolicy } from '../src/pretrain/measure';
import { pictureRecipes } from '../src/pretrain/pictureRecipes';
import type { PictureRecipe } from '../src/pretrain/pictureRecipes';
import { findRecipe, recipes } from '../src/pretrain/recipes';
import type { Recipe } from '../src/pretrain/recipes';
import { findScene } from '../src/scenes';
import type { MeasuredPolicy, PointsEntry, Spread } from '../src/scenes/manifest';
import {
  chooseEngine,
  modelFolder,
  progressLine,
  readManifest,
  runCommand,
  ship,
  wholeNumber,
} from './models';
import { TEACHER_MINUTES, createTeacher } from './teacher';

interface Job {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly steps: number;
}

/** @returns exit code: 0, 1 when a check failed, 2 when the command was not understood. */
export const main = (args: string[]): Promise<number> => runCommand(() => run(args));

async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments(args);
  if (positionals.length === 0 || values.help) {
    console.log(usage());
    return 0;
  }
  const names = positionals.includes('all') ? recipes.map(({ scene }) => scene) : positionals;
  const isTeacher = (name: string): boolean => pictureRecipes.some(({ scene }) => scene === name);
  const jobs = names.filter((name) => !isTeacher(name)).map((name) => jobOf(name, values));
  const teachers = pictureRecipes.filter(({ scene }) => names.includes(scene));
  let failed = false;
  for (const job of jobs) {
    const bytes = await make(job);
    if (values.check) failed = !(await check(job, bytes)) || failed;
    else ship(job.recipe.scene, bytes, await describeFile(job, bytes));
  }
  await makeTeachers(teachers, values);
  return failed ? 1 : 0;
}

type Values = ReturnType<typeof readArguments>['values'];

function jobOf(name: string, { check, seed, steps }: Values): Job {
  const recipe = findRecipe(name);
  const shipped = check ? readManifest().models[name] : undefined;
  return {
    recipe,
    seed: wholeNumber('seed', seed, shipped?.seed ?? recipe.seed),
    steps: wholeNumber('steps', steps, shipped?.steps ?? recipe.steps),
  };
}

async function makeTeachers(teachers: readonly PictureRecipe[], values: Values): Promise<void> {
  if (teachers.length === 0) return;
  if (values.check) {
    throw new EspalierError('bad-setting', 'teachersNotShipped');
  }
  const engine = await chooseEngine(values.engine, TEACHER_MINUTES);
  for (const recipe of teachers) {
    const seed = wholeNumber('seed', values.seed, recipe.training.seed);
    const steps = wholeNumber('steps', values.steps, recipe.training.steps);
    await createTeacher(recipe, { seed, steps }, engine);
  }
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        steps: { type: 'string' },
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
    'Usage: npm run pretrain -- SCENE… [--seed n] [--steps n] [--engine native|wasm] [--check]',
    '',
    'Makes policies from scratch. Those written to public/models, or "all" of them:',
    ...recipes.map(
      ({ scene, architecture, steps, seed }) =>
        `  ${scene.padEnd(22)}${architecture}, ${steps} steps, seed ${seed}`,
    ),
    '',
    'Teachers, from which "npm run distill" makes what ships (--engine is for these):',
    ...pictureRecipes.map(
      ({ scene, architecture, training: { steps, seed } }) =>
        `  ${scene.padEnd(22)}${architecture}, ${steps} steps, seed ${seed}`,
    ),
    '',
    '--check makes them again and compares them with the shipped files; it exits 1 if they differ.',
  ].join('\n');

async function make({ recipe, seed, steps }: Job): Promise<Uint8Array> {
  const progress = progressLine(recipe.scene, steps);
  const bytes = await makePolicy(recipe, { seed, steps, onStep: progress.show });
  progress.clear();
  console.log(`${recipe.scene}: ${bytes.length} bytes in ${progress.seconds().toFixed(0)} s`);
  console.log(`  sha256 ${sha256(bytes)}`);
  return bytes;
}

/** Measures the policy in `bytes` and says everything that the manifest says of it. */
async function describeFile({ recipe, seed, steps }: Job, bytes: Uint8Array): Promise<PointsEntry> {
  const model = loadPolicy(bytes);
  const engine = await createOrtEngine(model);
  const scene = findScene(recipe.scene);
  const measured = await measurePolicy(engine, scene);
  engine.destroy();
  console.log(figures(measured));
  const option = steps === recipe.steps ? '' : ` --steps ${steps}`;
  return {
    file: scene.model,
    sha256: sha256(bytes),
    bytes: bytes.length,
    command: `npm run pretrain -- ${recipe.scene} --seed ${seed}${option}`,
    seed,
    steps,
    batch: recipe.batch,
    architecture: recipe.architecture,
    parameters: model.parameters.reduce((sum, { length }) => sum + length, 0),
    measured,
  };
}

function figures(measured: MeasuredPolicy): string {
  const figure = ({ mean, standardDeviation }: Spread, digits: number) =>
    `${mean.toFixed(digits)} ± ${standardDeviation.toFixed(digits)}`;
  return [
    `  MMD² ${figure(measured.mmd2, 5)} (data to data ${figure(measured.mmd2DataToData, 5)})`,
    `  entropy ${figure(measured.entropy, 3)} (data ${figure(measured.entropyOfData, 3)}),` +
      ` modes ${measured.modes.mean}, on the data ${figure(measured.onData, 4)}`,
  ].join('\n');
}

/** Whether the shipped file and everything the manifest says of it come out the same again; says what does not. */
async function check(job: Job, bytes: Uint8Array): Promise<boolean> {
  const { scene } = job.recipe;
  const problem = await difference(job, bytes);
  console.log(`  ${problem ?? 'the shipped file is exactly this one'}`);
  if (problem) console.log(`  Ship this one with npm run pretrain -- ${scene}`);
  return problem === null;
}

async function difference(job: Job, bytes: Uint8Array): Promise<string | null> {
  const shipped = readManifest().models[job.recipe.scene];
  if (!shipped) return 'the manifest does not mention it';
  const file = join(modelFolder, shipped.file);
  if (!existsSync(file)) return `${shipped.file} is missing`;
  if (sha256(readFileSync(file)) !== sha256(bytes)) return `${shipped.file} is another`;
  const same = isDeepStrictEqual(shipped, await describeFile(job, bytes));
  return same ? null : 'the manifest says something else of it';
}
