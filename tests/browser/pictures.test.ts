import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium';
import { axeProblems, phone, setting, untilIteration, visit } from './studio';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Opens the sprites as small as they come, and trains one iteration. */
async function trainSprites(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Scenes' }).getByText('Sprites').click();
  await page.getByText('The policy still is the reference').first().waitFor({ timeout: 60_000 });
  for (const [label, value] of [
    ['Prompt groups', '2'],
    ['Split steps', '0'],
    ['Evaluation samples', '24'],
  ]) {
    await page.locator('details summary').evaluate((summary) => {
      (summary.parentElement as HTMLDetailsElement).open = true;
    });
    await setting(page, label, value);
  }
  await page.getByText('the first of 2 prompts').waitFor({ timeout: 60_000 });
  const few = (): boolean => {
    const cells = document.querySelectorAll('.sheet .cell').length;
    return cells > 0 && cells <= 12;
  };
  await page.waitForFunction(few, undefined, { timeout: 60_000 });
  await button(page, 'One iteration').click();
  await untilIteration(page, 1);
  await page
    .getByText(/updates? made/)
    .first()
    .waitFor({ timeout: 60_000 });
}

/** Different colours in a canvas. */
const colours = (page: Page, selector: string): Promise<number> =>
  page.locator(selector).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

it('sprites train before one’s eyes: thumbnails, samples of base and now, bars, and a prompt of one’s own', async () => {
  const { context, page, faults } = await visit(browser);
  await trainSprites(page);

  expect(await colours(page, '.stage canvas')).toBeGreaterThan(20);
  await page.locator('.stage').focus();
  for (let step = 0; step < 13; step++) await page.keyboard.press('ArrowRight');
  const image = page.getByRole('img', { name: /^The node’s picture: shows/ });
  await image.waitFor();
  await page.getByText(/^Leaf 1 of 2, reward .*, shows /).waitFor({ state: 'attached' });

  await button(page, 'Where exploration pays').click();
  await button(page, 'Measure').click();
  await page.getByRole('img', { name: /^This run explores at step 0, which holds/ }).waitFor({
    timeout: 120_000,
  });
  await page.getByText('After 1 iteration.', { exact: true }).waitFor();
  await page.keyboard.press('Escape');

  const cell = page.locator('.sheet .cell').first();
  expect(await cell.getAttribute('aria-label')).toMatch(
    /^“a \w+”: base (right|wrong), shows .+; now (right|wrong), shows /,
  );
  await cell.focus();
  expect(await page.locator('.sides figcaption').count()).toBe(4);
  await page.keyboard.press('ArrowRight');
  expect(
    await page
      .locator('.cell')
      .nth(1)
      .evaluate((one) => one === document.activeElement),
  ).toBe(true);
  await page.keyboard.press('Escape');

  const rows = page.getByRole('row').filter({ hasText: /^(All tasks|counting|position)/i });
  expect(await rows.count()).toBe(3);

  await page.getByRole('textbox', { name: 'Prompt', exact: true }).fill('a purple ring');
  await page.getByText('"purple" does not fit here.').waitFor();
  expect(await button(page, 'Ask the policy').isDisabled()).toBe(true);
  await button(page, 'Compose').click();
  await page.getByRole('combobox', { name: 'Colour', exact: true }).selectOption('red');
  await button(page, 'Ask the policy').click();
  await page.getByText(/^After 1 iteration: \d of 8 right$/).waitFor({ timeout: 60_000 });
  expect(await page.getByRole('img', { name: /^Sample \d: (right|wrong), shows / }).count()).toBe(
    8,
  );

  expect(await axeProblems(page)).toEqual([]);
  expect(faults).toEqual({ errors: [], foreignRequests: [] });
  await page.setViewportSize(phone);
  await page.getByRole('button', { name: 'Samples', exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await context.close();
});
