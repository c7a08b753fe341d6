/**
 * The promise of the first page, kept in a real browser: twenty iterations on every engine that a visitor can choose,
 * from the built page, and the reward rises on all along the same curve. The journals are those that Save writes.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runHeadless } from '../../src/session/runHeadless';
import type { JournalEvent } from '../../src/journal/events';
import { decodeJournal, journalBytes } from '../../src/journal/file';
import { Journal } from '../../src/journal/journal';
import { launchChromium, watchFaults } from './chromium';
import type { Faults } from './chromium';

/** What the two tiers' mean rollout rewards may differ by in any of the twenty iterations. */
const rewardTolerance = 0.05;

const engines = ['ort-wasm', 'wgsl', 'ort-webgpu'] as const;

const settings = { iterations: 20, updates: 1, evaluationSamples: 64 };

let browser: Browser;
const journals: Record<string, JournalEvent[]> = {};
let faults: Faults;

async function trainInPage(page: Page, engine: string): Promise<JournalEvent[]> {
  // Ready when the first tree stands on the page.
  await page.getByRole('button', { name: 'Run', exact: true }).waitFor({ timeout: 60_000 });
  await page.getByLabel('Engine').selectOption(engine);
  await page.getByText('Advanced', { exact: true }).click();
  for (const [label, value] of [
    ['Iterations', settings.iterations],
    ['Updates per iteration', settings.updates],
    ['Evaluation samples', settings.evaluationSamples],
  ] as const) {
    const field = page.getByRole('textbox', { name: label, exact: true });
    await field.fill(String(value));
    await field.blur();
  }
  await page.getByRole('button', { name: /^Reset/ }).click({ timeout: 180_000 });
  await page.getByRole('button', { name: 'Run', exact: true }).click({ timeout: 180_000 });
  await page.getByRole('button', { name: 'Train on' }).waitFor({ timeout: 180_000 });
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  return decodeJournal(new Uint8Array(await readFile(await (await download).path())));
}

beforeAll(async () => {
  browser = await launchChromium();
  for (const engine of engines) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    faults = watchFaults(page, new URL(inject('pageUrl')).origin);
    await page.goto(inject('pageUrl'));
    journals[engine] = await trainInPage(page, engine);
    await page.close();
  }
}, 420_000);

afterAll(() => browser.close());

const rewards = (engine: string): readonly number[] => [
  ...new Journal(journals[engine]).series('rolloutReward').y,
];

describe.each(engines)('on %s, the built page', (engine) => {
  it('trains twenty iterations, and the reward rises', () => {
    const [started] = journals[engine];
    expect(started).toMatchObject({ type: 'run-started', run: { engine } });
    const curve = rewards(engine);
    expect(curve).toHaveLength(20);
    const mean = (values: readonly number[]): number =>
      values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(curve.slice(-5))).toBeGreaterThan(1.5 * mean(curve.slice(0, 5)));
  });
});

it.each(['wgsl', 'ort-webgpu'])(
  '%s gives the CPU tier’s reward curve within the stated tolerance',
  (engine) => {
    const [cpu, gpu] = [rewards('ort-wasm'), rewards(engine)];
    cpu.forEach((reward, i) => expect(Math.abs(reward - gpu[i])).toBeLessThan(rewardTolerance));
    // The first rollout is made by equal weights, so it is equal up to rounding.
    expect(Math.abs(cpu[0] - gpu[0])).toBeLessThan(1e-3);
  },
);

it('the page’s CPU journal is the terminal’s, byte for byte but for the clock', async () => {
  const terminal = await runHeadless({
    scene: 'points/ring',
    algorithm: 'branch-grpo',
    overrides: settings,
  });
  expect(journalBytes(journals['ort-wasm'], { withoutClock: true })).toEqual(
    journalBytes(terminal, { withoutClock: true }),
  );
});

it('did so without a fault or a request to another origin', () => {
  expect(faults).toEqual({ errors: [], foreignRequests: [] });
});
