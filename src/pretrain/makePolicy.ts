/** From a recipe to the bytes of an ONNX file. */
import { Network } from '../engine/network';
import { encodeModel } from '../onnx/format/encode';
import { liftParameters, withWeights } from '../onnx/passes/lift';
import { policyFromGraph } from '../onnx/policy';
import { findScene } from '../scenes';
import { flowBatch } from './flowMatching';
import { pretrain, startTraining, twoPassLearner } from './pretrain';
import type { PretrainOptions } from './pretrain';
import type { Recipe } from './recipes';

export interface MakeOptions {
  readonly seed: number;
  readonly steps: number;
  readonly onStep?: PretrainOptions['onStep'];
}

/** The trained policy as a file. The same options give the same bytes on every machine. */
export async function makePolicy(
  recipe: Recipe,
  { seed, steps, onStep }: MakeOptions,
): Promise<Uint8Array> {
  const scene = findScene(recipe.scene);
  const graph = recipe.build(seed, {
    scene: recipe.scene,
    seed: String(seed),
    steps: String(steps),
    batch: String(recipe.batch),
  });
  const network = await Network.create(policyFromGraph(graph), { provider: 'wasm' });
  const state = startTraining(network.model.initialWeights);
  const draw: PretrainOptions['draw'] = (dataSeed, noiseSeed) =>
    flowBatch(scene.data(recipe.batch, dataSeed), recipe.batch, noiseSeed);
  await pretrain(twoPassLearner(network), state, { ...recipe, seed, steps, draw, onStep });
  await network.destroy();
  return encodeModel(withWeights(liftParameters(graph), state.average));
}
