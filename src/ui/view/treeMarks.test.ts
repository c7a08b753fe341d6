import { describe, expect, test } from 'vitest';
import { TreeIndex } from '../../core/tree';
import { exampleIteration, exampleRun } from '../../journal/exampleJournal';
import type { JournalEvent } from '../../journal/events';
import { Journal } from '../../journal/journal';
import { revealAt } from './reveal';
import { runView } from './runView';
import type { RunView } from './runView';
import { beadsAt, rewardScale } from './beads';
import { treeLayout } from './treeLayout';
import { edgeWidth, isRelated, signPath, toneOf, treeMarks } from './treeMarks';

const run = exampleRun({ steps: 3 });

function at(position: number, change: (event: JournalEvent) => JournalEvent = (e) => e): RunView {
  const started: JournalEvent = {
    type: 'run-started',
    version: '0',
    run,
    iteration: 0,
    data: new Float32Array(4),
    baseSamples: new Float32Array(4),
    milliseconds: 0,
  };
  const events = exampleIteration(run, 0).map(change);
  const view = runView(new Journal([started, ...events]), position);
  if (!view) throw new Error('no view');
  return view;
}

const marksOf = (view: RunView, group = 0) =>
  treeMarks(view, group, treeLayout(view.tree, 800, 400));

describe('marks of a tree', () => {
  test('are one edge per node but the root, of the group that is drawn', () => {
    const view = at(6);
    const marks = marksOf(view, 1);
    expect(marks.nodes).toHaveLength(7);
    expect(marks.edges).toHaveLength(6);
    for (const { node } of marks.nodes) expect(view.tree.treeOf(node)).toBe(1);
  });

  test('show nothing that has not happened yet', () => {
    const marks = marksOf(at(1));
    expect(marks.leaves).toEqual([]);
    expect(marks.edges.every(({ advantage }) => Number.isNaN(advantage))).toBe(true);
    expect(marks.nodes.every(({ fused }) => Number.isNaN(fused))).toBe(true);
  });

  test('tell resting edges from pruned ones: a deterministic step cannot be trained', () => {
    const marks = marksOf(
      at(5, (event) =>
        event.type === 'edges-pruned'
          ? { ...event, kept: new Uint8Array(event.kept.length) }
          : event,
      ),
    );
    const states = marks.edges.map(({ depth, state }) => [depth, state]);
    expect(states).toContainEqual([3, 'resting']);
    expect(states).toContainEqual([1, 'pruned']);
    expect(marks.edges.find(({ depth }) => depth === 3)?.stochastic).toBe(false);
  });

  test('thin out a tree that is finer than the screen, evenly', () => {
    const wide = exampleRun({ splitSteps: [0], branchingFactor: 64, roots: 64, steps: 2 });
    const tree = new TreeIndex(wide.settings);
    const view = { ...at(1), tree };
    const marks = treeMarks(view, 0, treeLayout(tree, 800, 400));
    expect(marks.every).toBe(Math.ceil(4096 / (2 * (400 - 46 - 24))));
    expect(marks.nodes.length).toBeLessThan(64 + 2 * (4096 / marks.every + 1));
  });
});

test('sign is told by tone and by form, size by width', () => {
  expect([1.5, -0.2, 0].map(toneOf)).toEqual(['up', 'down', 'none']);
  expect(edgeWidth(0)).toBe(1);
  expect(edgeWidth(-1.5)).toBe(edgeWidth(1.5));
  expect(edgeWidth(30)).toBe(5);
  expect(signPath(0, 0, 'up', 3)).not.toBe(signPath(0, 0, 'down', 3));
});

test('ancestors and descendants are related, cousins are not', () => {
  const tree = new TreeIndex({
    trees: 1,
    roots: 1,
    branchingFactor: 2,
    splitSteps: [0, 1],
    steps: 2,
  });
  const [root, left, right, leaf] = [0, 1, 2, 3];
  expect(isRelated(tree, left, root)).toBe(true);
  expect(isRelated(tree, left, leaf)).toBe(true);
  expect(isRelated(tree, right, leaf)).toBe(false);
  expect(isRelated(tree, right, left)).toBe(false);
});

describe('beads', () => {
  const view = at(4);
  const layout = treeLayout(view.tree, 800, 400);

  test('are one per edge of the depth they pass, between parent and child', () => {
    const beads = beadsAt(view, 0, layout, { carry: 'reward', depth: 0.5 });
    expect(beads).toHaveLength(2);
    for (const { x } of beads) expect(x).toBeCloseTo((layout.columns[0] + layout.columns[1]) / 2);
  });

  test('stop when the phase is over', () => {
    expect(beadsAt(view, 0, layout, revealAt('normalise', 1, 3).beads)).toEqual([]);
  });
});

test('rewards within 0 and 1 are shares themselves, others are fitted', () => {
  expect(rewardScale([0.2, 0.7])(0.7)).toBe(0.7);
  expect(rewardScale([-1, 3])(1)).toBe(0.5);
});
