import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../src/config/resolve';
import type { JournalEvent } from '../src/journal/events';
import { exampleJournal } from '../src/journal/exampleJournal';
import { decodeJournal, encodeJournal, journalBytes } from '../src/journal/file';
import { roundWeights, smallJournal } from './pictureRun';
import type { Figures, PictureRun } from './pictureRun';
import { brokenPromises } from './promises';
import { odeSteps, pictureReport, pictureTopics } from './reproducePictures';

const everywhere = (figures: Figures) => new Map(odeSteps.map((steps) => [steps, figures]));

/** A short run's journal, evaluated once more in between. */
const events = exampleJournal({ weights: 3 }).flatMap((event): JournalEvent[] => {
  if (event.type !== 'evaluated') return [event];
  const evaluated = { ...event, metrics: { exact: 0.5, diversity: 14, strict: 0.25 } };
  return event.iteration === 0 ? [evaluated, { ...evaluated, iteration: 1 }] : [evaluated];
});

const run = (seed: number, after: Figures): PictureRun => ({
  seed,
  before: everywhere({ reward: 0.5, exact: 0.2, diversity: 14, residual: 0.006 }),
  after: everywhere({ reward: 0.98, exact: 0.95, diversity: 13, ...after }),
  weights: Float32Array.of(1, 2, 3),
  trainingFlops: 1.5e12,
  seconds: 60,
  scoring: { perLeaf: 0.05, share: 0.01 },
  events,
});

const [learns, letGo, held] = pictureTopics['glyphs'];

describe('picture promises', () => {
  test('hold when every seed keeps them, and name the seeds that break one', () => {
    expect(brokenPromises(learns, [run(1, {}), run(2, {})])).toEqual([]);
    const broken = brokenPromises(learns, [run(1, {}), run(2, { exact: 0.89 })]);
    expect(broken.map(({ seeds }) => seeds)).toEqual([[2]]);
    expect(pictureReport(learns, [run(1, {}), run(2, { exact: 0.89 })], 1200)).toContain(
      'FAILS (seed 2): at least .9 of the words exact',
    );
  });

  test('stand beside the curve of every seed', () => {
    const text = pictureReport(learns, [run(1, {}), run(2, {})], 1200);
    expect(text).toMatch(/seed 2, exact by iteration: 0 \.500, 1 \.500, /);
  });

  test('diversity is promised against the base', () => {
    expect(brokenPromises(held, [run(1, { diversity: 11.9 })])).toEqual([]);
    expect(brokenPromises(held, [run(1, { diversity: 11.8 })])).toHaveLength(1);
    expect(brokenPromises(letGo, [run(1, { diversity: 11 })])).toHaveLength(1);
    expect(brokenPromises(letGo, [run(1, { diversity: 2 })])).toEqual([]);
  });

  test('every sprite task, and a clean background, has a promise of its own', () => {
    const perfect = Object.fromEntries(
      ['', ':single', ':two', ':counting', ':colours', ':position', ':attributes'].map((task) => [
        `strict${task}`,
        1,
      ]),
    );
    const [sprites, stochastic] = pictureTopics['sprites'];
    const broken = (figures: Record<string, number>) =>
      brokenPromises(sprites, [run(1, { ...perfect, residual: 0.009, ...figures })]);
    expect(broken({})).toEqual([]);
    for (const name of Object.keys(perfect)) expect(broken({ [name]: 0.89 })).toHaveLength(1);
    expect(broken({ residual: 0.0091 })).toHaveLength(1);
    expect(brokenPromises(stochastic, [run(1, { residual: 0.0121 })])).toEqual([]);
    expect(brokenPromises(stochastic, [run(1, { residual: 0.0119 })])).toHaveLength(1);
  });

  test('every experiment is a valid run', () => {
    for (const [scene, experiments] of Object.entries(pictureTopics)) {
      for (const { overrides } of experiments) {
        expect(() => resolveSettings(scene, 'branch-grpo', overrides)).not.toThrow();
      }
    }
  });
});

describe('what is kept of a run', () => {
  test('weights are rounded to nine significant bits', () => {
    const weights = Float32Array.from({ length: 500 }, (_, i) => Math.fround((i - 250) / 7.3));
    const rounded = roundWeights(weights);
    for (const [i, w] of weights.entries()) {
      expect(Math.abs(rounded[i] - w)).toBeLessThanOrEqual(Math.abs(w) * 2 ** -9);
    }
    expect(roundWeights(rounded)).toEqual(rounded);
    expect(rounded).not.toEqual(weights);
  });

  test('a file with beginning, evaluations, pictures of two and weights alone, which opens', async () => {
    const kept = smallJournal(run(1, {}));
    expect(kept.map(({ type }) => type)).toEqual([
      'run-started',
      'evaluated',
      'evaluated',
      'evaluated',
      'checkpoint',
      'run-ended',
    ]);
    const opened = await decodeJournal(await encodeJournal(kept));
    expect(opened).toEqual(kept);
    const pictures = opened.map((event) => event.type === 'evaluated' && event.samples.length > 0);
    expect(pictures.slice(1, 4)).toEqual([true, false, true]);
    expect(opened[4]).toMatchObject({ state: { weights: Float32Array.of(1, 2, 3) } });
    expect(journalBytes(kept).length).toBeLessThan(journalBytes(run(1, {}).events).length);
  });
});
