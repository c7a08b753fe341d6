/**
 * Runs a TypeScript program of this repository in the terminal: `node tools/run.mjs FILE.ts [arguments]`.
 *
 * Vite compiles it on the fly, so imports mean the same as in the page (`?raw` shaders, extensionless paths) and stack
 * traces name TypeScript lines. The file exports `main(args: string[]): Promise<number>`; the number is the exit code.
 * Where the machine has no Vulkan driver, Dawn is pointed at Chromium's software one, which needs a fresh process.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasVulkanDriver, softwareVulkan } from './chromium.mjs';
import { ensurePackages, root, runTool, SetupError } from './install.mjs';

/** @param {NodeJS.ProcessEnv} env @returns {Promise<number>} exit code of this same command run again under `env` */
function runAgain(env) {
  return new Promise((done, failed) => {
    const args = [...process.execArgv, ...process.argv.slice(1)];
    const child = spawn(process.execPath, args, { env, stdio: 'inherit' });
    // Ctrl+C reaches both processes; the child decides how to stop and this one reports how it did.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', failed);
    child.on('close', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** @param {string} file @param {string[]} args @returns {Promise<number>} */
async function runTypeScript(file, args) {
  const { createServer, createServerModuleRunner } = await import('vite');
  const server = await createServer({
    root,
    configFile: false,
    appType: 'custom',
    logLevel: 'warn',
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  const environment = server.environments.ssr;
  const runner = createServerModuleRunner(environment, { hmr: false });
  const program = /** @type {{ main?: (args: string[]) => Promise<number> }} */ (
    await runner.import(resolve(root, file))
  );
  if (!program.main) throw new SetupError(`${file} exports no main function.`);
  return program.main(args);
}

/** @param {string[]} args @returns {Promise<number>} */
async function main([file, ...args]) {
  if (!file) throw new SetupError('Usage: node tools/run.mjs FILE.ts [arguments]');
  if (!existsSync(resolve(root, file))) throw new SetupError(`There is no ${file}.`);
  await ensurePackages();
  if (process.platform === 'linux' && !hasVulkanDriver()) {
    const env = softwareVulkan();
    if (env !== process.env) return runAgain(env);
  }
  return runTypeScript(file, args);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // A reader that stops early (`| head`) is not an error.
  process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
    process.exit(error.code === 'EPIPE' ? 0 : 1),
  );
  await runTool(() => main(process.argv.slice(2)));
  // Dawn and WASM threads keep the process alive after the work is done; what was printed is let out first.
  process.stdout.write('', () => process.exit());
}
