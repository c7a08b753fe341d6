import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../tools/install.mjs';
import { launchChromium } from './chromium';
import {
  chooseFile,
  firstTree,
  iterationsDone,
  planePicture,
  rolloutRewards,
  setting,
  untilFinished,
  untilIteration,
  visit,
} from './studio';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const alert = (page: Page) => page.getByRole('alert').first();

/** The mean of some numbers. */
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('a first visit', () => {
  it('shows the tier, the data and the first tree, without a fault or a foreign request', async () => {
    const { context, page, faults } = await visit(browser);
    expect(await page.getByRole('banner').innerText()).toContain('CPU · only a software GPU here');
    expect(await page.locator('.stage .edges path').count()).toBeGreaterThan(60);
    expect(await button(page, 'Run').isEnabled()).toBe(true);
    expect(faults).toEqual({ errors: [], foreignRequests: [] });
    await context.close();
  });

  it('has everything above the fold at 1440 × 900', async () => {
    const { context, page } = await visit(browser);
    const fits = await page.evaluate(() => [
      document.documentElement.scrollHeight <= innerHeight,
      document.documentElement.scrollWidth <= innerWidth,
    ]);
    expect(fits).toEqual([true, true]);
    await context.close();
  });
});

describe('training on the CPU tier', () => {
  it('runs to its end, and the reward rises', async () => {
    const { context, page, faults } = await visit(browser);
    await setting(page, 'Iterations', '20');
    await button(page, 'Run').click();
    await untilFinished(page);
    expect(await iterationsDone(page)).toBe(20);
    const rewards = await rolloutRewards(page);
    expect(rewards).toHaveLength(20);
    expect(mean(rewards.slice(-4))).toBeGreaterThan(mean(rewards.slice(0, 4)) + 0.1);
    expect(faults).toEqual({ errors: [], foreignRequests: [] });
    await context.close();
  });
});

describe('a run asked for while another is being put in place', () => {
  it('is begun once that is there, also where a phase was still under way', async () => {
    const { context, page } = await visit(browser);
    await page.getByRole('navigation', { name: 'Scenes' }).getByText('Glyphs').click();
    await page.getByText('The policy still is the reference').first().waitFor({ timeout: 60_000 });
    await setting(page, 'Iterations', '1');
    await button(page, 'Reset').waitFor({ timeout: 60_000 });
    await button(page, 'One phase').click();
    await page.evaluate(() => {
      const buttons = [...document.querySelectorAll('button')];
      const press = (start: RegExp) =>
        buttons
          .find(({ textContent, ariaLabel }) => start.test(ariaLabel ?? textContent.trim()))!
          .click();
      press(/^Reset/);
      press(/^Run$/);
    });
    await untilFinished(page);
    expect(await iterationsDone(page)).toBe(1);
    await context.close();
  });
});

describe('the keyboard', () => {
  it('runs, pauses, steps and scrubs', async () => {
    const { context, page } = await visit(browser);
    const place = page.getByRole('slider', { name: 'Position in the run' });
    await page.keyboard.press('.');
    await page
      .getByText(/updates? made/)
      .first()
      .waitFor();
    await page.keyboard.press('>');
    await untilIteration(page, 2);
    await page.keyboard.press(' ');
    await button(page, 'Pause').waitFor();
    await untilIteration(page, 4);
    await page.keyboard.press(' ');
    await button(page, 'Run').waitFor();

    await page.keyboard.press('Home');
    expect(await place.getAttribute('aria-valuetext')).toBe('before the first phase');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await place.getAttribute('aria-valuetext')).toBe('iteration 1, after score');
    await page.keyboard.press('Shift+ArrowRight');
    expect(await place.getAttribute('aria-valuetext')).toBe('iteration 1, after update');
    await page.keyboard.press('ArrowLeft');
    expect(await place.getAttribute('aria-valuetext')).toBe('iteration 1, after prune');
    await page.keyboard.press('End');
    expect(await button(page, 'live').getAttribute('aria-pressed')).toBe('true');
    await context.close();
  });

  it('walks the tree and fills the formulas of the node it comes to', async () => {
    const { context, page } = await visit(browser);
    await page.getByRole('application', { name: /Tree of prompt group 1/ }).focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    const inspector = page.getByRole('region', { name: 'Inspector' });
    expect(await inspector.innerText()).toContain('Node 2 of 2 at depth 1');
    expect(await inspector.innerText()).toMatch(/r̄ = \(.+\) \/ 8/);
    await page.keyboard.press('ArrowLeft');
    expect(await inspector.innerText()).toContain('Root');
    await page.keyboard.press('Escape');
    expect(await inspector.innerText()).toContain('Press a node');
    await context.close();
  });

  it('scrubbing back shows an earlier moment exactly as it was', async () => {
    const { context, page } = await visit(browser);
    const before = await planePicture(page);
    const numbers = await page.locator('.leaves').textContent();
    await page.keyboard.press('>');
    await untilIteration(page, 1);
    await page
      .getByText(/updates? made/)
      .first()
      .waitFor();
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.leaves').textContent()).toBe(numbers);
    expect(await planePicture(page)).toBe(before);
    await context.close();
  });
});

describe('settings', () => {
  it('refuse what is out of range beside the control and keep what holds', async () => {
    const { context, page } = await visit(browser);
    await setting(page, 'Prompt groups', '900');
    const field = page.getByRole('textbox', { name: 'Prompt groups' });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await alert(page).innerText()).toBe('It must be a whole number from 1 to 256.');
    await page.getByRole('textbox', { name: 'Seed' }).focus();
    expect(await field.inputValue()).toBe('8');
    await context.close();
  });

  it('of a run that has learned nothing take effect at once', async () => {
    const { context, page } = await visit(browser);
    await setting(page, 'Prompt groups', '3');
    await page.getByText('of 3', { exact: false }).first().waitFor();
    await page.getByLabel('Flow-GRPO').check();
    await page.getByText('prompt', { exact: true }).waitFor();
    await context.close();
  });

  it('of a run that has learned wait until it is started again', async () => {
    const { context, page } = await visit(browser);
    await page.keyboard.press('>');
    await page
      .getByText(/updates? made/)
      .first()
      .waitFor();
    await page.getByLabel('Right half').check();
    const again = button(page, 'Start again with these');
    await again.click();
    await again.waitFor({ state: 'hidden' });
    expect(await iterationsDone(page)).toBe(0);
    await context.close();
  });
});

describe('painting', () => {
  it('makes what is painted the reward, says so, and training follows', async () => {
    const { context, page, faults } = await visit(browser);
    await page.keyboard.press(' ');
    await untilIteration(page, 3);
    await button(page, 'Paint a reward').click();
    const square = page.getByRole('application', { name: /plane of the points/ });
    const box = await square.boundingBox();
    if (!box) throw new Error('The plane is not there.');
    const before = await planePicture(page);
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.4);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.6, { steps: 5 });
    await page.mouse.up();
    await page.getByText('The reward is now what you paint.').waitFor();
    expect(await planePicture(page)).not.toBe(before);
    expect(await page.getByRole('radio', { name: 'Painted landscape' }).isChecked()).toBe(true);
    await page.getByRole('button', { name: /^(Pause|Replay)$/ }).waitFor();
    await untilFinished(page);
    expect(faults.errors).toEqual([]);
    await context.close();
  });

  it('works with the keyboard alone', async () => {
    const { context, page } = await visit(browser);
    await button(page, 'Paint a reward').press('Enter');
    const square = page.getByRole('application', { name: /plane of the points/ });
    await square.focus();
    const before = await planePicture(page);
    for (const key of ['ArrowLeft', 'ArrowUp', '+', ' ', 'ArrowLeft', ' ']) {
      await page.keyboard.press(key);
    }
    await page.getByText('The reward is now what you paint.').waitFor();
    expect(await planePicture(page)).not.toBe(before);
    await context.close();
  });
});

describe('files', () => {
  it('give a saved run back as it was, and training goes on from it', async () => {
    const { context, page } = await visit(browser);
    await setting(page, 'Iterations', '3');
    await button(page, 'Run').click();
    await untilFinished(page);
    const sentence = await page.locator('.sentence p').first().innerText();
    const downloading = page.waitForEvent('download');
    await button(page, 'Save').click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('points-ring_branch-grpo_seed-1_3.espalier');
    const bytes = await readFile(await download.path());

    await page.reload();
    await firstTree(page);
    await chooseFile(page, 'mine.espalier', bytes);
    await page.getByText('recording', { exact: true }).waitFor();
    expect(await iterationsDone(page)).toBe(3);
    expect(await page.locator('.sentence p').first().innerText()).toBe(sentence);
    await button(page, 'Train on').click();
    await button(page, 'live').waitFor();
    await page.keyboard.press('>');
    await untilIteration(page, 4);
    await context.close();
  });

  it('may hold an own policy, which is trained instead of the scene’s', async () => {
    const { context, page } = await visit(browser);
    const bytes = await readFile(join(root, 'public/models/points-moons.onnx'));
    await chooseFile(page, 'mine.onnx', bytes);
    await page.getByText(/^mine\.onnx: [\d,]+ weights/).waitFor();
    await page.keyboard.press('>');
    await untilIteration(page, 1);
    await button(page, 'Back to the scene’s').click();
    await page.getByText(/^points-ring\.onnx: /).waitFor();
    await context.close();
  });

  it.each([
    ['notes.espalier', 'some notes', 'This is not an Espalier file.'],
    ['policy.onnx', 'no network', 'The file is not an ONNX model.'],
  ])('refuse %s with the reason, and the page goes on as before', async (name, text, reason) => {
    const { context, page } = await visit(browser);
    await page.keyboard.press('>');
    await page
      .getByText(/updates? made/)
      .first()
      .waitFor();
    await chooseFile(page, name, Buffer.from(text));
    await alert(page).waitFor();
    expect(await alert(page).innerText()).toContain(reason);
    expect(await iterationsDone(page)).toBe(1);
    await page.keyboard.press('>');
    await untilIteration(page, 2);
    await context.close();
  });

  it('that are dropped on the page are opened', async () => {
    const { context, page } = await visit(browser);
    const transfer = await page.evaluateHandle(() => {
      const made = new DataTransfer();
      made.items.add(new File(['some notes'], 'notes.espalier'));
      return made;
    });
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
    await alert(page).waitFor();
    expect(await alert(page).innerText()).toContain('Opening notes.espalier did not work');
    await context.close();
  });
});

describe('when things go wrong', () => {
  it('a crashed worker leaves a usable page, and training goes on from the last checkpoint', async () => {
    const { context, page } = await visit(browser);
    await setting(page, 'Iterations', '400');
    await button(page, 'Run').click();
    await untilIteration(page, 8);
    const [worker] = page.workers();
    await worker.evaluate(() => {
      setTimeout(() => {
        throw new Error('forced');
      });
    });
    await alert(page).waitFor();
    expect(await alert(page).innerText()).toContain('The training worker crashed');
    expect(await iterationsDone(page)).toBeGreaterThanOrEqual(8);
    await button(page, 'Start again').click();
    await page
      .getByText(/^The policy goes on from iteration \d+/)
      .first()
      .waitFor();
    const from = await iterationsDone(page);
    expect(from).toBeGreaterThanOrEqual(5);
    await page.keyboard.press('>');
    await untilIteration(page, from + 1);
    await page.getByRole('banner').getByText('CPU · only a software GPU here').waitFor();
    await context.close();
  });

  it('a part that cannot be drawn says so, and the rest goes on', async () => {
    const { context, page } = await visit(browser, {}, (page) =>
      page.addInitScript(() => {
        CanvasRenderingContext2D.prototype.drawImage = () => {
          throw new Error('forced');
        };
      }),
    );
    await page.getByText('The plane could not be drawn.').waitFor();
    await page.keyboard.press('>');
    await untilIteration(page, 1);
    await context.close();
  });

  it('blocked storage is named once and harms nothing else', async () => {
    const { context, page } = await visit(browser, {}, (page) =>
      page.addInitScript(() => {
        indexedDB.open = () => {
          throw new DOMException('blocked', 'SecurityError');
        };
      }),
    );
    await alert(page).waitFor();
    expect(await alert(page).innerText()).toContain('does not let the page keep runs');
    await page.keyboard.press('>');
    await untilIteration(page, 1);
    expect(await page.getByRole('alert').count()).toBe(1);
    await context.close();
  });

  it('a closed tab loses nothing: the last run is offered and comes back', async () => {
    const { context, page } = await visit(browser);
    await setting(page, 'Iterations', '3');
    await button(page, 'Run').click();
    await untilFinished(page);
    await page.waitForTimeout(500);
    await page.reload();
    await button(page, 'Restore last run').click();
    await page.getByText('recording', { exact: true }).waitFor();
    expect(await iterationsDone(page)).toBe(3);
    await context.close();
  });
});
