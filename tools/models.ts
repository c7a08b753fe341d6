/** What the commands that make policies share: arguments, engine, progress, checkpoints and the manifest. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EspalierError } from '../src/core/errors';
import type { NetworkOptions } from '../src/engine/network';
import { loadOrt } from '../src/engine/ort';
import type { Course } from '../src/pretrain/makePicture';
import { pictureRecipes } from '../src/pretrain/pictureRecipes';
import { recipes } from '../src/pretrain/recipes';
import type { Manifest, ManifestEntry } from '../src/scenes/manifest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const modelFolder = join(root, 'public', 'models');
const manifestFile = join(modelFolder, 'manifest.json');

/** Teachers and checkpoints; ignored by git. */
const cacheFolder = join(root, '.cache', 'pretrain');

/** Runs a command; a refusal is printed. @returns exit code: 0, 1 when it failed, 2 when it was not understood. */
export async function runCommand(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    console.error([error.message, error.hint].filter(Boolean).join(' '));
    return error.code === 'bad-setting' ? 2 : 1;
  }
}

/** @throws EspalierError 'bad-setting' */
export function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  const least = name === 'steps' ? 1 : 0;
  if (/^\d+$/.test(text) && value >= least && value <= 0xffffffff) return value;
  const params = { name, least, most: 0xffffffff, text };
  throw new EspalierError('bad-setting', 'wholeNumber', params);
}

/** ` --name value` where the value is not the usual one, for the command that a manifest notes. */
export const option = (name: string, value: number, usual: number): string =>
  value === usual ? '' : ` --${name} ${value}`;

/** A line on standard error that is rewritten; silent where nobody watches. */
export function progressLine(label: string, steps: number) {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const tty = process.stderr.isTTY;
  let average = NaN;
  const write = (text: string): void => void (tty && process.stderr.write(`\r\x1b[K${text}`));
  return {
    seconds,
    show: (step: number, loss: number): void => {
      average = Number.isNaN(average) ? loss : 0.98 * average + 0.02 * loss;
      if (step % 20 !== 19) return;
      write(
        `${label}  step ${step + 1}/${steps}  loss ${average.toFixed(4)}  ${seconds().toFixed(0)} s`,
      );
    },
    write,
    clear: (): void => write(''),
  };
}

export interface ChosenEngine {
  readonly options: NetworkOptions;
  /** For the manifest: the same engine gives the same bytes. */
  readonly name: string;
}

/** Share of a picture policy's training time on the WASM engine that the native one needs, about. */
const NATIVE_SPEED = 3;

/**
 * The engine of long training: onnxruntime-node if it is installed, else WASM, which says how long it will take.
 * @throws EspalierError 'bad-setting' for an unknown name, 'no-adapter' where the named one is missing.
 */
export async function chooseEngine(
  asked: string | undefined,
  nativeMinutes: number,
): Promise<ChosenEngine> {
  if (asked !== undefined && asked !== 'native' && asked !== 'wasm') {
    throw new EspalierError('bad-setting', 'nativeOrWasm', { name: asked });
  }
  if (asked !== 'wasm' && (asked === 'native' || (await nativeInstalled()))) {
    await loadOrt('native');
    return {
      options: { provider: 'native', threads: 1 },
      name: `onnxruntime-node ${versionOf('onnxruntime-node')}, 1 thread`,
    };
  }
  const minutes = Math.round(nativeMinutes * NATIVE_SPEED);
  console.error(
    `The WASM engine takes about ${minutes} minutes for each network. With "npm install --no-save ` +
      `onnxruntime-node@1.30.0" the native engine takes about ${nativeMinutes}.`,
  );
  return {
    options: { provider: 'wasm' },
    name: `onnxruntime-web ${versionOf('onnxruntime-web')}, WASM, 1 thread`,
  };
}

const nativeInstalled = (): Promise<boolean> =>
  loadOrt('native').then(
    () => true,
    () => false,
  );

function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  let folder = dirname(require.resolve(name));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** A course that keeps checkpoints under `name` and goes on from the last one, and the way to be rid of it. */
export function checkpointed(
  name: string,
  engine: ChosenEngine,
  steps: number,
): { course: Course; seconds: () => number; finish: () => void } {
  const file = join(cacheFolder, `${name}.checkpoint`);
  const progress = progressLine(name, steps);
  const course: Course = {
    engine: engine.options,
    checkpoint: existsSync(file) ? readFileSync(file) : null,
    onResume: (done) => console.error(`${name}: goes on from step ${done}.`),
    onCheckpoint: (bytes) => writeWhole(file, bytes),
    onStep: progress.show,
    onPaths: (done, count) =>
      progress.write(`${name}  ${Math.floor((100 * done) / count)} % of the teacher’s paths`),
  };
  const finish = (): void => {
    progress.clear();
    rmSync(file, { force: true });
  };
  return { course, seconds: progress.seconds, finish };
}

/** Writes a file so that it is never seen half written. */
function writeWhole(file: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
}

/** Files in the cache: bytes, or null if they are not there. */
export const cached = {
  read: (name: string): Uint8Array | null => {
    const file = join(cacheFolder, name);
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : null;
  },
  write: (name: string, bytes: Uint8Array | string): void =>
    writeWhole(join(cacheFolder, name), bytes),
};

export function readManifest(): Manifest {
  if (!existsSync(manifestFile)) return { version: 1, models: {} };
  return JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
}

/** Writes a shipped policy and its entry; entries stand in the order of the recipes. */
export function ship(scene: string, bytes: Uint8Array, entry: ManifestEntry): void {
  writeWhole(join(modelFolder, entry.file), bytes);
  const models = { ...readManifest().models, [scene]: entry };
  const order = [...recipes, ...pictureRecipes].map((recipe) => recipe.scene);
  const manifest: Manifest = {
    version: 1,
    models: Object.fromEntries(
      order.filter((name) => name in models).map((name) => [name, models[name]]),
    ),
  };
  writeWhole(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}
