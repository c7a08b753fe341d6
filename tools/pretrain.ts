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
import type { Manifest, ManifestEntry, Spread } from '../src/scenes/manifest';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'public', 'models');
const manifestFile = join(folder, 'manifest.json');

interface Job {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly steps: number;
}

interface Made {
  readonly bytes: Uint8Array;
  readonly entry: ManifestEntry;
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
    const made = await make(job);
    if (values.check) failed = !check(job.recipe.scene, made) || failed;
    else ship(job.recipe.scene, made);
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

async function make({ recipe, seed, steps }: Job): Promise<Made> {
  const progress = progressLine(recipe.scene, steps);
  const bytes = await makePolicy(recipe, { seed, steps, onStep: progress.show });
  progress.clear();
  const model = loadPolicy(bytes);
  const engine = await createOrtEngine(model);
  const scene = findScene(recipe.scene);
  const measured = await measurePolicy(engine, scene);
  engine.destroy();
  const option = (name: string, value: number, usual: number) =>
    value === usual ? '' : ` --${name} ${value}`;
  const entry: ManifestEntry = {
    file: scene.model,
    sha256: sha256(bytes),
    bytes: bytes.length,
    command: `npm run pretrain -- ${recipe.scene} --seed ${seed}${option('steps', steps, recipe.steps)}`,
    seed,
    steps,
    batch: recipe.batch,
    architecture: recipe.architecture,
    parameters: model.parameters.reduce((sum, { length }) => sum + length, 0),
    measured,
  };
  console.log(describe(recipe.scene, entry, progress.seconds()));
  return { bytes, entry };
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

function describe(scene: string, entry: ManifestEntry, seconds: number): string {
  const { measured } = entry;
  const figure = ({ mean, standardDeviation }: Spread, digits: number) =>
    `${mean.toFixed(digits)} ± ${standardDeviation.toFixed(digits)}`;
  return [
    `${scene}: ${entry.file}, ${entry.parameters} parameters, ${entry.bytes} bytes, ${seconds.toFixed(0)} s`,
    `  sha256 ${entry.sha256}`,
    `  MMD² ${figure(measured.mmd2, 5)} (data to data ${figure(measured.mmd2DataToData, 5)})`,
    `  entropy ${figure(measured.entropy, 3)} (data ${figure(measured.entropyOfData, 3)}),` +
      ` modes ${measured.modes.mean}, on the data ${figure(measured.onData, 4)}`,
  ].join('\n');
}

function readManifest(): Manifest {
  if (!existsSync(manifestFile)) return { version: 1, models: {} };
  return JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
}

function ship(scene: string, { bytes, entry }: Made): void {
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

/** Whether the file and everything the manifest says of it come out the same again; says what does not. */
function check(scene: string, { entry }: Made): boolean {
  const shipped = readManifest().models[scene];
  const file = join(folder, entry.file);
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
