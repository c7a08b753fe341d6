/**
 * Brings a machine from a fresh clone to where the other commands can work: the locked npm packages, and for tests a
 * browser. Does nothing, quickly, when all is there. `node tools/install.mjs` installs the packages.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure whose message is one sentence for the person at the terminal; everything else it prints has been printed. */
export class SetupError extends Error {}

/**
 * Runs a command to its end.
 * @param {string} command @param {string[]} args
 * @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv, cwd?: string }} [options] quiet: collect the output instead of showing it
 * @returns {Promise<{ code: number, output: string }>}
 */
export function execute(command, args, { quiet = false, env = process.env, cwd = root } = {}) {
  return new Promise((done, failed) => {
    /** @type {import('node:child_process').StdioOptions} */
    const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(command, args, { cwd, env, stdio });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', failed);
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}

/**
 * The packages of the lock file that are absent from node_modules or there in another version. Packages for other
 * platforms (optional ones) are not asked for.
 * @param {string} folder the repository @returns {string[]} such as `node_modules/vite`
 */
export function missingPackages(folder) {
  const locked = packages(join(folder, 'package-lock.json'));
  const installed = packages(join(folder, 'node_modules', '.package-lock.json'));
  return Object.keys(locked).filter(
    (path) =>
      path !== '' && !locked[path]?.optional && installed[path]?.version !== locked[path]?.version,
  );
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }>} */
function packages(file) {
  if (!existsSync(file)) return {};
  const lock = /** @type {{ packages: ReturnType<typeof packages> }} */ (
    JSON.parse(readFileSync(file, 'utf8'))
  );
  return lock.packages;
}

/** Runs `npm ci` if a locked package is missing. */
export async function ensurePackages(folder = root) {
  const missing = missingPackages(folder);
  if (missing.length === 0) return;
  console.error(`Installing ${missing.length} packages (npm ci) …`);
  const npm = process.env.npm_execpath ?? '';
  const [command, ...args] = /npm-cli\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm'];
  const { code, output } = await execute(command ?? 'npm', [...args, 'ci', '--include=dev'], {
    quiet: true,
    cwd: folder,
  });
  if (code !== 0) {
    console.error(output.trimEnd());
    throw new SetupError(explainInstall(output));
  }
}

const networkCodes = new Set(
  'ENOTFOUND EAI_AGAIN ECONNREFUSED ECONNRESET ENETUNREACH EHOSTUNREACH ETIMEDOUT ERR_SOCKET_TIMEOUT'.split(
    ' ',
  ),
);

/** @param {string} output what npm printed @returns {string} one sentence: what went wrong and what to do */
export function explainInstall(output) {
  const code = /npm (?:error|ERR!) (?:code|errno) ([A-Z_]+)/.exec(output)?.[1] ?? 'no code';
  if (networkCodes.has(code)) {
    return `The packages could not be downloaded because the npm registry cannot be reached (${code}); connect to the network and run the command again.`;
  }
  if (code === 'ENOSPC')
    return 'The packages could not be installed because the disk is full (ENOSPC).';
  return `The packages could not be installed (npm ci: ${code}); npm’s own words are above.`;
}

/** Installs Debian's Chromium if no browser is found; says what to do where that is not possible. */
export async function ensureChromium() {
  if (findChromium()) return;
  const help = 'install Chromium (Debian: apt-get install chromium) or set CHROMIUM_PATH';
  const prefix = await aptPrefix();
  if (!prefix) throw new SetupError(`The tests need a browser and none was found; ${help}.`);
  console.log('Installing Chromium (apt-get install chromium) …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const [command = 'apt-get', ...rest] = [...prefix, 'apt-get', ...args];
    const { code, output } = await execute(command, rest, { quiet: true, env });
    if (code === 0) continue;
    console.error(output.trimEnd());
    throw new SetupError(`Chromium could not be installed (apt-get ${args[0]} failed); ${help}.`);
  }
  if (!findChromium()) throw new SetupError(`Chromium was installed but not found; ${help}.`);
}

/** @returns {Promise<string[] | undefined>} what to write before `apt-get`, or undefined where it cannot be run */
async function aptPrefix() {
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND'];
  const { code } = await execute('sudo', ['-n', 'true'], { quiet: true }).catch(() => ({
    code: 1,
  }));
  return code === 0 ? sudo : undefined;
}

/**
 * Runs a tool's main function; a SetupError becomes one sentence, anything else keeps its stack.
 * @param {() => Promise<number>} main returns the exit code
 */
export async function runTool(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runTool(async () => {
    await ensurePackages();
    return 0;
  });
}
