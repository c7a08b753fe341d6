/** Samples of the current policy for prompts that someone asks beside the run: no part of training or evaluation. */
import type { Settings } from '../config/properties';
import { EspalierError } from '../core/errors';
import { streams } from '../core/streams';
import type { Engine } from '../engine/engine';
import type { Prompt, Scene } from '../scenes/scene';
import { odeSamples } from './evaluation';

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
  if (!scene.prompts || prompts.length < 1 || prompts.length > mostPrompts) {
    throw new EspalierError('bad-prompt', 'promptsNotAsked', { most: mostPrompts });
  }
  return odeSamples(engine, scene, {
    seed,
    stream: streams.besideRun,
    count: prompts.length,
    steps: evaluationSteps,
    shift,
    prompts,
  });
}
