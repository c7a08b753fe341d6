import { describe, expect, test } from 'vitest';
import { exampleJournal } from '../../journal/exampleJournal';
import { Journal } from '../../journal/journal';
import { findScene } from '../../scenes';
import { valueUpTo } from '../view/series';
import { chartColumns, chartPlans, chartSummary, valueRange } from './charts';

const journal = new Journal(exampleJournal({ iterations: 3 }));
const plans = chartPlans(findScene('points/ring'));

const plan = (name: string) => {
  const found = plans.find((one) => one.name === name);
  if (!found) throw new Error(`no chart ${name}`);
  return found;
};

describe('the charts of a run', () => {
  test('are the measures that matter and the scene’s own metrics, each once', () => {
    const names = plans.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['reward', 'referenceLoss', 'entropy', 'modes']));
    expect(new Set(names).size).toBe(names.length);
  });

  test('have one column per line over all iterations', () => {
    const columns = chartColumns(journal, plan('reward'));
    expect(columns).toHaveLength(5);
    expect(columns[0]).toEqual([0, 1, 2]);
    expect(columns[4]).toEqual([0, 0.1, 0.2]);
  });

  test('leave a gap where a line has no value', () => {
    const begun = new Journal(journal.events.slice(0, 2));
    expect(chartColumns(begun, plan('reward'))).toEqual([[0], [null], [null], [null], [0]]);
  });

  test('are thinned when they have more points than can be seen, and keep the newest', () => {
    const long = new Journal(exampleJournal({ iterations: 1500 }));
    const [x] = chartColumns(long, plan('gradientNorm'));
    expect(x.length).toBeLessThan(700);
    expect(x[x.length - 1]).toBe(1499);
  });

  test('are told in a sentence', () => {
    expect(chartSummary(journal, plan('reward'))).toBe(
      'Reward: 0.000 at iteration 0, 0.200 at iteration 2, between 0.000 and 0.200.',
    );
    expect(chartSummary(new Journal(), plan('reward'))).toBe('Reward: no values yet.');
  });
});

test('the value at an iteration is the last one up to it', () => {
  const series = { x: [0, 5, 10], y: [1, 2, 3] };
  expect([valueUpTo(series, 7), valueUpTo(series, 10), valueUpTo({ x: [], y: [] }, 3)]).toEqual([
    2,
    3,
    NaN,
  ]);
});

test('the y axis begins at 0 unless there is something below', () => {
  expect(valueRange(0.6, 0.93)).toEqual([0, 1]);
  expect(valueRange(3.9, 4.2)[0]).toBe(0);
  expect(valueRange(-0.5, 0.2)[0]).toBeLessThan(-0.5);
  expect(valueRange(null, null)).toEqual([0, 1]);
});
