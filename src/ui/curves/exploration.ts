/**
 * The exploration profile as it is drawn and told: how far apart rewards fall when only one step has noise, beside the
 * steps at which the run splits and explores. It explains where to branch.
 */
import { say } from '../../content/page';
import type { ProfileStep } from '../../session/protocol';
import { childrenAt } from '../../core/tree';
import { formatShare } from '../view/format';
import type { RunView } from '../view/runView';

export interface ProfileBar extends ProfileStep {
  /** Children of a node here; 1 where the tree does not split. */
  readonly splits: number;
  /** Whether the run has noise at this step, and so trains it. */
  readonly stochastic: boolean;
}

export const profileBars = (
  profile: readonly ProfileStep[],
  { tree, steps }: Pick<RunView, 'tree' | 'steps'>,
) =>
  profile.map((step): ProfileBar => ({
    ...step,
    splits: childrenAt(tree.shape, step.step),
    stochastic: steps[step.step].std > 0,
  }));

const sum = (bars: readonly ProfileBar[]): number =>
  bars.reduce((total, { spread }) => total + spread, 0);

/** "steps 0 to 3", "steps 0, 2 and 4", "step 1", "no step"; numbered as in the setting of the split steps. */
function stepNames(bars: readonly ProfileBar[]): string {
  const numbers = bars.map(({ step }) => step);
  if (numbers.length === 0) return say('exploration.noStep');
  const [first, last] = [numbers[0], numbers[numbers.length - 1]];
  if (first === last) return say('exploration.oneStep', { step: first });
  const gapless = last - first === numbers.length - 1;
  if (gapless && numbers.length > 2) return say('exploration.stepRange', { first, last });
  return say('exploration.stepList', { others: numbers.slice(0, -1).join(', '), last });
}

/** What the profile says about the run, in a sentence. */
export function profileSentence(bars: readonly ProfileBar[]): string {
  const whole = sum(bars);
  if (whole === 0) return say('exploration.nothing');
  const noisy = bars.filter(({ stochastic }) => stochastic);
  const share = formatShare(sum(noisy) / whole);
  const half = bars.findIndex((_, i) => sum(bars.slice(0, i + 1)) >= 0.9 * whole);
  return say('exploration.sentence', {
    count: noisy.length,
    noisy: stepNames(noisy),
    share,
    most: stepNames(bars.slice(0, half + 1)),
  });
}
