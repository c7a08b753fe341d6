/**
 * Makes the policies that are shipped in public/models, and their manifest:
 *
 *   npm run pretrain                                        lists what can be made
 *   npm run pretrain -- points/ring [--seed n] [--steps n]  makes one (or several, or "all")
 *   npm run pretrain -- points/ring --check                 makes it again and compares it with the shipped file
 *
 * Training runs on the CPU tier with one thread, so the same command gives the same bytes on every machine.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { EspalierError } from '../src/core/errors';
import { sha256 } from '../src/core/sha256';
import { createOrtEngine } from '../src/engine/ortEngine';
import { loadPolicy } from '../src/onnx/policy';
import { makePolicy } from '../src/pretrain/makePolicy';
import { measurePolicy } from '../src/pretrain/measure';
import { findRecipe, recipes } from '../src/pretrain/recipes';
import type { Recipe } from '../src/pretrain/recipes';
import { findScene } from '../src/scenes';
import type { Manifest, ManifestEntry, MeasuredPolicy, Spread } from '../src/scenes/manifest';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'public', 'models');
const manifestFile = join(folder, 'manifest.json');

interface Job {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly steps: number;
}

/** @returns exit code: 0, 1 when a check failed, 2 when the command was not understood. */
export async function main(args: string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    console.error([error.message, error.hint].filter(Boolean).join(' '));
    return error.code === 'bad-setting' ? 2 : 1;
  }
}

async function run(args: string[]): Promise<number> {
  const { positionals, values } = readArguments(args);
  if (positionals.length === 0 || values.help) {
    console.log(usage());
    return 0;
  }
  const names = positionals.includes('all') ? recipes.map(({ scene }) => scene) : positionals;
  const jobs = names.map((name): Job => {
    const recipe = findRecipe(name);
    const shipped = values.check ? readManifest().models[name] : undefined;
    return {
      recipe,
      seed: wholeNumber('seed', values.seed, shipped?.seed ?? recipe.seed),
      steps: wholeNumber('steps', values.steps, shipped?.steps ?? recipe.steps),
    };
  });
  let failed = false;
  for (const job of jobs) {
    const bytes = await make(job);
    if (values.check) failed = !(await check(job, bytes)) || failed;
    else ship(job.recipe.scene, bytes, await describeFile(job, bytes));
  }
  return failed ? 1 : 0;
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seed: { type: 'string' },
        steps: { type: 'string' },
        check: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new EspalierError('bad-setting', (error as Error).message, usage());
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  const least = name === 'steps' ? 1 : 0;
  if (/^\d+$/.test(text) && value >= least && value <= 0xffffffff) return value;
  throw new EspalierError(
    'bad-setting',
    `--${name} must be a whole number from ${least} to 4294967295, not "${text}".`,
  );
}

const usage = (): string =>
  [
    'Usage: npm run pretrain -- SCENE… [--seed n] [--steps n] [--check]',
    '',
    'Makes policies from scratch and writes them to public/models. Scenes, or "all":',
    ...recipes.map(
      ({ scene, architecture, steps, seed }) =>
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
async function describeFile(
  { recipe, seed, steps }: Job,
  bytes: Uint8Array,
): Promise<ManifestEntry> {
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

function progressLine(scene: string, steps: number) {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const tty = process.stderr.isTTY;
  let average = NaN;
  return {
    seconds,
    show: (step: number, loss: number): void => {
      average = Number.isNaN(average) ? loss : 0.98 * average + 0.02 * loss;
      if (!tty || step % 20 !== 19) return;
      const line = `${scene}  step ${step + 1}/${steps}  loss ${average.toFixed(4)}  ${seconds().toFixed(0)} s`;
      process.stderr.write(`\r\x1b[K${line}`);
    },
    clear: (): void => void (tty && process.stderr.write('\r\x1b[K')),
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

function readManifest(): Manifest {
  if (!existsSync(manifestFile)) return { version: 1, models: {} };
  return JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
}

function ship(scene: string, bytes: Uint8Array, entry: ManifestEntry): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, entry.file), bytes);
  const models = { ...readManifest().models, [scene]: entry };
  const order = recipes.map((recipe) => recipe.scene).filter((name) => name in models);
  const manifest: Manifest = {
    version: 1,
    models: Object.fromEntries(order.map((name) => [name, models[name]])),
  };
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
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
  const file = join(folder, shipped.file);
  if (!existsSync(file)) return `${shipped.file} is missing`;
  if (sha256(readFileSync(file)) !== sha256(bytes)) return `${shipped.file} is another`;
  const same = isDeepStrictEqual(shipped, await describeFile(job, bytes));
  return same ? null : 'the manifest says something else of it';
}
