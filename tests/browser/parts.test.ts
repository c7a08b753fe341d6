import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium';
import { visit } from './studio';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium();
  ({ page } = await visit(browser, {}));
});

afterAll(() => browser.close());

/** The name of what has the keyboard. */
const focused = () =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim();
  });

describe('a sheet', () => {
  const opener = () => page.getByRole('button', { name: 'Help and preferences' });
  const sheet = () => page.getByRole('dialog');

  it('takes the keyboard, never lets it into the page behind, and gives it back', async () => {
    await opener().focus();
    await page.keyboard.press('Enter');
    await sheet().waitFor();
    expect(await sheet().getAttribute('aria-labelledby')).toBeTruthy();
    for (let i = 0; i < 60; i++) {
      const behind = await page.evaluate(
        () =>
          document.activeElement !== document.body && !document.activeElement?.closest('dialog'),
      );
      expect(behind).toBe(false);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Escape');
    await sheet().waitFor({ state: 'hidden' });
    expect(await focused()).toBe('Help and preferences');
  });

  it('closes by a press beside it, not by marking text that ends there', async () => {
    await opener().click();
    const box = await sheet().boundingBox();
    if (!box) throw new Error('There is no sheet.');
    const [inside, beside] = [box.x + 40, box.x - 40];
    const y = box.y + box.height - 20;
    await page.mouse.move(inside, y);
    await page.mouse.down();
    await page.mouse.move(beside, y);
    await page.mouse.up();
    expect(await sheet().isVisible()).toBe(true);
    await page.mouse.click(beside, y);
    await sheet().waitFor({ state: 'hidden' });
  });
});

describe('a word of the field', () => {
  it('is explained by keyboard, inside the window, and Escape takes it away', async () => {
    const word = page.locator('button[popovertarget]').first();
    await word.focus();
    await page.keyboard.press('Enter');
    const bubble = page.locator('[popover]:popover-open');
    await bubble.waitFor();
    await expect.poll(() => word.getAttribute('aria-expanded')).toBe('true');
    const box = await bubble.boundingBox();
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
    expect(box && box.x >= 0 && box.y >= 0).toBe(true);
    expect(box && box.x + box.width <= width && box.y + box.height <= height).toBe(true);
    await page.keyboard.press('Escape');
    await bubble.waitFor({ state: 'hidden' });
    expect(await word.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe('a choice', () => {
  it('is one stop of the keyboard whose arrows choose', async () => {
    await page.getByRole('button', { name: 'Help and preferences' }).click();
    const radios = page.getByRole('dialog').getByRole('radio');
    const chosen = radios.and(page.locator(':checked')).first();
    const before = await chosen.inputValue();
    await chosen.focus();
    await page.keyboard.press('ArrowRight');
    const after = await page.evaluate(
      () => document.activeElement instanceof HTMLInputElement && document.activeElement.value,
    );
    expect(after).not.toBe(before);
    expect(await page.locator('input[type=radio]:focus').isChecked()).toBe(true);
    await page.keyboard.press('Escape');
  });
});
