/** What the manifest says of a picture policy: how well it obeys prompts that were held out, and what it cost. */
import { Network } from '../engine/network';
import type { NetworkOptions } from '../engine/network';
import { flops } from '../onnx/passes/flops';
import { loadPolicy } from '../onnx/policy';
import { findScene } from '../scenes';
import type { GuidedScore, MeasuredPicture } from '../scenes/manifest';
import type { Prompt, PromptSpace } from '../scenes/scene';
import type { PictureRecipe } from './pictureRecipes';
import { meanOf, samplesFor, scoresOf, shuffledSlots } from './pictureScore';
import type { Sampler } from './pictureScore';

const STEP_COUNTS = [4, 6, 10, 20, 40] as const;
const MOST_STEPS = 40;

/** Seeds of prompts and noise; every policy is measured on the same ones. */
const PROMPT_SEED = 0x5c07e;
const NOISE_SEED = 0x5c07f;

/** Weight of classifier-free guidance that does most for these policies (docs/scenes.md §3.4). */
const GUIDANCE = 2;

export interface MeasureOptions {
  readonly engine: NetworkOptions;
  /** Samples in all; prompts come in pairs, as in the scene's evaluation. */
  readonly count: number;
  readonly trainingFlops: number;
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/** Measures the policy in `bytes` as it stands in the file. */
export async function measurePicture(
  recipe: PictureRecipe,
  bytes: Uint8Array,
  { engine, count, trainingFlops }: MeasureOptions,
): Promise<MeasuredPicture> {
  const model = loadPolicy(bytes);
  const network = await Network.create(model, engine);
  const sampler: Sampler = { network, weights: model.initialWeights };
  const space = findScene(recipe.scene).prompts!;
  const heldOut = space.evaluation(count, PROMPT_SEED);
  const seen = space.draw(count, PROMPT_SEED, 0);
  const draw = (prompts: readonly Prompt[], steps: number): Promise<Float32Array> =>
    samplesFor(recipe, sampler, prompts, { steps, seed: NOISE_SEED });
  const scoreAtSteps: Record<string, number> = {};
  let scores: number[] = [];
  let samples: Float32Array = new Float32Array();
  for (const steps of STEP_COUNTS) {
    samples = await draw(heldOut, steps);
    scores = scoresOf(recipe, samples, heldOut);
    scoreAtSteps[steps] = rounded(meanOf(scores));
  }
  const seenScores = byTask(space, seen, scoresOf(recipe, await draw(seen, MOST_STEPS), seen));
  const slots = shuffledSlots(recipe, samples, heldOut, PROMPT_SEED);
  await network.destroy();
  return {
    samples: count,
    flopsPerForward: flops(model.forward),
    trainingFlops,
    scoreAtSteps,
    heldOutScore: scoreAtSteps[MOST_STEPS],
    seenScore: rounded(meanOf(seenScores.map(([, score]) => score))),
    tasks: roundedByTask(space, heldOut, scores),
    shuffledSlots: slots.map(({ asked, shuffled }, slot) => ({
      slot: recipe.slotNames[slot],
      asked: rounded(asked),
      shuffled: rounded(shuffled),
    })),
  };
}

/** What classifier-free guidance, for twice the evaluations, makes of the policy in `bytes` without any RL. */
export async function measureGuided(
  recipe: PictureRecipe,
  bytes: Uint8Array,
  { engine, count }: Pick<MeasureOptions, 'engine' | 'count'>,
): Promise<GuidedScore> {
  const model = loadPolicy(bytes);
  const network = await Network.create(model, engine);
  const space = findScene(recipe.scene).prompts!;
  const prompts = space.evaluation(count, PROMPT_SEED);
  const options = { steps: MOST_STEPS, seed: NOISE_SEED, guidance: GUIDANCE };
  const sampler = { network, weights: model.initialWeights };
  const samples = await samplesFor(recipe, sampler, prompts, options);
  await network.destroy();
  const scores = scoresOf(recipe, samples, prompts);
  return {
    weight: GUIDANCE,
    score: rounded(meanOf(scores)),
    tasks: roundedByTask(space, prompts, scores),
  };
}

/** Mean score of every task. */
const byTask = (
  space: PromptSpace,
  prompts: readonly Prompt[],
  scores: readonly number[],
): [string, number][] =>
  space.tasks.map((task) => [
    task,
    meanOf(scores.filter((_, i) => space.taskOf(prompts[i]) === task)),
  ]);

const roundedByTask = (...of: Parameters<typeof byTask>): Record<string, number> =>
  Object.fromEntries(byTask(...of).map(([task, score]) => [task, rounded(score)]));
