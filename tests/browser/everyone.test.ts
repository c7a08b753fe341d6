import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium';
import { axeProblems, chooseFile, phone, visit } from './studio';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  it('nothing stands in anyone’s way on a wide screen', async () => {
    const { context, page } = await visit(browser, { colorScheme });
    expect(await axeProblems(page)).toEqual([]);
    await page.getByRole('application', { name: /Tree of/ }).focus();
    for (const key of ['ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    await page.getByText('Advanced', { exact: true }).click();
    await button(page, 'Paint a reward').click();
    await chooseFile(page, 'notes.espalier', Buffer.from('some notes'));
    await page.getByRole('alert').first().waitFor();
    expect(await axeProblems(page)).toEqual([]);
    await context.close();
  });

  it('nor in its sheets', async () => {
    const { context, page } = await visit(browser, { colorScheme });
    for (const name of ['Help and preferences', 'As a table', /Tier:/]) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').waitFor();
      expect(await axeProblems(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
    await context.close();
  });

  it('nor on a phone', async () => {
    const { context, page } = await visit(browser, {
      colorScheme,
      viewport: phone,
      hasTouch: true,
    });
    expect(await axeProblems(page)).toEqual([]);
    await button(page, 'Setup').click();
    expect(await axeProblems(page)).toEqual([]);
    await context.close();
  });
});

describe('on a phone', () => {
  it('the page fits, and every face of it can be reached', async () => {
    const { context, page } = await visit(browser, { viewport: phone, hasTouch: true });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBe(0);
    const faces = page.getByRole('group', { name: 'What to look at' });
    for (const title of ['Plane', 'Curves', 'Tree']) {
      await faces.getByRole('button', { name: title }).click();
      await page.getByRole('heading', { name: title, exact: true }).waitFor();
      await page.waitForFunction(
        (wanted) =>
          document.querySelector('.tabs [aria-pressed="true"]')?.textContent?.trim() === wanted,
        title,
      );
    }
    await context.close();
  });

  it('what can be pressed is large enough for a finger', async () => {
    const { context, page } = await visit(browser, { viewport: phone, hasTouch: true });
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, select, input:not([type=hidden])')]
        .filter((element) => element.checkVisibility({ opacityProperty: true }))
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && box.left < innerWidth && box.right > 0)
        .filter(({ box }) => Math.min(box.height, Math.max(box.width, 44)) < 44)
        .map(({ element }) => element.outerHTML.slice(0, 80)),
    );
    expect(small).toEqual([]);
    await context.close();
  });

  it('a node that is tapped can be inspected', async () => {
    const { context, page } = await visit(browser, { viewport: phone, hasTouch: true });
    const box = await page.getByRole('application', { name: /Tree of/ }).boundingBox();
    if (!box) throw new Error('The tree is not there.');
    await page.touchscreen.tap(box.x + 35, box.y + box.height / 2 + 10);
    await button(page, 'Inspect').click();
    expect(await page.getByRole('dialog', { name: 'Inspector' }).innerText()).toContain('Root');
    await context.close();
  });
});
