/**
 * `npm start`: from a fresh clone to the page in a browser. Installs what is missing, builds if a source is newer than
 * the last build, serves the result and prints its address.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensurePackages, execute, root, runTool, SetupError } from './install.mjs';

const usage = `npm start -- [options]

  --port N      listen on port N, or on the next free one (default 8080; 0: any free one)
  --host H      listen on address H (default 127.0.0.1: this machine only)
  --no-open     do not open a browser
  --help        print this`;

/** Everything the build reads. */
const sources = [
  'index.html',
  'package.json',
  'package-lock.json',
  'public',
  'src',
  'svelte.config.js',
  'tools/headers.mjs',
  'tools/page.mjs',
  'tsconfig.json',
  'vite.config.ts',
];

/** @typedef {{ port: number, host: string, open: boolean, help: boolean }} StartOptions */

/** @param {string[]} args @returns {StartOptions} */
export function readOptions(args) {
  /** @type {import('node:util').ParseArgsConfig['options']} */
  const options = {
    port: { type: 'string', default: '8080' },
    host: { type: 'string', default: '127.0.0.1' },
    'no-open': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  };
  let values;
  try {
    values = parseArgs({ args, options }).values;
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
  const port = /^\d+$/.test(String(values.port)) ? Number(values.port) : NaN;
  if (!(port <= 65535))
    throw new SetupError(`--port ${values.port}: a port is a number from 0 to 65535.`);
  return { port, host: String(values.host), open: !values['no-open'], help: values.help === true };
}

/** @param {string} folder the repository @returns {boolean} whether there is no whole build newer than every source */
export function needsBuild(folder) {
  // The service worker is the last file that a build writes, the page among the first after reading the sources.
  const results = ['index.html', 'sw.js'].map((name) => join(folder, 'dist', name));
  if (!results.every((file) => existsSync(file))) return true;
  const built = Math.min(...results.map((file) => statSync(file).mtimeMs));
  return sources.some((name) => newestChange(join(folder, name)) > built);
}

/** @param {string} path file or folder @returns {number} time of the newest change in it, 0 if there is none */
function newestChange(path) {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return 0;
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(
    status.mtimeMs,
    ...readdirSync(path).map((name) => newestChange(join(path, name))),
  );
}

/** Builds the page into dist/, for production whatever the program that asks runs as. */
export async function buildPage() {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const env = { ...process.env, NODE_ENV: 'production' };
  const { code, output } = await execute(process.execPath, [vite, 'build'], { quiet: true, env });
  if (code === 0) return;
  console.error(output.trimEnd());
  throw new SetupError('The page could not be built; the compiler’s own words are above.');
}

/**
 * The command that opens a web address, or undefined where nobody would see it: no display, no terminal, or CI.
 * @param {{ platform: string, env: NodeJS.ProcessEnv, terminal: boolean }} machine @returns {string[] | undefined}
 */
export function openCommand({ platform, env, terminal }) {
  if (!terminal || env.CI) return undefined;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : undefined;
}

/** @param {string} address */
function openBrowser(address) {
  const { platform, env, stdout } = process;
  const [command, ...args] = openCommand({ platform, env, terminal: stdout.isTTY === true }) ?? [];
  if (!command) return;
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => console.log(`No browser could be opened; the address is ${address}`));
  child.unref();
}

/** @param {string[]} args @returns {Promise<number>} */
async function main(args) {
  const options = readOptions(args);
  if (options.help) {
    console.log(usage);
    return 0;
  }
  await ensurePackages();
  if (needsBuild(root)) {
    console.log('Building the page …');
    await buildPage();
  }
  // Only now: what it imports may have been installed a moment ago.
  const { createStaticServer, listen } = await import('./serve.mjs');
  const server = createStaticServer(join(root, 'dist'));
  const port = await listen(server, options.port, options.host).catch(
    (/** @type {Error} */ error) => {
      throw new SetupError(error.message);
    },
  );
  const host = options.host === '127.0.0.1' ? 'localhost' : options.host;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  console.log(`Espalier is at ${address} (stop with Ctrl+C)`);
  if (options.open) openBrowser(address);
  await new Promise((stopped) =>
    ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, stopped)),
  );
  server.close();
  server.closeAllConnections();
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runTool(() => main(process.argv.slice(2)));
}
