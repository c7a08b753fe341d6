/**
 * Builds the page once for all browser tests and serves it, as a visitor gets it, with our own server. Tests read the
 * address by `inject('pageUrl')`, and the folder by `inject('pageFolder')` if they want a server of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { execute, root } from '../../tools/install.mjs';
import { createStaticServer, listen } from '../../tools/serve.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the built page, ending with a slash. */
    readonly pageUrl: string;
    /** Folder of the built page. */
    readonly pageFolder: string;
  }
}

export default async function buildPage(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-page-'));
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  // A production build: not as a child of a test run, which Vite would take for a development build.
  const env = { ...process.env, NODE_ENV: 'production', VITEST: undefined };
  const args = [vite, 'build', '--outDir', folder, '--emptyOutDir'];
  const { code, output } = await execute(process.execPath, args, { quiet: true, env });
  if (code !== 0) throw new Error(`The page could not be built:\n${output}`);
  const server = createStaticServer(folder);
  const port = await listen(server, 0);
  project.provide('pageUrl', `http://127.0.0.1:${port}/`);
  project.provide('pageFolder', folder);
  return async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  };
}
