/**
 * Samples of a policy and what they are worth. A run's own evaluation, prompts asked beside it, the profile of
 * exploration and repeated measurements differ in seed, stream and prompts alone; they sample and judge through here.
 */
import type { Settings } from '../config/properties';
import { EspalierError } from '../core/errors';
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import type { Stream } from '../core/streams';
import type { Engine } from '../engine/engine';
import { sampleKeys } from '../kernels/noise/noise.twin';
import { sampleSize } from '../scenes/scene';
import type { Landscape, Prompt, Reward, RewardContext, Scene } from '../scenes/scene';

/** The landscape where none was painted. */
export const emptyLandscape = (): Landscape => ({
  size: 1,
  extent: 1,
  values: new Float32Array(1),
});

/** Conditions [prompts, …], or null in a scene without prompts. */
export function conditionsOf(
  { prompts: space }: Scene,
  prompts: readonly Prompt[] | null,
): Float32Array | null {
  if (!space || !prompts) return null;
  const conditions = new Float32Array(prompts.length * space.conditionSize);
  prompts.forEach((prompt, i) => space.encode(prompt, conditions, i * space.conditionSize));
  return conditions;
}

export interface OdeSampling {
  readonly seed: number;
  readonly stream: Stream;
  readonly count: number;
  readonly steps: number;
  readonly shift: number;
  /** One per sample, or null in a scene without prompts. */
  readonly prompts: readonly Prompt[] | null;
}

/** Deterministic samples of the engine's policy [count, D]; noise alone depends on seed and stream. */
export function odeSamples(
  engine: Engine,
  scene: Scene,
  { seed, stream, count, steps, shift, prompts }: OdeSampling,
): Promise<Float32Array> {
  return engine.sample({
    keys: sampleKeys(seed, stream, count),
    steps: samplerSteps('ode', 0, sigmaSchedule(steps, shift), () => false),
    conditions: conditionsOf(scene, prompts),
  });
}

/** The reward that settings name. @throws EspalierError 'bad-setting' */
export function rewardOf({ name: scene, rewards }: Scene, { reward: name }: Settings): Reward {
  const reward = rewards.find((one) => one.name === name);
  if (reward) return reward;
  const valid = rewards.map((one) => one.name).join(', ');
  throw new EspalierError('bad-setting', 'noReward', { scene, reward: name, valid });
}

/** Rewards of samples [count, D], one each; not looked at for being finite. */
export function rewardsOf(
  scene: Scene,
  reward: Reward,
  samples: Float32Array,
  context: RewardContext,
): Float32Array {
  const rewards = new Float32Array(samples.length / sampleSize(scene));
  reward.score(samples, rewards, context);
  return rewards;
}

/** Mean reward and metrics of samples, `data` being what metrics compare with. */
export function judge(
  scene: Scene,
  reward: Reward,
  samples: Float32Array,
  { data, ...context }: RewardContext & { readonly data: Float32Array },
): { reward: number; metrics: Record<string, number> } {
  const rewards = rewardsOf(scene, reward, samples, context);
  const measured = scene.metrics.map(({ name, measure }): [string, number] => [
    name,
    measure(samples, data, context.prompts),
  ]);
  const mean = rewards.reduce((sum, r) => sum + r, 0) / rewards.length;
  return { reward: mean, metrics: Object.fromEntries(measured) };
}

/** Each prompt for every one of its tree's leaves, in their order. */
export const promptsOfLeaves = (
  prompts: readonly Prompt[] | null,
  leavesPerTree: number,
): readonly Prompt[] | null =>
  prompts?.flatMap((prompt) => Array<Prompt>(leavesPerTree).fill(prompt)) ?? null;
