import { describe, expect, test } from 'vitest';
import { setAdvantages, fuseRewards } from '../../core/credit';
import { TreeIndex, nodeCount } from '../../core/tree';
import { exampleIteration, exampleRun } from '../../journal/exampleJournal';
import type { JournalEvent } from '../../journal/events';
import { Journal } from '../../journal/journal';
import type { Settings } from '../../config/properties';
import { runView } from '../view/runView';
import type { RunView } from '../view/runView';
import { nodeName, nodeTitle } from '../view/nodeName';
import { nodeFacts, nodeFormulas } from './explain';

/** A view of one iteration whose credit is really computed from the leaf rewards 0.1, 0.2, 0.3, … */
function view(settings: Partial<Settings> = {}, position = 6): RunView {
  const run = exampleRun({ steps: 3, splitSteps: [0, 1], ...settings });
  const shape = run.settings;
  const logProbs = Float32Array.from({ length: nodeCount(shape) }, (_, i) => -1 - i / 50);
  const rewards = Float32Array.from({ length: 8 }, (_, i) => (i + 1) / 10);
  const fusion = { kind: shape.fusion, sharpness: shape.fusionSharpness };
  const fusedRewards = fuseRewards(shape, rewards, logProbs, fusion);
  const rule = { kind: shape.advantage, scope: shape.advantageScope, bound: shape.advantageBound };
  const advantages = setAdvantages(shape, fusedRewards, rule);
  const real = (event: JournalEvent): JournalEvent => {
    if (event.type === 'tree-grown') return { ...event, logProbs };
    if (event.type === 'leaves-scored') return { ...event, rewards };
    if (event.type === 'rewards-fused') return { ...event, fusedRewards };
    return event.type === 'advantages-set' ? { ...event, advantages } : event;
  };
  const started: JournalEvent = {
    type: 'run-started',
    version: '0',
    run,
    iteration: 0,
    data: new Float32Array(4),
    baseSamples: new Float32Array(4),
    milliseconds: 0,
  };
  const events = [started, ...exampleIteration(run, 0).map(real)];
  const found = runView(new Journal(events), position);
  if (!found) throw new Error('no view');
  return found;
}

const formula = (run: RunView, node: number, title: string) => {
  const found = nodeFormulas(run, node).find((one) => one.title.startsWith(title));
  if (!found) throw new Error(`no formula ${title}`);
  return found;
};

const { offsets } = new TreeIndex(view().tree.shape);
const firstLeaf = offsets[3];

describe('formulas are filled with the node’s own numbers', () => {
  test('fusion: the mean of the leaves below', () => {
    const { numbers } = formula(view(), 0, 'Fused');
    expect(numbers).toEqual(['r̄ = (0.10 + 0.20 + 0.30 + 0.40) / 4', '  = 0.250']);
  });

  test('fusion by path probability says the plain mean beside it', () => {
    const { symbols, meaning } = formula(view({ fusion: 'path-weighted' }), 0, 'Fused');
    expect(symbols).toContain('β_f');
    expect(meaning).toContain('0.250');
  });

  test('advantage: what is printed gives the journal’s number', () => {
    const run = view();
    const { numbers } = formula(run, firstLeaf + 3, 'Advantage');
    const [, reward, mean, std] = /\((.+) − (.+)\) \/ (.+)/.exec(numbers[0]) ?? [];
    const printed = (Number(reward) - Number(mean)) / Number(std);
    expect(printed).toBeCloseTo(run.normalised?.advantages[firstLeaf + 3] ?? NaN, 2);
    expect(numbers[1]).toBe('  = +1.16');
  });

  test('advantage over all trees counts all trees', () => {
    const { meaning } = formula(view({ advantageScope: 'batch' }), firstLeaf, 'Advantage');
    expect(meaning).toBe('Mean and spread of the 8 leaves of all trees.');
  });

  test('a bounded advantage says so', () => {
    const { numbers } = formula(view({ advantageBound: 0.5 }), firstLeaf + 3, 'Advantage');
    expect(numbers[1]).toBe('  = +0.50, held at ±0.50');
  });

  test('group advantages of inner nodes are means', () => {
    const { symbols } = formula(view({ advantage: 'group' }), offsets[1], 'Advantage');
    expect(symbols).toBe('A = mean of the leaves’ advantages below');
  });

  test('a stochastic step gives the length of its noise back from its log-prob', () => {
    const run = view();
    const node = offsets[1];
    const { std } = run.steps[0];
    const logProb = run.grown?.logProbs[node] ?? NaN;
    const z = Math.sqrt(-2 * (logProb + 2 * Math.log(std) + Math.log(2 * Math.PI)));
    const step = formula(run, node, 'Step 1: SDE');
    expect(step.numbers[2]).toContain(`|z| = ${(Number.isNaN(z) ? 0 : z).toFixed(2)}`);
  });

  test('a deterministic step has no noise and says what that means', () => {
    const step = formula(view(), firstLeaf, 'Step 3: ODE');
    expect(step.numbers[2]).toMatch(/^v = \(/);
    expect(step.meaning).toContain('nothing to make likelier');
  });
});

describe('what is known of a node', () => {
  test('grows with the phases', () => {
    const names = (position: number) => nodeFacts(view({}, position), firstLeaf).map((f) => f.name);
    expect(names(1)).toEqual(['Depth', 'Noise level σ', 'Latent x']);
    expect(names(2)).toContain('Reward');
    expect(names(6)).toContain('Its edge is trained');
  });

  /** What is said of the edge into `node` when no edge is kept. */
  const resting = (node: number, settings: Partial<Settings> = {}): string | undefined => {
    const run = view(settings);
    const kept = new Uint8Array(run.pruned?.kept.length ?? 0);
    return nodeFacts({ ...run, pruned: run.pruned && { ...run.pruned, kept } }, node).at(-1)?.value;
  };

  test('says why an edge rests', () => {
    expect(resting(firstLeaf)).toBe('no: an ODE step has no log-prob');
  });

  test('says which deterministic step is held to the reference all the same', () => {
    const { first, count } = view().tree.range(0, 3);
    const held = (referenceSteps: Settings['referenceSteps']): number[] =>
      Array.from({ length: count }, (_, i) => first + i).filter((leaf) =>
        resting(leaf, { referenceWeight: 0.1, referenceSteps })?.includes('held to the reference'),
      );
    expect(held('stochastic')).toEqual([]);
    expect(held('all')).toHaveLength(1);
  });

  test('can be said in one breath', () => {
    expect(nodeName(view(), firstLeaf + 1)).toBe('Leaf 2 of 4, reward 0.20, advantage −0.39');
  });
});

test('nodes are called by their place', () => {
  const flat = new TreeIndex({ ...view().tree.shape, roots: 3, branchingFactor: 1 });
  expect(nodeTitle(new TreeIndex(view().tree.shape), 0)).toBe('Root');
  expect(nodeTitle(flat, 1)).toBe('Initial latent 2 of 3');
  expect(nodeTitle(flat, flat.offsets[2])).toBe('Node 1 of 3 at depth 2');
});
