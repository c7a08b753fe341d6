import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHeadless } from '../../src/session/runHeadless';
import { sha256 } from '../../src/core/sha256';
import { journalBytes } from '../../src/journal/file';
import { root } from '../../tools/install.mjs';
import { createStaticServer, listen } from '../../tools/serve.mjs';
import pageConfig from '../../vite.config';
import { launchChromium, watchFaults } from './chromium';
import type { Faults } from './chromium';
import type { Harness } from './worker/page';
import { poolUnderTest } from './worker/pool';
import { pictureSettings, settingsUnderTest } from './worker/settings';

declare const harness: Harness;

let folder: string;
let server: Server;
let browser: Browser;
let page: Page;
let faults: Faults;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'espalier-worker-'));
  await build({
    ...pageConfig,
    configFile: false,
    plugins: [],
    root: join(root, 'tests/browser/worker'),
    publicDir: join(root, 'public'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  server = createStaticServer(folder);
  const origin = `http://127.0.0.1:${await listen(server, 0)}`;
  browser = await launchChromium();
  page = await browser.newPage();
  faults = watchFaults(page, origin);
  await page.goto(origin);
  await page.waitForFunction(() => 'harness' in globalThis);
});

afterAll(async () => {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true });
});

describe('the training worker in a browser', () => {
  it('names the software adapter and chooses the CPU tier', async () => {
    const { tier, hardware, engines, reason } = await page.evaluate(() => harness.probe());
    expect([tier, hardware]).toEqual(['cpu', false]);
    expect(engines).toEqual(expect.arrayContaining(['wgsl', 'ort-wasm']));
    expect(reason).toContain('software');
  });

  it('writes the very journal that the terminal writes, byte for byte but for the clock', async () => {
    const { hash, ended, events } = await page.evaluate(() => harness.train('auto', 4));
    expect(ended).toBe('finished');
    const journal = await runHeadless({
      scene: 'points/ring',
      algorithm: 'branch-grpo',
      overrides: { ...settingsUnderTest, iterations: 4 },
    });
    expect(events).toBe(journal.length);
    expect(hash).toBe(sha256(journalBytes(journal, { withoutClock: true })));
  });

  it('computes on more than one core under the page’s policy, with the terminal’s bytes', async () => {
    const { size, ...computed } = await page.evaluate(() => harness.pool());
    expect(size).toBe(3);
    const { size: alone, ...expected } = await poolUnderTest(null);
    expect(alone).toBe(1);
    expect(computed).toEqual(expected);
  });

  it('writes the terminal’s journal of a run that cores share', async () => {
    const { hash, ended } = await page.evaluate(() => harness.train('ort-wasm', 1, true));
    expect(ended).toBe('finished');
    const journal = await runHeadless({
      ...{ scene: 'glyphs', algorithm: 'branch-grpo', cores: 1 },
      overrides: { ...pictureSettings, iterations: 1 },
    });
    expect(hash).toBe(sha256(journalBytes(journal, { withoutClock: true })));
  });

  it('trains on WebGPU when forced, after checking it', async () => {
    const { engine, checks, ended } = await page.evaluate(() => harness.train('wgsl', 1));
    expect([engine, ended]).toEqual(['wgsl', 'finished']);
    expect(checks).toBeGreaterThan(5);
  });

  it('refuses by name across the worker’s border, and opens the next run all the same', async () => {
    const { refused, engine } = await page.evaluate(() => harness.openWrongThenRight());
    expect(refused.code).toBe('bad-setting');
    expect(refused.hint).toContain('points/ring');
    expect(engine).toBe('ort-wasm');
  });

  it('leaves nothing pending when it is ended in mid-run', async () => {
    const codes = await page.evaluate(() => harness.terminateWhileRunning());
    expect(codes).toEqual(['stopped', 'stopped']);
  });

  it('lets the page draw while it trains, and stands still when paused', async () => {
    const { frames, events, later } = await page.evaluate(() => harness.framesWhileTraining());
    expect(frames).toBeGreaterThan(5);
    expect(events).toBeGreaterThan(3);
    expect(later).toBe(events);
  });

  it('did all this without a fault or a request elsewhere', () => {
    expect(faults).toEqual({ errors: [], foreignRequests: [] });
  });
});
