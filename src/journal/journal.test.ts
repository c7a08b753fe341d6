import { describe, expect, it } from 'vitest';
import { phaseEvent, phases } from './events';
import type { JournalEvent } from './events';
import { exampleIteration, exampleJournal, exampleRun, movingPlan } from './exampleJournal';
import { Journal } from './journal';

const events = exampleJournal({ iterations: 3 });
const journal = new Journal(events);

const painted = (iteration: number, value: number): JournalEvent => ({
  type: 'landscape-painted',
  landscape: { size: 1, extent: 4, values: new Float32Array([value]) },
  iteration,
  milliseconds: 0,
});

const isUpdate = (event: JournalEvent) => event.type === 'weights-updated';

describe('a journal', () => {
  it('knows its run, its tree and how it ended', () => {
    expect(journal.run).toEqual(exampleRun());
    const shape = { trees: 2, branchingFactor: 2, steps: 2 };
    expect(journal.view(0).plan).toMatchObject({ shape, stochasticSteps: [0] });
    expect(journal.ended?.reason).toBe('finished');
    expect(journal.iterationCount).toBe(3);
    expect(journal.checkpoint?.iteration).toBe(3);
  });

  it('has the plan of each iteration as it was recorded', () => {
    const moving = new Journal(exampleJournal({ plan: movingPlan }));
    const plans = [1, 6, 7, 12].map((position) => moving.view(position).plan);
    expect(plans).toEqual([0, 0, 1, 1].map(movingPlan));
  });

  it('is empty but readable before a run has started', () => {
    const empty = new Journal();
    expect([empty.run, empty.ended, empty.checkpoint]).toEqual([null, null, null]);
    expect(empty.view(0)).toEqual({
      position: 0,
      place: null,
      plan: null,
      record: null,
      evaluation: null,
      landscape: null,
    });
    expect(empty.summary().rows).toEqual([]);
  });

  it('is the same whether read at once or fed event by event', () => {
    const fed = new Journal();
    for (const event of events) fed.append(event);
    expect(fed.view(fed.positions)).toEqual(journal.view(journal.positions));
    expect(fed.series('reward')).toEqual(journal.series('reward'));
  });

  it('gathers the six phases of an iteration', () => {
    const { iteration, tree, scores, fused, advantages, pruned, update } = journal.at(1);
    expect(iteration).toBe(1);
    expect([tree, scores, fused, advantages, pruned, update].map((event) => event?.type)).toEqual(
      phases.map((phase) => phaseEvent[phase]),
    );
    expect(scores?.iteration).toBe(1);
  });

  it('has nothing of an iteration that has not been', () => {
    expect(Object.values(journal.at(3)).slice(1)).toEqual(Array(6).fill(null));
    expect(Object.values(journal.at(-1)).slice(1)).toEqual(Array(6).fill(null));
  });
});

describe('a position', () => {
  it('stands after every phase once, and before the first', () => {
    const places = Array.from({ length: journal.positions + 1 }, (_, i) => journal.place(i));
    expect(places[0]).toBeNull();
    expect(places[1]).toEqual({ iteration: 0, phase: 'rollout' });
    expect(places[6]).toEqual({ iteration: 0, phase: 'update' });
    expect(places[18]).toEqual({ iteration: 2, phase: 'update' });
    places.forEach((place, i) => {
      if (place) expect(journal.position(place)).toBe(i);
    });
    expect(() => journal.place(19)).toThrow(RangeError);
    expect(() => journal.view(-1)).toThrow(RangeError);
  });

  it('counts from the checkpoint when the run continued from one', () => {
    const continued = new Journal(exampleJournal({ from: 5, iterations: 2 }));
    expect(continued.place(1)).toEqual({ iteration: 5, phase: 'rollout' });
    expect(continued.at(6).update?.iteration).toBe(6);
    expect(continued.position({ iteration: 6, phase: 'score' })).toBe(8);
    expect(continued.position({ iteration: 9, phase: 'score' })).toBe(continued.positions);
    expect(continued.position({ iteration: 0, phase: 'score' })).toBe(0);
  });

  it('moves by phases and by iterations, never past either end', () => {
    expect([0, 5, 6, 18].map((from) => journal.after(from, 'phase'))).toEqual([1, 6, 7, 18]);
    expect([0, 5, 6, 17].map((from) => journal.after(from, 'iteration'))).toEqual([6, 6, 12, 18]);
    expect([0, 1, 7].map((from) => journal.before(from, 'phase'))).toEqual([0, 0, 6]);
    expect([0, 4, 6, 7, 12].map((from) => journal.before(from, 'iteration'))).toEqual([
      0, 0, 0, 6, 6,
    ]);
  });
});

describe('a view', () => {
  it('shows nothing that had not happened yet', () => {
    const { record, place } = journal.view(9);
    expect(place).toEqual({ iteration: 1, phase: 'fuse' });
    expect(record?.fused).not.toBeNull();
    expect([record?.advantages, record?.pruned, record?.update]).toEqual([null, null, null]);
  });

  it('shows the newest evaluation and landscape of its time', () => {
    const run = exampleRun();
    const [started] = events;
    const painting = new Journal([
      started,
      ...exampleIteration(run, 0),
      painted(1, 0.25),
      ...exampleIteration(run, 1),
      painted(1, 0.5),
    ]);
    expect(painting.view(0).evaluation?.iteration).toBe(0);
    expect(painting.view(5).landscape).toBeNull();
    expect(painting.view(6).evaluation?.iteration).toBe(1);
    expect(painting.view(7).landscape?.values[0]).toBe(0.25);
    expect(painting.view(painting.positions).landscape?.values[0]).toBe(0.5);
  });
});

describe('series', () => {
  it('hold a value for every iteration that told one', () => {
    expect(journal.series('reward')).toEqual({ x: [0, 1, 2], y: [0, 0.1, 0.2] });
    expect(journal.series('modes').y).toEqual([8, 8, 8]);
    expect(journal.series('clipFraction').y).toEqual([0.0625, 0.0625, 0.0625]);
    expect(journal.series('keptShare').y).toEqual([1, 1, 1]);
    expect(journal.series('unheard of')).toEqual({ x: [], y: [] });
  });

  it('are listed with measures first and the scene’s metrics in their order', () => {
    expect(journal.seriesNames.slice(0, 2)).toEqual(['reward', 'rolloutReward']);
    expect(journal.metricNames).toEqual(['entropy', 'modes']);
  });

  it('average over the updates of an iteration, add up evaluations and keep the largest deviation', () => {
    const [started] = events;
    const update = { ...exampleIteration(exampleRun(), 0).find(isUpdate)!.updates[0] };
    const two = new Journal([
      started,
      {
        type: 'weights-updated',
        updates: [update, { ...update, gradientNorm: 4, ratioDeviation: 0.5 }],
        iteration: 0,
        milliseconds: 0,
      },
      { type: 'weights-updated', updates: [], iteration: 1, milliseconds: 0 },
    ]);
    expect(two.series('gradientNorm')).toEqual({ x: [0], y: [3] });
    expect(two.series('ratioDeviation').y).toEqual([0.5]);
    expect(two.series('gradientEvaluations')).toEqual({ x: [0, 1], y: [12, 0] });
  });
});

describe('the summary', () => {
  it('tells where each figure began and ended, what was computed and how long it took', () => {
    const { iterations, rows, forwardEvaluations, gradientEvaluations, milliseconds } =
      journal.summary();
    expect(iterations).toBe(3);
    expect(rows.slice(0, 2)).toEqual([
      { name: 'reward', first: 0, last: 0.2 },
      { name: 'entropy', first: 4, last: 3.8 },
    ]);
    expect(forwardEvaluations).toBe(3 * (6 + 6));
    expect(gradientEvaluations).toBe(3 * 6);
    expect(milliseconds.update).toBe(4.5);
  });
});
