/** What the manifest says of a picture policy: how well it obeys prompts that were held out, and what it cost. */
import { Network } from '../engine/network';
import type { NetworkOptions } from '../engine/network';
import { flops } from '../onnx/flops';
import { loadPolicy } from '../onnx/policy';
import { findScene } from '../scenes';
import type { MeasuredPicture } from '../scenes/manifest';
import type { Prompt } from '../scenes/scene';
import type { PictureRecipe } from './pictureRecipes';
import { meanOf, samplesFor, scoresOf, shuffledSlots } from './pictureScore';
import type { Sampler } from './pictureScore';

const STEP_COUNTS = [4, 6, 10, 20, 40] as const;
const MOST_STEPS = 40;

/** Seeds of prompts and noise; every policy is measured on the same ones. */
const PROMPT_SEED = 0x5c07e;
const NOISE_SEED = 0x5c07f;

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
  const byTask = (prompts: readonly Prompt[], of: readonly number[]): [string, number][] =>
    space.tasks.map((task) => [
      task,
      meanOf(of.filter((_, i) => space.taskOf(prompts[i]) === task)),
    ]);
  const seenScores = byTask(seen, scoresOf(recipe, await draw(seen, MOST_STEPS), seen));
  const slots = shuffledSlots(recipe, samples, heldOut, PROMPT_SEED);
  await network.destroy();
  return {
    samples: count,
    flopsPerForward: flops(model.forward),
    trainingFlops,
    scoreAtSteps,
    heldOutScore: scoreAtSteps[MOST_STEPS],
    seenScore: rounded(meanOf(seenScores.map(([, score]) => score))),
    tasks: Object.fromEntries(
      byTask(heldOut, scores).map(([task, score]) => [task, rounded(score)]),
    ),
    shuffledSlots: slots.map(({ asked, shuffled }, slot) => ({
      slot: recipe.slotNames[slot],
      asked: rounded(asked),
      shuffled: rounded(shuffled),
    })),
  };
}
