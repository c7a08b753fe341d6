import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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
