import { describe, expect, test } from 'vitest';
import { exampleJournal, movingPlan } from '../../journal/exampleJournal';
import { Journal } from '../../journal/journal';
import { latentOf, leavesBelow, networkEvaluations, phaseMilliseconds, runView } from './runView';
import type { RunView } from './runView';

const journal = new Journal(exampleJournal({ iterations: 2 }));

function at(position: number): RunView {
  const view = runView(journal, position);
  if (!view) throw new Error(`No view at ${position}.`);
  return view;
}

describe('a view of a run', () => {
  test('is nothing in an empty journal and outside of a journal', () => {
    expect(runView(new Journal(), 0)).toBeNull();
    expect(runView(journal, journal.positions + 1)).toBeNull();
  });

  test('at the start knows the run and its lattice, but no tree', () => {
    const view = at(0);
    expect([view.phase, view.iteration, view.grown, view.steps.length]).toEqual([
      'start',
      0,
      null,
      journal.run?.settings.steps,
    ]);
  });

  test('walks on the tree that the iteration grew, also where another grew another one', () => {
    const moving = new Journal(exampleJournal({ plan: movingPlan }));
    const views = [1, 7].map((position) => runView(moving, position)!);
    expect(views.map(({ tree }) => tree.widths)).toEqual([
      [1, 2, 2, 2],
      [1, 1, 2, 2],
    ]);
    expect(views.map(({ steps }) => steps.map(({ std }) => std > 0))).toEqual([
      [true, false, false],
      [false, true, false],
    ]);
    expect(runView(moving, 6)!.tree).toBe(views[0].tree);
  });

  test('shows exactly the phases that have passed', () => {
    const view = at(9);
    expect([view.iteration, view.phase]).toEqual([1, 'fuse']);
    expect(view.grown?.iteration).toBe(1);
    expect(view.fused?.iteration).toBe(1);
    expect(view.normalised).toBeNull();
    expect(at(6).updated?.iteration).toBe(0);
  });

  test('is the same object as long as it shows the same', () => {
    const growing = new Journal(journal.events.slice(0, 4));
    const view = runView(growing, 1);
    growing.append(journal.events[4]);
    expect(runView(growing, 1, view)).toBe(view);
    expect(runView(growing, 2, view)).not.toBe(view);
  });

  test('keeps the last evaluation until there is a newer one', () => {
    expect(at(5).evaluation?.iteration).toBe(0);
    expect(at(6).evaluation?.iteration).toBe(1);
  });
});

test('a node’s latent and the leaves below it are found by its number', () => {
  const view = at(6);
  const { tree } = view;
  const leaf = tree.range(1, tree.shape.steps).first;
  expect(latentOf(view, leaf)).toEqual(view.grown?.latents.subarray(leaf * 2, leaf * 2 + 2));
  expect(leavesBelow(tree, leaf)).toEqual({ first: 2, count: 1 });
  expect(leavesBelow(tree, tree.range(1, 0).first)).toEqual({ first: 2, count: 2 });
});

test('costs of the iteration are known for the phases that passed', () => {
  expect(phaseMilliseconds(at(8))).toMatchObject({ rollout: 1.5, score: 1.5, fuse: null });
  expect(networkEvaluations(at(8)).gradient).toBeNull();
  expect(networkEvaluations(at(12))).toEqual({ rollout: 6, replay: 6, gradient: 6 });
});
