/**
 * What there is to say about one node: its figures, and the formulas of its step, its fused reward and its advantage
 * filled with its own numbers. Symbols as in docs/methods.md §2.1 and §4.3–4.4; the numbers are the journal's, the sums
 * beside them are taken here again from the same arrays.
 */
import { holdsAllSteps } from '../../config/plan';
import { smallestSpread } from '../../core/credit';
import { heldNode } from '../../core/updateBatch';
import { formatNumber, formatSigned, formatVector } from '../view/format';
import { valueName } from '../view/nodeName';
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
    { name: 'Depth', value: `${depth} of ${tree.shape.steps}` },
    { name: 'Noise level σ', value: formatNumber(sigma) },
  ];
  const latent = latentOf(view, node);
  if (latent) facts.push({ name: 'Latent x', value: formatVector(latent) });
  if (grown && depth > 0 && steps[depth - 1].std > 0) {
    facts.push({ name: 'Log-prob of its step', value: formatNumber(grown.logProbs[node]) });
  }
  if (depth < tree.shape.steps) {
    const { count } = leavesBelow(tree, node);
    facts.push({ name: 'Leaves below', value: String(count) });
  }
  if (fused) {
    const name = valueName(tree, node);
    facts.push({
      name: name[0].toUpperCase() + name.slice(1),
      value: formatNumber(fused.fusedRewards[node], 3),
    });
  } else if (scored && depth === tree.shape.steps) {
    const { first } = leavesBelow(tree, node);
    facts.push({ name: 'Reward', value: formatNumber(scored.rewards[first], 3) });
  }
  if (normalised && depth > 0) {
    facts.push({ name: 'Advantage', value: formatSigned(normalised.advantages[node]) });
  }
  if (pruned && depth > 0) {
    facts.push({ name: 'Its edge is trained', value: trainedText(view, node, depth) });
  }
  return facts;
}

function trainedText(view: RunView, node: number, depth: number): string {
  const { pruned, steps, normalised } = view;
  if (pruned?.kept[node]) return 'yes';
  if (steps[depth - 1].std === 0) {
    const held = isHeld(view, node, depth) ? ', but it is held to the reference' : '';
    return `no: an ODE step has no log-prob${held}`;
  }
  return normalised?.advantages[node] === 0 ? 'no: its advantage is 0' : 'no: pruned';
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
      title: `Step ${depth}: ODE`,
      symbols: 'x′ = x − h·v',
      numbers: [`x′ = ${terms}`, way, `v = ${formatVector(velocity)}`],
      meaning: `${levels} without noise, so there is nothing to make likelier.`,
    };
  }
  const logProb =
    grown.logProbs[node] * (run.settings.logProbReduction === 'mean' ? dimensions : 1);
  const squared = -2 * (logProb + dimensions * (Math.log(std) + 0.5 * Math.log(2 * Math.PI)));
  return {
    title: `Step ${depth}: SDE`,
    symbols: 'x′ = c_x·x + c_v·v + std·z',
    numbers: [
      `x′ = ${terms} + ${formatNumber(std, 3)}·z`,
      way,
      `|z| = ${formatNumber(Math.sqrt(Math.max(0, squared)))}, from log p = ${formatNumber(grown.logProbs[node])}`,
    ],
    meaning: `${levels}; v is the policy’s, z the noise that was drawn.`,
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
      title: 'Fused reward',
      symbols: 'r̄ = mean of the leaves’ rewards below',
      numbers,
      meaning: count === 1 ? 'One leaf is below, so its reward is the value here.' : '',
    };
  }
  const sharpness = formatNumber(run.settings.fusionSharpness);
  return {
    title: 'Fused reward',
    symbols: 'r̄ = Σ w·r,  w ∝ exp(β_f·log p of the path)',
    numbers: [`rewards ${shown.join(', ')}${count > mostTerms ? ', …' : ''}`, `r̄ = ${value}`],
    meaning: `Leaves on likelier paths count more (β_f = ${sharpness}); their plain mean is ${formatNumber(below.reduce((a, b) => a + b, 0) / count, 3)}.`,
  };
}

function advantageFormula(view: RunView, node: number): Formula | null {
  const { tree, fused, normalised, run } = view;
  const depth = tree.depthOf(node);
  if (!fused || !normalised || depth === 0) return null;
  const { advantage, advantageScope, advantageBound } = run.settings;
  const among = advantageScope === 'tree' ? 'this tree' : 'all trees';
  const value = normalised.advantages[node];
  if (advantage === 'group' && depth < tree.shape.steps) {
    return {
      title: 'Advantage',
      symbols: 'A = mean of the leaves’ advantages below',
      numbers: [`A = ${formatSigned(value)}`],
      meaning: `Leaf rewards were normalised over ${among} once; inner nodes take the mean.`,
    };
  }
  const { mean, std, count } = spread(view, depth, tree.treeOf(node));
  const reward = fused.fusedRewards[node];
  const who = depth === tree.shape.steps ? 'leaves' : `nodes at depth ${depth}`;
  if (std < smallestSpread) {
    return {
      title: 'Advantage',
      symbols: 'A = (r̄ − mean) / std',
      numbers: ['A = 0'],
      meaning:
        count === 1
          ? 'There is no other node to compare with.'
          : `The ${count} ${who} of ${among} are worth the same.`,
    };
  }
  const raw = (reward - mean) / std;
  // As many digits as the reader needs to get the same advantage.
  const digits = Math.min(7, Math.max(3, 2 - Math.floor(Math.log10(std))));
  const bounded = Math.abs(raw) > advantageBound;
  return {
    title: 'Advantage',
    symbols: 'A = (r̄ − mean) / std',
    numbers: [
      `A = (${formatNumber(reward, digits)} − ${formatNumber(mean, digits)}) / ${formatNumber(std, digits)}`,
      `  = ${formatSigned(value)}${bounded ? `, held at ±${formatNumber(advantageBound)}` : ''}`,
    ],
    meaning: `Mean and spread of the ${count} ${who} of ${among}.`,
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
