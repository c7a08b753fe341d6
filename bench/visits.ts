/**
 * Opening the page as a visitor: the real page from dist/, served by its own server, in a fresh browser profile (cold
 * cache) and again in the same one (warm: HTTP cache and service worker). Points: the visitor presses "Run" as soon as the
 * first tree stands. Glyphs: "Glyphs" at that moment, and "Run" when they are ready; one who wants the other engine
 * chooses it first. A live iteration is there when the page tells its update.
 *
 * Clocks are the page's own and start at the navigation. Movement is off, as a system setting, so that no animation is
 * waited for. Bytes are those that the server sent, by its own count, until the iteration is done and the service worker
 * has put by what it keeps; it sends files as they are, so what gzip would make of them is reckoned beside.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { root } from '../tools/install.mjs';
import { createStaticServer, listen } from '../tools/serve.mjs';
import { buildPage, needsBuild } from '../tools/start.mjs';
import { launchProfile } from './browser';
import { fileSizes } from './fileSizes';
import type { FileSizes } from './fileSizes';
import type { IterationScene, OwnEngine, VisitRow } from './report/types';

/** An iteration of glyphs on a software adapter is slow, and the setup before it slower. */
const TIMEOUT = 10 * 60_000;

export interface VisitOptions {
  readonly hardware: boolean;
  readonly engines: readonly OwnEngine[];
  /** Profiles in which the page is opened twice. */
  readonly repeats: number;
}

/** Measures both visits on every engine; what fails is told to `fail`. */
export async function measureVisits(
  options: VisitOptions,
  progress: (text: string) => void,
  fail: (text: string) => void,
): Promise<VisitRow[]> {
  progress('building the page');
  if (needsBuild(root)) await buildPage();
  const folder = join(root, 'dist');
  const server = createStaticServer(folder);
  const sent = new SentFiles(server, await fileSizes(folder));
  const address = `http://localhost:${await listen(server, 0)}/`;
  const rows: VisitRow[] = [];
  try {
    for (const engine of options.engines) {
      for (const scene of visitedScenes) {
        try {
          const site = { address, sent, scene };
          rows.push(...(await visitTwice(options, engine, site, progress)));
        } catch (error) {
          fail(`Opening the page, ${scene} on ${engine}: ${String(error)}`);
        }
      }
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
  return rows;
}

const visitedScenes: readonly IterationScene[] = ['points/ring', 'glyphs'];

interface Site {
  readonly address: string;
  readonly sent: SentFiles;
  readonly scene: IterationScene;
}

async function visitTwice(
  { hardware, repeats }: VisitOptions,
  engine: OwnEngine,
  site: Site,
  progress: (text: string) => void,
): Promise<VisitRow[]> {
  const visits: Record<VisitRow['cache'], Visit[]> = { cold: [], warm: [] };
  for (let repeat = 0; repeat < repeats; repeat++) {
    await inProfile(hardware, async (context) => {
      for (const cache of ['cold', 'warm'] as const) {
        progress(
          `opening the page: ${site.scene} on ${engine}, ${cache} cache, ${repeat + 1} of ${repeats}`,
        );
        visits[cache].push(await visit(context, engine, site));
      }
    });
  }
  return (['cold', 'warm'] as const).map((cache) => ({
    ...{ scene: site.scene, engine, cache },
    firstTree: visits[cache].map(({ firstTree }) => firstTree),
    firstIteration: visits[cache].map(({ firstIteration }) => firstIteration),
    ...visits[cache][0].sent,
  }));
}

/** Runs `task` in a browser with a profile that nobody has used. */
async function inProfile(
  hardware: boolean,
  task: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-visitor-'));
  const viewport = { width: 1440, height: 900 };
  const context = await launchProfile(folder, hardware, { viewport, reducedMotion: 'reduce' });
  try {
    context.setDefaultTimeout(TIMEOUT);
    await task(context);
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Visit {
  readonly firstTree: number;
  readonly firstIteration: number;
  readonly sent: Pick<VisitRow, 'requests' | 'download'>;
}

/** One visit. The engine is chosen only where the page does not take it by itself. */
async function visit(
  context: BrowserContext,
  engine: OwnEngine,
  { address, sent, scene }: Site,
): Promise<Visit> {
  sent.forget();
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(address, { waitUntil: 'commit' });
  const firstTree = await when(page, () => document.querySelector('.stage .edges path') !== null);
  if ((await engineInUse(page)) !== engine) await page.getByLabel('Engine').selectOption(engine);
  if (scene === 'glyphs') {
    await page.getByRole('navigation', { name: 'Scenes' }).getByText('Glyphs').click();
    await page.getByText('The policy still is the reference').first().waitFor();
  }
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const firstIteration = await when(page, () =>
    /Iteration \d+ of \d+ took|\d updates? made/.test(
      document.querySelector('main')?.innerText ?? '',
    ),
  );
  await page.waitForFunction(
    async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated',
  );
  const used = await engineInUse(page);
  await page.close();
  if (used !== engine) throw new Error(`the page took ${used}`);
  if (faults.length > 0) throw new Error(faults[0]);
  return { firstTree, firstIteration, sent: sent.summary() };
}

/** As the page's badge says. */
const engineInUse = async (page: Page): Promise<OwnEngine> =>
  (await page.locator('.badge .dot.gpu').count()) > 0 ? 'wgsl' : 'ort-wasm';

/** Milliseconds from the navigation until `holds` does, looked at before every frame. */
async function when(page: Page, holds: () => boolean): Promise<number> {
  await page.waitForFunction(holds);
  return page.evaluate(() => performance.now());
}

/** Counts what a server sends. A file that has not changed (304) costs a request and no bytes. */
class SentFiles {
  #requests = 0;
  #paths: string[] = [];

  constructor(
    server: Server,
    private readonly sizes: FileSizes,
  ) {
    server.on('request', ({ url = '/' }, response) => {
      this.#requests++;
      response.on('finish', () => {
        if (response.statusCode === 200) this.#paths.push(pathOf(url));
      });
    });
  }

  forget(): void {
    this.#requests = 0;
    this.#paths = [];
  }

  summary(): Visit['sent'] {
    const sum = (of: 'raw' | 'gzip'): number =>
      this.#paths.reduce((total, path) => total + this.sizes[path][of], 0);
    return { requests: this.#requests, download: { raw: sum('raw'), gzip: sum('gzip') } };
  }
}

const pathOf = (url: string): string =>
  decodeURIComponent(url.split(/[?#]/, 1)[0]).slice(1) || 'index.html';
