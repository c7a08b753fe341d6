/** What every engine refuses, in one wording: states that do not fit, and updates that are not finite. */
import { EspalierError } from '../core/errors';
import type { PolicyModel } from '../onnx/graph';
import type { EngineState } from './engine';

const vectors = ['weights', 'reference', 'firstMoment', 'secondMoment'] as const;

/** @throws EspalierError 'bad-file' naming what does not fit; nothing has been changed then */
export function checkState(state: EngineState, { parameterLength }: PolicyModel): void {
  for (const name of vectors) {
    if (state[name].length !== parameterLength) {
      throw new EspalierError(
        'bad-file',
        `The checkpoint holds ${state[name].length} weights, but this policy has ${parameterLength}.`,
        'The run was not changed. Open the checkpoint with the policy it was made for.',
      );
    }
    if (!state[name].every((number) => Number.isFinite(number))) {
      throw new EspalierError(
        'bad-file',
        `The checkpoint holds numbers that are not finite (${name}).`,
        'The run was not changed. Go back to an earlier checkpoint.',
      );
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
export const notANumber = (): EspalierError =>
  new EspalierError(
    'not-a-number',
    'The update produced a number that is not finite.',
    'The weights are those before this update. Lower the learning rate or the noise level, or go back to an earlier checkpoint.',
  );
