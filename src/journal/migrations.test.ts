import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { iterationPlan } from '../config/plan';
import { toldError } from '../core/errors';
import type { ErrorData } from '../core/errors';
import { exampleJournal, exampleRun, movingPlan } from './exampleJournal';
import { decodeJournal } from './file';
import { formatVersion, migrate } from './migrations';
import type { Migration } from './migrations';

describe('files of earlier versions', () => {
  const version1Settings = {
    seed: 1,
    iterations: 60,
    reward: 'mode',
    trees: 2,
    roots: 1,
    branchingFactor: 2,
    splitSteps: [0],
    steps: 2,
    evaluationSteps: 20,
    evaluationSamples: 512,
    evaluationInterval: 1,
    sampler: 'flow-sde',
    noise: 0.7,
    shift: 1,
    stochasticSteps: 'all-but-last',
    branchIndependence: 4,
    fusion: 'uniform',
    fusionSharpness: 1,
    advantage: 'depth',
    advantageScope: 'tree',
    advantageBound: 5,
    logProbReduction: 'sum',
    clip: 0.2,
    updates: 1,
    learningRate: 1e-3,
    learningRateDecay: 0,
    weightDecay: 0,
    maxGradientNorm: 1,
    referenceWeight: 0,
    referenceTerm: 'kl',
    referenceSteps: 'stochastic',
    trainedWeights: 'all',
    loraRank: 8,
  };
  const fixture = (version: number) =>
    readFile(new URL(`./fixtures/version${version}.espalier`, import.meta.url));

  it('can be opened, every one of them', async () => {
    for (let version = 1; version <= formatVersion; version++) {
      const events = await decodeJournal(await fixture(version));
      expect(events[0].type, `version ${version}`).toBe('run-started');
    }
  });

  it('of version 1 mean what they meant', async () => {
    const [started, ...rest] = await decodeJournal(await fixture(1));
    const [expected, ...others] = exampleJournal();
    const run = { ...exampleRun(), settings: version1Settings, numerics: 1 };
    expect(started).toEqual({ ...expected, run });
    expect(rest).toEqual(others);
  });

  it('of version 2 have errors that are their sentences', () => {
    const written = { code: 'stopped', message: 'It stopped.', hint: 'Go on.', details: ['a'] };
    const frames = [{ header: { type: 'run-ended', error: written }, payload: new Uint8Array() }];
    const [{ header }] = migrate(frames, 2);
    const error = header.error as unknown as ErrorData;
    expect(error).toEqual({ ...written, key: '', params: {} });
    expect(toldError(error)).toMatchObject({ message: 'It stopped.', hint: 'Go on.' });
  });

  it('of version 3 name their errors, so that any reader says them in its own words', async () => {
    const ended = (await decodeJournal(await fixture(3))).at(-1);
    const error = ended?.type === 'run-ended' ? ended.error : null;
    expect(error).toMatchObject({ code: 'bad-setting', key: 'noReward' });
    expect(toldError({ ...error!, message: '', hint: '' })).toEqual({
      message: 'Scene points/ring has no reward "none".',
      hint: 'Valid rewards: mode.',
    });
  });

  it('of version 3 had one plan for all iterations, that of their settings', async () => {
    const grown = (await decodeJournal(await fixture(3))).filter(
      ({ type }) => type === 'tree-grown',
    );
    expect(grown.length).toBeGreaterThan(0);
    for (const event of grown) {
      expect(event).toMatchObject({ plan: iterationPlan(exampleRun().settings, 0) });
    }
  });

  it('of version 4 hold the plan of every iteration', async () => {
    const events = await decodeJournal(await fixture(4));
    expect(events.slice(1)).toEqual(exampleJournal({ plan: movingPlan }).slice(1));
  });

  it('of version 4 were summed otherwise, and say so', async () => {
    const [started] = await decodeJournal(await fixture(4));
    expect(started).toMatchObject({ run: { numerics: 1 } });
  });

  it('of version 5 say how they were summed, and what was not measured', async () => {
    const events = await decodeJournal(await fixture(5));
    expect(events[0]).toMatchObject({ run: { numerics: 2 } });
    const updated = events.find(({ type }) => type === 'weights-updated');
    expect(updated).toMatchObject({ updates: [{ referenceLoss: null }] });
  });

  it('go through every later migration in order', () => {
    const mark =
      (name: string): Migration =>
      (frames) =>
        frames.map((frame) => ({ ...frame, header: { ...frame.header, [name]: true } }));
    const table = [mark('first'), mark('second'), mark('third')];
    const frames = [{ header: { type: 'x' }, payload: new Uint8Array() }];
    expect(Object.keys(migrate(frames, 1, table)[0].header)).toEqual([
      'type',
      'first',
      'second',
      'third',
    ]);
    expect(Object.keys(migrate(frames, 3, table)[0].header)).toEqual(['type', 'third']);
    expect(migrate(frames, 4, table)).toEqual(frames);
  });
});
