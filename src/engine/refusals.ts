/** What every engine refuses, in one wording: states that do not fit, and updates that are not finite. */
import { EspalierError } from '../core/errors';
import type { PolicyModel } from '../onnx/graph';
import type { EngineState } from './engine';

const vectors = ['weights', 'reference', 'firstMoment', 'secondMoment'] as const;

/** @throws EspalierError 'bad-file' naming what does not fit; nothing has been changed then */
export function checkState(state: EngineState, { parameterLength }: PolicyModel): void {
  for (const name of vectors) {
    if (state[name].length !== parameterLength) {
      const params = { held: state[name].length, weights: parameterLength };
      throw new EspalierError('bad-file', 'checkpointLength', params);
    }
    if (!state[name].every((number) => Number.isFinite(number))) {
      throw new EspalierError('bad-file', 'checkpointNotFinite', { vector: name });
    }
  }
}

/**
 * The whole state: without a reference (length 0), that of the policy's own file; without moments, zeros. So a small
 * checkpoint can hold trained weights alone.
 * @throws EspalierError 'bad-file' as `checkState`
 */
export function completeState(state: EngineState, model: PolicyModel): EngineState {
  const zeros = new Float32Array(model.parameterLength);
  const orElse = (vector: Float32Array, otherwise: Float32Array): Float32Array =>
    vector.length === 0 ? otherwise : vector;
  const whole: EngineState = {
    ...state,
    reference: orElse(state.reference, model.initialWeights),
    firstMoment: orElse(state.firstMoment, zeros),
    secondMoment: orElse(state.secondMoment, zeros),
  };
  checkState(whole, model);
  return whole;
}

/** An update whose loss or gradient is not finite; thrown before weights are touched. */
export const notANumber = (): EspalierError => new EspalierError('not-a-number', 'updateNotFinite');
