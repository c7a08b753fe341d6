/** What the tests of the page do with it, in its own words. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { inject } from 'vitest';
import { watchFaults } from './chromium';
import type { Faults } from './chromium';

export const wide = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly faults: Faults;
}

/** A visitor's first look: the page, its first run set up and its first tree grown. */
export async function visit(
  browser: Browser,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: wide,
    serviceWorkers: 'block',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const faults = watchFaults(page, new URL(inject('pageUrl')).origin);
  await prepare(page);
  await page.goto(inject('pageUrl'));
  await firstTree(page);
  return { context, page, faults };
}

/** Waits until five phases of the first iteration were made, without looking at each. */
export async function firstTree(page: Page): Promise<void> {
  await page.locator('.stage .edges path').first().waitFor({ timeout: 60_000 });
  await page.keyboard.press('End');
  await page
    .getByText(/of \d+ edges are trained/)
    .first()
    .waitFor({ timeout: 60_000 });
}

/** What of the page `axe` objects to, as lines to read. */
export async function axeProblems(page: Page): Promise<string[]> {
  const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(readFileSync(path, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** Iterations done, as the run bar says. */
export async function iterationsDone(page: Page): Promise<number> {
  const text = await page.getByRole('contentinfo').locator('.counter').innerText();
  return Number(/(\d+)\s*\//.exec(text)?.[1]);
}

export async function untilIteration(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (least) => Number(document.querySelector('.counter b')?.textContent) >= least,
    count,
    { timeout: 120_000 },
  );
}

/** Waits until the run is over. */
export async function untilFinished(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Replay' }).waitFor({ timeout: 120_000 });
}

/** Types a setting by its label. */
export async function setting(page: Page, label: string, value: string): Promise<void> {
  await page.getByRole('textbox', { name: label, exact: true }).fill(value);
}

/** Gives the page a file, as if chosen. */
export async function chooseFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  const input = page.locator('input[type=file][accept*=espalier]');
  await input.setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
}

/** Mean rollout reward in the figures' table at each iteration. */
export async function rolloutRewards(page: Page): Promise<number[]> {
  await page.getByRole('button', { name: 'As a table' }).click();
  const table = page.getByRole('table');
  const titles = await table.locator('thead th').allInnerTexts();
  const column = titles.indexOf('Rollout reward');
  const cells = await table.locator(`tbody tr > :nth-child(${column + 1})`).allInnerTexts();
  await page.keyboard.press('Escape');
  return cells.map(Number);
}

/** The plane as it is drawn, to be compared. */
export const planePicture = (page: Page): Promise<string> =>
  page
    .locator('.square canvas')
    .evaluateAll((layers) => layers.map((one) => (one as HTMLCanvasElement).toDataURL()).join());
