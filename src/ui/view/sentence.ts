/** One plain sentence that says what just happened, with this run's numbers. */
import { leafCount } from '../../core/tree';
import {
  counted,
  formatCount,
  formatFixed,
  formatMilliseconds,
  formatNumber,
  formatShare,
  formatSigned,
} from './format';
import { phaseMilliseconds } from './runView';
import type { RunView } from './runView';

/** What the phase that the view stands after has done. */
export function phaseSentence(view: RunView): string {
  switch (view.phase) {
    case 'start':
      return startSentence(view);
    case 'rollout':
      return rolloutSentence(view);
    case 'score':
      return view.scored
        ? `${counted(view.scored.rewards.length, 'leaf', 'leaves')} scored: mean ${formatFixed(view.scored.mean)}, best ${formatFixed(view.scored.best)}, worst ${formatFixed(view.scored.worst)}.`
        : '';
    case 'fuse':
      return fuseSentence(view);
    case 'normalise':
      return normaliseSentence(view);
    case 'prune':
      return pruneSentence(view);
    case 'update':
      return updateSentence(view);
  }
}

/** While training runs too fast to follow: the whole iteration at once. */
export function iterationSentence(view: RunView): string {
  const { scored, iteration, run } = view;
  if (!scored) return phaseSentence(view);
  const total = Object.values(phaseMilliseconds(view)).reduce<number>(
    (sum, ms) => sum + (ms ?? 0),
    0,
  );
  return `Iteration ${formatCount(iteration + 1)} of ${formatCount(run.settings.iterations)} took ${formatMilliseconds(total)}: mean reward ${formatFixed(scored.mean)}, best ${formatFixed(scored.best)}.`;
}

function startSentence({ run, iteration, evaluation }: RunView): string {
  const weights = formatCount(run.model.parameters);
  if (evaluation && evaluation.iteration > iteration) {
    const after = counted(evaluation.iteration, 'iteration', 'iterations');
    return `The policy as it was after ${after}: ${weights} weights, samples scored ${formatFixed(evaluation.reward)}.`;
  }
  return iteration === 0
    ? `The policy still is the reference: ${weights} weights, nothing learned yet.`
    : `The policy goes on from iteration ${formatCount(iteration)}: ${weights} weights.`;
}

function rolloutSentence({ grown, tree }: RunView): string {
  if (!grown) return '';
  const { trees } = tree.shape;
  const leaves = leafCount(tree.shape);
  const perLeaf = formatNumber(grown.forwardEvaluations / leaves, 1);
  return `${counted(trees, 'tree', 'trees')} of ${counted(leaves / trees, 'leaf', 'leaves')} grown with ${formatCount(grown.forwardEvaluations)} network evaluations, ${perLeaf} per leaf.`;
}

function fuseSentence({ fused, tree }: RunView): string {
  if (!fused) return '';
  const { trees, roots } = tree.shape;
  const values = Array.from({ length: trees }, (_, t) => {
    const own = fused.fusedRewards.subarray(t * roots, (t + 1) * roots);
    return own.reduce((sum, value) => sum + value, 0) / roots;
  });
  if (trees === 1) return `Rewards climbed to the root, which is worth ${formatFixed(values[0])}.`;
  return `Rewards climbed to the roots: the best group is worth ${formatFixed(Math.max(...values))}, the poorest ${formatFixed(Math.min(...values))}.`;
}

function normaliseSentence({ normalised }: RunView): string {
  if (!normalised) return '';
  let up = 0;
  let down = 0;
  let least = 0;
  let most = 0;
  for (const value of normalised.advantages) {
    if (value > 0) up++;
    if (value < 0) down++;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (up + down === 0)
    return 'All rewards are alike, so every advantage is 0: nothing to learn here.';
  return `Advantages from ${formatSigned(least)} to ${formatSigned(most)}: ${formatCount(up)} edges become likelier, ${formatCount(down)} less likely.`;
}

function pruneSentence({ pruned }: RunView): string {
  if (!pruned) return '';
  const { keptEdges, edges } = pruned;
  const rest = edges - keptEdges;
  const why = rest === 0 ? '' : `; ${formatCount(rest)} rest: ODE steps, or no advantage`;
  return `${formatCount(keptEdges)} of ${formatCount(edges)} edges are trained${why}.`;
}

function updateSentence({ updated }: RunView): string {
  if (!updated) return '';
  const { updates } = updated;
  if (updates.length === 0) return 'No edge had an advantage, so the weights stay as they were.';
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const norm = formatNumber(mean(updates.map((u) => u.gradientNorm)));
  const clipped = formatShare(mean(updates.map((u) => u.clipFraction)));
  const references = updates.flatMap(({ referenceLoss }) => referenceLoss ?? []);
  const reference = references.length === 0 ? '' : `, KL ${formatNumber(mean(references), 3)}`;
  return `${counted(updates.length, 'update', 'updates')} made: gradient norm ${norm}, ${clipped} of the edges clipped${reference}.`;
}
