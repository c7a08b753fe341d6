/**
 * What there is to say about one node: its figures, and the formulas of its step, its fused reward and its advantage
 * filled with its own numbers. Symbols as in docs/methods.md §2.1 and §4.3–4.4; the numbers are the journal's, the sums
 * beside them are taken here again from the same arrays.
 */
import { say } from '../../content/page';
import { holdsAllSteps } from '../../config/plan';
import { smallestSpread } from '../../core/credit';
import { heldNode } from '../../core/updateBatch';
import { formatNumber, formatSigned, formatVector } from '../view/format';
import { latentOf, leavesBelow } from '../view/runView';
import type { RunView } from '../view/runView';

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface Formula {
  readonly title: string;
  /** In symbols, then with numbers. */
  readonly symbols: string;
  readonly numbers: readonly string[];
  /** What it means, in a sentence. */
  readonly meaning: string;
}

export function nodeFacts(view: RunView, node: number): Fact[] {
  const { tree, steps, grown, scored, fused, normalised, pruned } = view;
  const depth = tree.depthOf(node);
  const sigma = depth === 0 ? steps[0].sigma : steps[depth - 1].sigmaNext;
  const facts: Fact[] = [
    { name: say('fact.depth'), value: say('fact.depthOf', { depth, steps: tree.shape.steps }) },
    { name: say('fact.sigma'), value: formatNumber(sigma) },
  ];
  const latent = latentOf(view, node);
  if (latent) facts.push({ name: say('fact.latent'), value: formatVector(latent) });
  if (grown && depth > 0 && steps[depth - 1].std > 0) {
    facts.push({ name: say('fact.logProb'), value: formatNumber(grown.logProbs[node]) });
  }
  if (depth < tree.shape.steps) {
    const { count } = leavesBelow(tree, node);
    facts.push({ name: say('fact.leaves'), value: String(count) });
  }
  if (fused) {
    facts.push({
      name: say(depth === tree.shape.steps ? 'fact.reward' : 'fact.fusedReward'),
      value: formatNumber(fused.fusedRewards[node], 3),
    });
  } else if (scored && depth === tree.shape.steps) {
    const { first } = leavesBelow(tree, node);
    facts.push({ name: say('fact.reward'), value: formatNumber(scored.rewards[first], 3) });
  }
  if (normalised && depth > 0) {
    facts.push({ name: say('fact.advantage'), value: formatSigned(normalised.advantages[node]) });
  }
  if (pruned && depth > 0) {
    facts.push({ name: say('fact.trained'), value: trainedText(view, node, depth) });
  }
  return facts;
}

function trainedText(view: RunView, node: number, depth: number): string {
  const { pruned, steps, normalised } = view;
  if (pruned?.kept[node]) return say('fact.trained.yes');
  if (steps[depth - 1].std === 0) {
    return say(isHeld(view, node, depth) ? 'fact.trained.held' : 'fact.trained.ode');
  }
  return say(normalised?.advantages[node] === 0 ? 'fact.trained.zero' : 'fact.trained.pruned');
}

/** Whether the deterministic step into `node` is one that the next update holds to the reference. */
function isHeld({ run, tree, steps, iteration }: RunView, node: number, depth: number): boolean {
  if (!holdsAllSteps(run.settings) || steps[depth - 1].klFactor === 0) return false;
  const parent = tree.parentOf(node);
  const own = tree.treeOf(parent);
  const { first, count } = tree.range(own, depth - 1);
  return parent - first === heldNode(iteration, own, count);
}

export function nodeFormulas(view: RunView, node: number): Formula[] {
  const formulas = [
    advantageFormula(view, node),
    fusionFormula(view, node),
    stepFormula(view, node),
  ];
  return formulas.filter((formula) => formula !== null);
}

/** x′ = c_x·x + c_v·v + std·z, and how long the drawn noise was, from log p = −½|z|² − D·ln std − ½D·ln 2π. */
function stepFormula(view: RunView, node: number): Formula | null {
  const { tree, steps, grown, dimensions, run } = view;
  const depth = tree.depthOf(node);
  const latent = latentOf(view, node);
  const parent = depth === 0 ? null : latentOf(view, tree.parentOf(node));
  if (!grown || !latent || !parent) return null;
  const { cx, cv, std, sigma, sigmaNext } = steps[depth - 1];
  const terms = `${formatNumber(cx, 3)}·x ${cv < 0 ? '−' : '+'} ${formatNumber(Math.abs(cv), 3)}·v`;
  const way = `x ${formatVector(parent)} → x′ ${formatVector(latent)}`;
  const levels = `σ ${formatNumber(sigma)} → ${formatNumber(sigmaNext)}`;
  if (std === 0) {
    const velocity = latent.map((value, i) => (value - cx * parent[i]) / cv);
    return {
      title: say('formula.ode', { step: depth }),
      symbols: 'x′ = x − h·v',
      numbers: [`x′ = ${terms}`, way, `v = ${formatVector(velocity)}`],
      meaning: say('formula.ode.meaning', { levels }),
    };
  }
  const logProb =
    grown.logProbs[node] * (run.settings.logProbReduction === 'mean' ? dimensions : 1);
  const squared = -2 * (logProb + dimensions * (Math.log(std) + 0.5 * Math.log(2 * Math.PI)));
  return {
    title: say('formula.sde', { step: depth }),
    symbols: 'x′ = c_x·x + c_v·v + std·z',
    numbers: [
      `x′ = ${terms} + ${formatNumber(std, 3)}·z`,
      way,
      say('formula.sde.noise', {
        length: formatNumber(Math.sqrt(Math.max(0, squared))),
        logProb: formatNumber(grown.logProbs[node]),
      }),
    ],
    meaning: say('formula.sde.meaning', { levels }),
  };
}

/** How many leaf rewards are written out. */
const mostTerms = 4;

function fusionFormula(view: RunView, node: number): Formula | null {
  const { tree, scored, fused, run } = view;
  const depth = tree.depthOf(node);
  if (!scored || !fused || depth === tree.shape.steps) return null;
  const { first, count } = leavesBelow(tree, node);
  const below = Array.from(scored.rewards.subarray(first, first + count));
  const shown = below.slice(0, mostTerms).map((reward) => formatNumber(reward));
  const more = count > mostTerms ? ' + …' : '';
  const value = formatNumber(fused.fusedRewards[node], 3);
  if (run.settings.fusion === 'uniform') {
    const numbers =
      count === 1
        ? [`r̄ = ${value}`]
        : [`r̄ = (${shown.join(' + ')}${more}) / ${count}`, `  = ${value}`];
    return {
      title: say('formula.fused'),
      symbols: say('formula.fused.mean'),
      numbers,
      meaning: count === 1 ? say('formula.fused.oneLeaf') : '',
    };
  }
  const sharpness = formatNumber(run.settings.fusionSharpness);
  const mean = formatNumber(below.reduce((a, b) => a + b, 0) / count, 3);
  return {
    title: say('formula.fused'),
    symbols: say('formula.fused.weighted'),
    numbers: [
      say('formula.fused.rewards', {
        rewards: `${shown.join(', ')}${count > mostTerms ? ', …' : ''}`,
      }),
      `r̄ = ${value}`,
    ],
    meaning: say('formula.fused.likelier', { sharpness, mean }),
  };
}

function advantageFormula(view: RunView, node: number): Formula | null {
  const { tree, fused, normalised, run } = view;
  const depth = tree.depthOf(node);
  if (!fused || !normalised || depth === 0) return null;
  const { advantage, advantageScope, advantageBound } = run.settings;
  const among = say(advantageScope === 'tree' ? 'formula.thisTree' : 'formula.allTrees');
  const value = normalised.advantages[node];
  if (advantage === 'group' && depth < tree.shape.steps) {
    return {
      title: say('formula.advantage'),
      symbols: say('formula.advantage.mean'),
      numbers: [`A = ${formatSigned(value)}`],
      meaning: say('formula.advantage.inner', { among }),
    };
  }
  const { mean, std, count } = spread(view, depth, tree.treeOf(node));
  const reward = fused.fusedRewards[node];
  const who =
    depth === tree.shape.steps ? say('formula.leaves') : say('formula.nodesAt', { depth });
  if (std < smallestSpread) {
    return {
      title: say('formula.advantage'),
      symbols: say('formula.advantage.spread'),
      numbers: ['A = 0'],
      meaning:
        count === 1
          ? say('formula.advantage.alone')
          : say('formula.advantage.same', { count, who, among }),
    };
  }
  const raw = (reward - mean) / std;
  // As many digits as the reader needs to get the same advantage.
  const digits = Math.min(7, Math.max(3, 2 - Math.floor(Math.log10(std))));
  const bounded = Math.abs(raw) > advantageBound;
  const held = say('formula.advantage.bounded', {
    value: formatSigned(value),
    bound: formatNumber(advantageBound),
  });
  return {
    title: say('formula.advantage'),
    symbols: say('formula.advantage.spread'),
    numbers: [
      `A = (${formatNumber(reward, digits)} − ${formatNumber(mean, digits)}) / ${formatNumber(std, digits)}`,
      `  = ${bounded ? held : formatSigned(value)}`,
    ],
    meaning: say('formula.advantage.among', { count, who, among }),
  };
}

/** Mean and unbiased standard deviation of the fused rewards that a node is compared with. */
function spread(
  { tree, fused, run }: RunView,
  depth: number,
  group: number,
): { mean: number; std: number; count: number } {
  const whole = run.settings.advantageScope === 'batch';
  const from = whole ? tree.offsets[depth] : tree.range(group, depth).first;
  const count = whole ? tree.offsets[depth + 1] - tree.offsets[depth] : tree.widths[depth];
  const values = fused ? Array.from(fused.fusedRewards.subarray(from, from + count)) : [];
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count };
}
