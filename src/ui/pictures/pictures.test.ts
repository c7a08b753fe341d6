import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveSettings } from '../../config/resolve';
import { iterationPlan, plannedSteps } from '../../config/plan';
import { findScene } from '../../scenes';
import { TreeIndex } from '../../core/tree';
import type { JournalEvent } from '../../journal/events';
import { Journal } from '../../journal/journal';
import type { RunView } from '../view/runView';
import { treeLayout } from '../view/treeLayout';
import { nodeName } from '../view/nodeName';
import { readPrompt } from '../state/asking.svelte';
import { Guided } from './guided.svelte';
import { sampleSize } from '../../scenes/scene';
import {
  contactSheet,
  entryName,
  estimateIndex,
  estimateOf,
  nodeShows,
  treePrompt,
} from '../view/pictures';
import type { PictureScene } from '../../scenes/scene';
import { taskBars } from './taskBars';
import { corner, leafPicture, nodePicture } from './thumbnails';

const overrides = { trees: 3, steps: 4, splitSteps: [0, 2], evaluationSamples: 24 };

const pictureScene = (name: string): PictureScene => {
  const scene = findScene(name);
  if (scene.view !== 'picture') throw new Error(`${name} has no pictures`);
  return scene;
};

/** A view of the first iteration, whose every picture is one of the scene's data. */
function viewOf(name: string): { view: RunView; scene: PictureScene } {
  const scene = pictureScene(name);
  const settings = resolveSettings(name, 'branch-grpo', overrides);
  const plan = iterationPlan(settings, 0);
  const tree = new TreeIndex(plan.shape);
  const nodes = tree.offsets[5];
  const model = { name: scene.model, sha256: '', parameters: 1 };
  const view: RunView = {
    position: 1,
    iteration: 0,
    phase: 'rollout',
    run: {
      scene: name,
      algorithm: 'branch-grpo',
      settings,
      model,
      tier: 'cpu',
      engine: 'ort-wasm',
      numerics: 2,
    },
    dimensions: sampleSize(scene),
    data: scene.data(24, 1),
    baseSamples: scene.data(24, 2),
    tree,
    steps: plannedSteps(settings, plan),
    grown: {
      type: 'tree-grown',
      plan,
      latents: new Float32Array(0),
      estimates: scene.data(nodes / 3, 4),
      logProbs: new Float32Array(nodes),
      forwardEvaluations: 9,
      iteration: 0,
      milliseconds: 1,
    },
    scored: null,
    fused: null,
    normalised: null,
    pruned: null,
    updated: null,
    evaluation: null,
    landscape: null,
  };
  return { view, scene };
}

describe.each(['glyphs', 'sprites'])('the pictures of %s', (name) => {
  const { view, scene } = viewOf(name);
  const { tree } = view;

  it('belong to the nodes of the first tree, depth by depth', () => {
    const own = Array.from({ length: tree.offsets[5] }, (_, node) => node).filter(
      (node) => tree.treeOf(node) === 0,
    );
    expect(own.map((node) => estimateIndex(tree, node))).toEqual(own.map((_, i) => i));
    expect(estimateOf(view, scene, own[3])?.offset).toBe(3 * sampleSize(scene));
    expect(estimateOf(view, scene, tree.range(1, 4).first)).toBeNull();
  });

  it('are named by what they show', () => {
    const leaf = tree.range(0, 4).first + 1;
    expect(nodeName(view, leaf, nodeShows(view, scene, leaf))).toMatch(
      /^Leaf 2 of 4, (reads [A-Z]+|shows a \w+)/,
    );
  });

  it('stand in a contact sheet under every task, each prompt once with both of its samples', () => {
    const groups = contactSheet(view, scene);
    expect(groups.map(({ task }) => task)).toEqual(scene.prompts.tasks);
    const entries = groups.flatMap((group) => group.entries);
    expect(new Set(entries.map(({ text }) => text)).size).toBe(entries.length);
    expect(entries.reduce((sum, { base }) => sum + base.length, 0)).toBe(24);
    expect(entries.every(({ now }) => now === null)).toBe(true);
    expect(entryName(entries[0])).toMatch(/^“.+”: base (right|wrong), (reads|shows) /);
  });

  it('show the first prompt that the trainer draws', () => {
    const { seed } = view.run.settings;
    expect(treePrompt(view, scene)).toEqual(scene.prompts.draw(3, seed, 0)[0]);
  });
});

it('a sample that shows what was asked is right, another one is wrong', () => {
  const { view, scene } = viewOf('glyphs');
  const size = sampleSize(scene);
  const data = scene.data(400, 9);
  const asked = scene.prompts.evaluation(24, view.run.settings.seed);
  const shown = Array.from({ length: 400 }, (_, i) => scene.picture.describe(data, i * size));
  const baseSamples = new Float32Array(2 * size);
  const other = shown.findIndex((text) => text !== `reads ${scene.prompts.write(asked[0])}`);
  baseSamples.set(data.subarray(other * size, (other + 1) * size));
  const [{ entries }] = contactSheet({ ...view, baseSamples }, scene);
  expect(entries[0].base[0].right).toBe(false);
  expect(entries[0].base[0].shows).toBe(shown[other]);
});

describe('a prompt of one’s own', () => {
  const scene = pictureScene('sprites');

  it('is read, or answered with what could stand there', () => {
    expect(readPrompt(scene, 'a red ring left of a blue heart').problem).toBeNull();
    const { problem } = readPrompt(scene, 'a purple ring');
    expect(problem?.message).toContain('purple');
    expect(problem?.hint).toContain('red');
  });

  it('that lacks a shape says so when it is composed of choices', () => {
    const text = scene.prompts.write([0, 2, 1, 1, 0, 3]);
    expect(text).toBe('a red ring left of a blue');
    expect(readPrompt(scene, text).problem?.hint).toContain('heart');
  });
});

describe('bars', () => {
  const journal = (name: string, x: number[]): Journal => {
    const { view } = viewOf(name);
    const { run, data, baseSamples } = view;
    const started = {
      type: 'run-started',
      version: '1',
      iteration: x[0],
      milliseconds: 0,
    } as const;
    const evaluated = (iteration: number): JournalEvent => ({
      type: 'evaluated',
      samples: baseSamples,
      reward: 0.5,
      metrics: { strict: 0.6 + iteration / 100, 'strict:position': iteration / 100 },
      iteration,
      milliseconds: 0,
    });
    return new Journal([{ ...started, run, data, baseSamples }, ...x.map(evaluated)]);
  };

  const guided = { weight: 2, score: 0.66, tasks: { position: 0.4 } };

  it('compare the policy at a position with the reference and with the paper, per task', () => {
    const scene = pictureScene('sprites');
    const bars = taskBars(journal('sprites', [0, 10, 20]), scene, 12, guided);
    expect(bars.map(({ title }) => title)).toEqual(['All tasks', ...scene.prompts.tasks]);
    expect(bars[0]).toMatchObject({ base: 0.6, guided: 0.66, now: 0.7, paper: 0.95 });
    expect(bars.find(({ title }) => title === 'position')).toMatchObject({
      ...{ base: 0, guided: 0.4, now: 0.1 },
    });
    expect(bars.find(({ title }) => title === 'single')!.guided).toBeNull();
  });

  it('leave the base out of a run that went on from a checkpoint', () => {
    const [overall] = taskBars(journal('sprites', [10, 20]), pictureScene('sprites'), 30, null);
    expect(overall).toMatchObject({ base: NaN, now: 0.8 });
  });

  it('are of reward and exact words where no task is measured by itself', () => {
    const bars = taskBars(journal('glyphs', [0]), pictureScene('glyphs'), 0, guided);
    expect(bars.map(({ name }) => name)).toEqual(['reward', 'exact']);
    expect(bars.map((bar) => bar.guided)).toEqual([0.66, null]);
    expect(bars[0].paper).toBe(0.92);
  });
});

describe('guidance', () => {
  afterEach(() => vi.unstubAllGlobals());

  const loaded = async (answer: () => Promise<Response>): Promise<Guided> => {
    vi.stubGlobal('fetch', answer);
    const known = new Guided();
    await known.load();
    return known;
  };

  it('is known of the policy that the manifest names, and of no other', async () => {
    const guided = { weight: 2, score: 0.7, tasks: {} };
    const models = { sprites: { sha256: 'abc', teacher: {}, guided }, ring: { sha256: 'def' } };
    const known = await loaded(() => Promise.resolve(Response.json({ version: 1, models })));
    expect(['abc', 'def', 'own'].map((hash) => known.of(hash))).toEqual([guided, null, null]);
  });

  it('is not known where the manifest cannot be fetched or read', async () => {
    const page = await loaded(() => Promise.resolve(new Response('<!doctype html>')));
    const offline = await loaded(() => Promise.reject(new TypeError('offline')));
    expect([page.of('abc'), offline.of('abc')]).toEqual([null, null]);
  });
});

describe('thumbnails', () => {
  const { view } = viewOf('sprites');
  const { tree } = view;
  const layout = treeLayout(tree, 700, 400, (width, row) => leafPicture(1, width, row).width);

  it('of leaves stand between their column and their reward bar', () => {
    const size = nodePicture(layout, tree, 1, 4);
    const at = corner(size, layout.columns[4], 200, true);
    expect(at.x).toBeGreaterThanOrEqual(layout.columns[4]);
    expect(at.x + size.width).toBeLessThanOrEqual(layout.barStart);
    expect(size.height).toBeGreaterThan(nodePicture(layout, tree, 1, 3).height);
  });

  it('leave room for the edges between their columns, whatever their shape', () => {
    for (const aspect of [0.5, 1, 4]) {
      const size = nodePicture(layout, tree, aspect, 1);
      expect(size.width).toBeLessThanOrEqual(0.61 * (layout.columns[1] - layout.columns[0]));
      expect(size.width / size.height).toBeCloseTo(aspect, 0);
    }
  });
});
