/**
 * Where exploration pays: the spread of the reward among samples that share everything but the noise of one step
 * (docs/methods.md §4.7). For step i, every prompt grows a tree that is deterministic but for step i, at which it
 * splits;
 *
 *   spread(i) = mean over prompts of the standard deviation of the reward among the tree's leaves.
 *
 * Steps with a large spread are worth splitting and training at; where it is near zero, noise teaches nothing.
 */
import type { Settings } from '../config/properties';
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import { leafCount } from '../core/tree';
import type { TreeShape } from '../core/tree';
import type { Engine } from '../engine/engine';
import { forestKeys } from '../kernels/noise/noise.twin';
import { sampleSize } from '../scenes/scene';
import type { Landscape, Prompt, Scene } from '../scenes/scene';
import { conditionsOf, emptyLandscape, promptsOfLeaves, rewardOf, rewardsOf } from './evaluation';

export interface ProfileOptions {
  readonly scene: Scene;
  /** Sampler, noise, shift, steps, seed and reward are read from here. */
  readonly settings: Settings;
  readonly engine: Engine;
  /** Trees per step. */
  readonly prompts: number;
  /** Leaves per tree, at least 2. */
  readonly leaves: number;
  readonly landscape?: Landscape | null;
  /** Told before each step. */
  readonly onStep?: (step: number, steps: number) => void;
}

export interface ProfileStep {
  readonly step: number;
  readonly sigma: number;
  /** Mean standard deviation of the reward within a tree. */
  readonly spread: number;
  /** The same by task; empty in a scene without prompts. */
  readonly byTask: Readonly<Record<string, number>>;
}

/** The profile of every step but the last, which is never stochastic. */
export async function explorationProfile(options: ProfileOptions): Promise<ProfileStep[]> {
  const { scene, settings } = options;
  const prompts = scene.prompts?.draw(options.prompts, settings.seed, 0) ?? null;
  const profile: ProfileStep[] = [];
  for (let step = 0; step < settings.steps - 1; step++) {
    options.onStep?.(step, settings.steps - 1);
    const spreads = await spreadsAt(step, prompts, options);
    const byTask = scene.prompts?.tasks.map((task): [string, number] => {
      const own = spreads.filter((_, i) => scene.prompts.taskOf(prompts![i]) === task);
      return [task, mean(own)];
    });
    const sigma = sigmaSchedule(settings.steps, settings.shift)[step];
    profile.push({ step, sigma, spread: mean(spreads), byTask: Object.fromEntries(byTask ?? []) });
  }
  return profile;
}

/** Spread of the reward in every tree when only `step` is stochastic. */
async function spreadsAt(
  step: number,
  prompts: readonly Prompt[] | null,
  { scene, settings, engine, prompts: trees, leaves, landscape }: ProfileOptions,
): Promise<number[]> {
  const { steps, seed, sampler, noise, shift, branchIndependence, logProbReduction } = settings;
  const shape: TreeShape = {
    trees,
    roots: 1,
    branchingFactor: leaves,
    splitSteps: [step],
    steps,
  };
  const { latents } = await engine.rollout({
    shape,
    steps: samplerSteps(sampler, noise, sigmaSchedule(steps, shift), (at) => at === step),
    nodeKeys: forestKeys(shape, seed, 0),
    branchIndependence,
    reduction: logProbReduction,
    conditions: conditionsOf(scene, prompts),
    watched: false,
  });
  const samples = latents.subarray(latents.length - leafCount(shape) * sampleSize(scene));
  const context = {
    landscape: landscape ?? emptyLandscape(),
    prompts: promptsOfLeaves(prompts, leaves),
  };
  const rewards = rewardsOf(scene, rewardOf(scene, settings), samples, context);
  return Array.from({ length: trees }, (_, tree) =>
    deviation(rewards.subarray(tree * leaves, (tree + 1) * leaves)),
  );
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Unbiased standard deviation. */
function deviation(values: Float32Array): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0);
  return Math.sqrt(squares / (values.length - 1));
}
