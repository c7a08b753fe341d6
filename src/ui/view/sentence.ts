/** One plain sentence that says what just happened, with this run's numbers. */
import { say } from '../../content/page';
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
      return scoreSentence(view);
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
  return say('told.iteration', {
    iteration: formatCount(iteration + 1),
    iterations: formatCount(run.settings.iterations),
    time: formatMilliseconds(total),
    mean: formatFixed(scored.mean),
    best: formatFixed(scored.best),
  });
}

function scoreSentence({ scored }: RunView): string {
  if (!scored) return '';
  return say('told.scored', {
    leaves: counted(scored.rewards.length, 'leaves'),
    mean: formatFixed(scored.mean),
    best: formatFixed(scored.best),
    worst: formatFixed(scored.worst),
  });
}

function startSentence({ run, iteration, evaluation }: RunView): string {
  const weights = formatCount(run.model.parameters);
  if (evaluation && evaluation.iteration > iteration) {
    const iterations = counted(evaluation.iteration, 'iterations');
    const reward = formatFixed(evaluation.reward);
    return say('told.policyAfter', { iterations, weights, reward });
  }
  return iteration === 0
    ? say('told.reference', { weights })
    : say('told.goesOn', { iteration: formatCount(iteration), weights });
}

function rolloutSentence({ grown, tree }: RunView): string {
  if (!grown) return '';
  const { trees } = tree.shape;
  const leaves = leafCount(tree.shape);
  const perLeaf = formatNumber(grown.forwardEvaluations / leaves, 1);
  return say('told.grown', {
    trees: counted(trees, 'trees'),
    leaves: counted(leaves / trees, 'leaves'),
    evaluations: formatCount(grown.forwardEvaluations),
    perLeaf,
  });
}

function fuseSentence({ fused, tree }: RunView): string {
  if (!fused) return '';
  const { trees, roots } = tree.shape;
  const values = Array.from({ length: trees }, (_, t) => {
    const own = fused.fusedRewards.subarray(t * roots, (t + 1) * roots);
    return own.reduce((sum, value) => sum + value, 0) / roots;
  });
  if (trees === 1) return say('told.root', { value: formatFixed(values[0]) });
  return say('told.roots', {
    best: formatFixed(Math.max(...values)),
    worst: formatFixed(Math.min(...values)),
  });
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
  if (up + down === 0) return say('told.alike');
  return say('told.advantages', {
    least: formatSigned(least),
    most: formatSigned(most),
    up: formatCount(up),
    down: formatCount(down),
  });
}

function pruneSentence({ pruned }: RunView): string {
  if (!pruned) return '';
  const rest = pruned.edges - pruned.keptEdges;
  const [kept, edges] = [pruned.keptEdges, pruned.edges].map(formatCount);
  return rest === 0
    ? say('told.allKept', { kept, edges })
    : say('told.kept', { kept, edges, rest: formatCount(rest) });
}

function updateSentence({ updated }: RunView): string {
  if (!updated) return '';
  const { updates } = updated;
  if (updates.length === 0) return say('told.noUpdate');
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const norm = formatNumber(mean(updates.map((u) => u.gradientNorm)));
  const clipped = formatShare(mean(updates.map((u) => u.clipFraction)));
  const told = { updates: counted(updates.length, 'updates'), norm, clipped };
  const references = updates.flatMap(({ referenceLoss }) => referenceLoss ?? []);
  return references.length === 0
    ? say('told.updatedFreely', told)
    : say('told.updated', { ...told, reference: formatNumber(mean(references), 3) });
}
