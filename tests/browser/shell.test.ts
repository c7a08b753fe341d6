import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createStaticServer, listen } from '../../tools/serve.mjs';
import { launchChromium, watchFaults } from './chromium';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

/** Waits until the page has drawn something into its shell. */
async function pageIsDrawn(page: Page): Promise<void> {
  await page.waitForFunction(() => (document.getElementById('app')?.childElementCount ?? 0) > 0);
}

describe('the built page', () => {
  it('says what it is and that it needs JavaScript where there is none', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(inject('pageUrl'));
    expect(await page.title()).toContain('Espalier');
    expect(await page.locator('noscript').innerText()).toContain('needs JavaScript');
    await context.close();
  });

  it('obeys its policy where the host sets no headers, and asks no other origin', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const faults = watchFaults(page, new URL(inject('pageUrl')).origin);
    await page.route('**', async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        headers: { 'content-type': response.headers()['content-type'] ?? '' },
      });
    });
    await page.goto(inject('pageUrl'));
    await pageIsDrawn(page);
    await page.waitForTimeout(1000);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    expect(faults).toEqual({ errors: [], foreignRequests: [] });
    const evaluated = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineScriptRan = true';
      document.head.append(script);
      return 'inlineScriptRan' in window;
    });
    expect(evaluated).toBe(false);
    await context.close();
  });
});

describe('the page in a folder of a host', () => {
  let server: Server;
  let page: Page;
  let address: string;

  beforeAll(async () => {
    server = createStaticServer(inject('pageFolder'), { mount: '/some/folder/' });
    address = `http://127.0.0.1:${await listen(server, 0)}/some/folder/`;
    page = await browser.newPage();
  });

  afterAll(async () => {
    await page.close();
    server.close();
  });

  it('works, isolated, without a fault', async () => {
    const faults = watchFaults(page, new URL(address).origin);
    await page.goto(address);
    await pageIsDrawn(page);
    await page.waitForTimeout(1000);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(faults).toEqual({ errors: [], foreignRequests: [] });
  });

  it('works again when the host is gone, with every model it shipped', async () => {
    const workerState = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const { active } = registration;
      while (active && active.state !== 'activated') {
        await new Promise((done) => active.addEventListener('statechange', done, { once: true }));
      }
      return active?.state;
    });
    expect(workerState).toBe('activated');
    server.close();
    server.closeAllConnections();
    await page.goto(`${address}?scene=points/ring`);
    await pageIsDrawn(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const statuses = await page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith('espalier '));
      const cache = await caches.open(names[0] ?? '');
      const models = (await cache.keys()).filter(({ url }) => url.includes('/models/'));
      return Promise.all(models.map(async ({ url }) => (await fetch(url)).status));
    });
    expect(statuses.length).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe('what is kept for offline use', () => {
  let folder: string;
  let server: Server;
  let page: Page;
  let asked: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'espalier-kept-'));
    await cp(inject('pageFolder'), folder, { recursive: true });
    asked = [];
    server = createStaticServer(folder);
    server.on('request', ({ url }: { url?: string }) => asked.push(url ?? ''));
    const context = await browser.newContext();
    page = await context.newPage();
  });

  afterEach(async () => {
    await page.context().close();
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  const visit = async () => page.goto(`http://127.0.0.1:${await listen(server, 0)}/`);

  /** The state in which the newest service worker of the page comes to rest. */
  const restingState = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const settled = (worker: ServiceWorker): boolean =>
        worker.state === 'redundant' ||
        worker.state === 'installed' ||
        worker.state === 'activated';
      const newest = registration?.installing ?? registration?.waiting ?? registration?.active;
      if (!newest) return 'none';
      while (!settled(newest)) {
        await new Promise((done) => newest.addEventListener('statechange', done, { once: true }));
      }
      return newest.state;
    });

  it('is nothing when the host sends something else than was built', async () => {
    // As a captive portal does: a page of its own under every name, with status 200.
    await writeFile(join(folder, 'models', 'points-ring.onnx'), '<!doctype html>Please log in');
    await visit();
    await page.waitForFunction(() => navigator.serviceWorker.getRegistration());
    expect(await restingState()).toMatch(/redundant|none/);
    const kept = await page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith('espalier '));
      const lists = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return lists.flat().filter(({ url }) => url.includes('points-ring')).length;
    });
    expect(kept).toBe(0);
  });

  it('of a new version only what changed is loaded, and running tabs stay with the old one', async () => {
    await visit();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    expect(await restingState()).toMatch(/installed|activated/);
    await page.waitForFunction(() => navigator.serviceWorker.controller?.state === 'activated');

    const worker = await readFile(join(folder, 'sw.js'), 'utf8');
    const icon = await readFile(join(folder, 'icon.svg'));
    const changed = Buffer.concat([icon, Buffer.from('\n')]);
    const digest = (algorithm: string, bytes: Buffer, form: 'hex' | 'base64') =>
      createHash(algorithm).update(bytes).digest(form);
    await writeFile(join(folder, 'icon.svg'), changed);
    const next = worker
      .replace(
        digest('sha256', icon, 'hex').slice(0, 12),
        digest('sha256', changed, 'hex').slice(0, 12),
      )
      .replace(digest('sha384', icon, 'base64'), digest('sha384', changed, 'base64'));
    expect(next).not.toBe(worker);
    await writeFile(join(folder, 'sw.js'), next);
    asked = [];
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const found = new Promise((done) =>
        registration.addEventListener('updatefound', done, { once: true }),
      );
      await registration.update();
      await found;
      const next = registration.installing ?? registration.waiting;
      while (next?.state === 'installing') {
        await new Promise((done) => next.addEventListener('statechange', done, { once: true }));
      }
      await new Promise((done) => setTimeout(done, 300));
      return [next?.state, registration.active?.state];
    });
    expect(state).toEqual(['installed', 'activated']);
    expect(asked.filter((url) => !url.startsWith('/sw.js'))).toEqual(['/icon.svg']);
  });
});
