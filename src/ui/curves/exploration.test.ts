import { describe, expect, it } from 'vitest';
import { iterationPlan, plannedSteps } from '../../config/plan';
import { resolveSettings } from '../../config/resolve';
import { TreeIndex } from '../../core/tree';
import { profileBars, profileSentence } from './exploration';

const settings = resolveSettings('sprites', 'branch-grpo', { steps: 6, splitSteps: [0, 1] });
const plan = iterationPlan(settings, 0);
const view = { tree: new TreeIndex(plan.shape), steps: plannedSteps(settings, plan) };

const profile = (...spreads: number[]) =>
  spreads.map((spread, step) => ({ step, spread, sigma: 1 - step / 6, byTask: {} }));

describe('the exploration profile', () => {
  it('is drawn beside the steps at which the run splits and has noise', () => {
    const bars = profileBars(profile(0.3, 0.3, 0.2, 0.1, 0), view);
    expect(bars.map(({ splits }) => splits > 1)).toEqual([true, true, false, false, false]);
    expect(bars.map(({ stochastic }) => stochastic)).toEqual([true, true, false, false, false]);
  });

  it('is told as the share of the spread that the run explores, and where nine tenths of it lie', () => {
    const sentence = profileSentence(profileBars(profile(0.3, 0.3, 0.2, 0.15, 0.05), view));
    expect(sentence).toContain('explores at steps 0 and 1, which hold 60 %');
    expect(sentence).toContain('nine tenths lie in steps 0 to 3');
  });

  it('says so where noise changes nothing', () => {
    expect(profileSentence(profileBars(profile(0, 0, 0), view))).toMatch(/^No step’s noise/);
  });
});
