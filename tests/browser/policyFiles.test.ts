import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOrt } from '../../src/engine/ort';
import { root } from '../../tools/install.mjs';
import { launchChromium } from './chromium';
import { chooseFile, firstTree, setting, untilFinished, untilIteration, visit } from './studio';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});

afterAll(() => browser.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const alert = (page: Page) => page.getByRole('alert').first();

/** Presses a button that saves, and what it saved. */
async function saved(page: Page, name: string): Promise<{ name: string; bytes: Buffer }> {
  const downloading = page.waitForEvent('download');
  await button(page, name).click();
  const download = await downloading;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** What a policy of points says of four noisy samples, by ONNX Runtime. */
async function velocities(file: Uint8Array): Promise<number[]> {
  const ort = await loadOrt('wasm');
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const x = new ort.Tensor('float32', [1, 0, 0, 1, -1, 0.5, 0.2, -2], [4, 2]);
  const t = new ort.Tensor('float32', [0.9, 0.6, 0.4, 0.2], [4]);
  const [output] = Object.values(await session.run({ x, t }));
  return [...(output.data as Float32Array)];
}

describe('runs', () => {
  it('that were trained from an own policy go on with that policy alone', async () => {
    const { context, page } = await visit(browser);
    const own = await readFile(join(root, 'public/models/points-moons.onnx'));
    await chooseFile(page, 'mine.onnx', own);
    await page.getByText(/^mine\.onnx: [\d,]+ weights/).waitFor();
    await page.keyboard.press('>');
    await untilIteration(page, 1);
    const run = await saved(page, 'Save');

    await page.reload();
    await firstTree(page);
    await chooseFile(page, 'run.espalier', run.bytes);
    await button(page, 'Train on').click();
    await alert(page).waitFor();
    expect(await alert(page).innerText()).toContain(
      'The run trained mine.onnx, and points-ring.onnx is another policy.',
    );

    await chooseFile(page, 'mine.onnx', own);
    await page.getByText(/^mine\.onnx: [\d,]+ weights/).waitFor();
    await chooseFile(page, 'run.espalier', run.bytes);
    await button(page, 'Train on').click();
    await button(page, 'live').waitFor();
    await page.keyboard.press('>');
    await untilIteration(page, 2);
    await context.close();
  });

  it('give the trained policy to ONNX Runtime, of a live run and of a recorded one', async () => {
    const { context, page } = await visit(browser);
    await setting(page, 'Iterations', '3');
    await button(page, 'Run').click();
    await untilFinished(page);
    const live = await saved(page, 'Save the policy (.onnx)');
    expect(live.name).toBe('points-ring_branch-grpo_seed-1_3.onnx');
    const run = await saved(page, 'Save');
    const base = await velocities(await readFile(join(root, 'public/models/points-ring.onnx')));
    const trained = await velocities(live.bytes);
    expect(trained).toHaveLength(base.length);
    expect(trained.every(Number.isFinite)).toBe(true);
    expect(trained).not.toEqual(base);

    await page.reload();
    await firstTree(page);
    await chooseFile(page, 'mine.espalier', run.bytes);
    await page.getByText('recording', { exact: true }).waitFor();
    const recorded = await saved(page, 'Save the policy (.onnx)');
    expect(recorded.bytes.equals(live.bytes)).toBe(true);
    await context.close();
  });

  it('say which policy is needed where a run’s own is not at hand, and save it once that is chosen', async () => {
    const { context, page } = await visit(browser);
    const own = await readFile(join(root, 'public/models/points-moons.onnx'));
    await chooseFile(page, 'mine.onnx', own);
    await page.getByText(/^mine\.onnx: [\d,]+ weights/).waitFor();
    await page.keyboard.press('>');
    await untilIteration(page, 1);
    const run = await saved(page, 'Save');

    await page.reload();
    await firstTree(page);
    await chooseFile(page, 'run.espalier', run.bytes);
    await page.getByText('recording', { exact: true }).waitFor();
    await button(page, 'Save the policy (.onnx)').click();
    await alert(page).waitFor();
    expect(await alert(page).innerText()).toContain('The run trained mine.onnx');
    const choosing = page.waitForEvent('filechooser');
    await button(page, 'Choose the file').click();
    const downloading = page.waitForEvent('download');
    await (
      await choosing
    ).setFiles({ name: 'mine.onnx', mimeType: 'application/octet-stream', buffer: own });
    const bytes = await readFile(await (await downloading).path());
    expect(await velocities(bytes)).not.toEqual(await velocities(own));
    await context.close();
  });
});
