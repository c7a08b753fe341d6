/**
 * The page's server and the headless browser. The server allows nothing to be cached, so that every cold start is one,
 * and sends no content-security policy: jax-js and TensorFlow.js start workers from blobs.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  LaunchOptions,
} from 'playwright-core';
import { chromiumFlags, findChromium } from '../tools/chromium.mjs';
import { isolationHeaders, mediaType } from '../tools/headers.mjs';

/** Serves the files of `folder`, uncompressed. */
export function createBenchServer(folder: string): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(decodeURIComponent(pathname));
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    readFile(file).then(
      (bytes) => {
        const headers = {
          ...isolationHeaders,
          'Cache-Control': 'no-store',
          'Content-Type': mediaType(file),
          'Content-Length': bytes.length,
        };
        response.writeHead(200, headers).end(bytes);
      },
      () => response.writeHead(404, isolationHeaders).end(),
    );
  });
}

/** Chromium without a window; with `hardware` on the machine's own GPU instead of the software adapter. */
export function launchBrowser(hardware: boolean): Promise<Browser> {
  return chromium.launch(launchOptions(hardware));
}

/** The same with a profile of its own in `folder`, which keeps caches on disk as a visitor's browser does. */
export function launchProfile(
  folder: string,
  hardware: boolean,
  options: BrowserContextOptions,
): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { ...options, ...launchOptions(hardware) });
}

function launchOptions(hardware: boolean): LaunchOptions {
  const executablePath = findChromium();
  if (!executablePath) {
    throw new Error('No Chromium was found: install it, or set CHROMIUM_PATH.');
  }
  const software = (flag: string): boolean => flag.startsWith('--use-webgpu-adapter');
  const args = hardware
    ? [...chromiumFlags.filter((flag) => !software(flag)), '--enable-features=Vulkan']
    : chromiumFlags;
  return { executablePath, args, headless: true };
}

/** Process ids of the browser's renderers. */
export async function rendererProcesses(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  } finally {
    await session.detach();
  }
}
