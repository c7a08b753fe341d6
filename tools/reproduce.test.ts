import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resolveSettings } from '../src/config/resolve';
import { EspalierError } from '../src/core/errors';
import { brokenPromises } from './promises';
import { main, parseSeeds } from './reproduce';
import { iterationsTo, leastOnData, pointExperiments } from './reproducePoints';
import type { Outcome } from './reproducePoints';
import { pointReport } from './runPoints';

/** A run that was evaluated every 30 iterations. */
const outcome = (seed: number, rewards: number[], modes: number[], onData: number[]): Outcome => ({
  seed,
  evaluations: rewards.map((reward, i) => ({
    iteration: i * 30,
    reward,
    metrics: { modes: modes[i], onData: onData[i], entropy: 1, mmd2: 0.7 },
  })),
});

const good = outcome(1, [0.13, 0.9, 0.97], [8, 2, 1], [0.96, 0.91, 0.99]);
const slow = outcome(2, [0.13, 0.6, 0.94], [8, 8, 4], [0.96, 0.95, 0.94]);

describe('promises', () => {
  const [oneMode, , held, , letGo] = pointExperiments;

  test('hold when every seed keeps them', () => {
    expect(brokenPromises(oneMode, [good])).toEqual([]);
    expect(brokenPromises(held, [good, slow])).toEqual([]);
  });

  test('one seed breaks a promise, and is named', () => {
    const broken = brokenPromises(oneMode, [good, slow]);
    expect(broken.map(({ seeds }) => seeds)).toEqual([[2], [2]]);
    expect(pointReport(oneMode, [good, slow])).toContain('FAILS (seed 2): the modes collapse');
  });

  test('points that leave the data on the way break the promise of staying', () => {
    const strayed = outcome(3, [0.5, 0.8, 0.95], [8, 5, 5], [0.96, 0.89, 0.95]);
    expect(brokenPromises(held, [strayed]).map(({ seeds }) => seeds)).toEqual([[3]]);
    expect(brokenPromises(letGo, [strayed])).toHaveLength(1);
  });

  test('every experiment is a valid run', () => {
    for (const { scene, algorithm, overrides } of pointExperiments) {
      expect(() => resolveSettings(scene, algorithm, overrides)).not.toThrow();
    }
  });
});

describe('the command', () => {
  const printed: string[] = [];
  beforeEach(() => {
    printed.length = 0;
    vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
    vi.spyOn(console, 'error').mockImplementation((text: string) => void printed.push(text));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('exits 1 and says so when a promise does not hold', async () => {
    const run = async () => slow;
    expect(await main(['points', '--seeds', '1-2'], run)).toBe(1);
    expect(printed.join('\n')).toContain('FAILS (seed 2, 2): the modes collapse');
    expect(printed.at(-1)).toContain('do not hold');
  });

  test('trains every experiment with every seed it was given', async () => {
    const seeds: number[] = [];
    const run = async (_: unknown, __: unknown, seed: number) => {
      seeds.push(seed);
      return outcome(seed, [0.14, 0.96], [8, 1], [0.95, 0.95]);
    };
    await main(['points', '--seeds', '4,9', '--quick'], run);
    expect(seeds).toEqual(pointExperiments.flatMap(() => [4, 9]));
  });

  test('lists its topics without arguments and refuses others', async () => {
    expect(await main([])).toBe(0);
    expect(printed[0]).toContain('points');
    expect(await main(['nothing'])).toBe(2);
    expect(await main(['points', '--seed', '3'])).toBe(2);
    expect(printed[1]).toContain('Valid topics: points');
  });
});

describe('the table', () => {
  test('has a row per seed and the spread, with a dash where a reward was never reached', () => {
    const lines = pointReport(pointExperiments[0], [good, slow]).split('\n');
    expect(lines.find((line) => line.trim().startsWith('2'))).toContain('–');
    expect(lines.find((line) => line.includes('mean'))).toContain('0.955');
    expect(new Set(lines.slice(1, 8).map((line) => line.length)).size).toBe(1);
  });

  test('figures over the evaluations', () => {
    expect(iterationsTo(0.9, good)).toBe(30);
    expect(iterationsTo(0.95, slow)).toBeNaN();
    expect(leastOnData(good)).toBe(0.91);
  });
});

describe('--seeds', () => {
  test('takes ranges and lists', () => {
    expect(parseSeeds('1-5')).toEqual([1, 2, 3, 4, 5]);
    expect(parseSeeds('3')).toEqual([3]);
    expect(parseSeeds('1, 4,7-8')).toEqual([1, 4, 7, 8]);
  });

  test.each(['', 'a', '5-1', '1,,2', '1,1', '1-', '1-2,x', '1-99999'])('refuses "%s"', (text) => {
    expect(() => parseSeeds(text)).toThrow(EspalierError);
  });
});
