/** Samples of the current policy for prompts that someone asks beside the run: no part of training or evaluation. */
import type { Settings } from '../config/properties';
import { EspalierError } from '../core/errors';
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import type { Engine } from '../engine/engine';
import { sampleKeys } from '../kernels/noise/noise.twin';
import type { Prompt, Scene } from '../scenes/scene';

/** Keeps this noise apart from that of rollouts and evaluations. */
const askedStream = 2;

/** Most prompts at a time. */
export const mostPrompts = 64;

/**
 * One sample per prompt [prompts, D], in the sampler steps of an evaluation. The i-th one has the same noise each time,
 * so samples of two policies can be compared.
 * @throws EspalierError 'bad-prompt'
 */
export async function samplePrompts(
  engine: Engine,
  scene: Scene,
  { seed, evaluationSteps, shift }: Settings,
  prompts: readonly Prompt[],
): Promise<Float32Array> {
  const space = scene.prompts;
  if (!space || prompts.length < 1 || prompts.length > mostPrompts) {
    throw new EspalierError('bad-prompt', 'promptsNotAsked', { most: mostPrompts });
  }
  const conditions = new Float32Array(prompts.length * space.conditionSize);
  prompts.forEach((prompt, i) => space.encode(prompt, conditions, i * space.conditionSize));
  return engine.sample({
    keys: sampleKeys(seed, askedStream, prompts.length),
    steps: samplerSteps('ode', 0, sigmaSchedule(evaluationSteps, shift), () => false),
    conditions,
  });
}
