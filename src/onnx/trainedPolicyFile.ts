/**
 * The way back from a run to a file: the policy that training began with, as an ONNX file with the weights that training
 * ended with. Inputs, outputs and nodes are those of the original, so whatever opened that opens this, and a run may
 * begin with it. Low-rank changes (LoRA) are added to the weights they change: W + A·B.
 */
import { EspalierError } from '../core/errors';
import type { TrainedWeights } from '../core/objective';
import { sha256 } from '../core/sha256';
import { decodeModel } from './format/decode';
import { encodeModel } from './format/encode';
import type { Constant, Graph } from './graph';
import { mergeLowRank, withTrained } from './passes/trained';
import { liftPolicy } from './policy';

/** What a run says of itself (a `RunDescription` of the journal is one). */
export interface TrainedRun {
  readonly scene: string;
  readonly algorithm: string;
  readonly model: { readonly name: string; readonly sha256: string };
  readonly settings: {
    readonly seed: number;
    readonly trainedWeights: TrainedWeights;
    readonly loraRank: number;
  };
}

/** Where a run stands (a `Checkpoint` of the journal is one). */
export interface TrainedState {
  readonly iteration: number;
  /** `weights` is the flat parameter vector of the run's `PolicyModel`. */
  readonly state: { readonly weights: Float32Array };
}

/**
 * The trained policy as a file with float32 weights. `original` are the bytes of the file that the run began with. The
 * metadata entry `trained` says by what.
 * @throws EspalierError 'bad-model' when `original` is another policy than the run's, or its weights are of another size
 */
export function trainedPolicyFile(
  original: Uint8Array,
  run: TrainedRun,
  { iteration, state }: TrainedState,
): Uint8Array<ArrayBuffer> {
  const { scene, algorithm, model, settings } = run;
  if (sha256(original) !== model.sha256) {
    throw new EspalierError('bad-model', 'trainedAnother', model);
  }
  const graph = withTrainedWeights(decodeModel(original), settings, state.weights);
  const trained = `${algorithm} in ${scene}, seed ${settings.seed}, ${iteration} iterations`;
  return encodeModel({ ...graph, metadata: { ...graph.metadata, trained } });
}

/** `graph` as it was read, with the weights of a run on it. @throws EspalierError 'bad-model' */
export function withTrainedWeights(
  graph: Graph,
  { trainedWeights, loraRank }: Pick<TrainedRun['settings'], 'trainedWeights' | 'loraRank'>,
  weights: Float32Array,
): Graph {
  const lifted = liftPolicy(withTrained(graph, trainedWeights, loraRank));
  if (weights.length !== lifted.parameterLength) {
    const params = { held: weights.length, weights: lifted.parameterLength };
    throw new EspalierError('bad-model', 'trainedLength', params);
  }
  const values = new Map<string, Constant>(
    lifted.parameters.map(({ name, shape, offset, length }) => [
      name,
      { shape, data: weights.slice(offset, offset + length) },
    ]),
  );
  if (trainedWeights === 'lora') return mergeLowRank(graph, values);
  return { ...graph, constants: new Map([...graph.constants, ...values]) };
}
