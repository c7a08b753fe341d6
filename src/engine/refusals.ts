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

/** An update whose loss or gradient is not finite; thrown before weights are touched. */
export const notANumber = (): EspalierError =>
  new EspalierError(
    'not-a-number',
    'The update produced a number that is not finite.',
    'The weights are those before this update. Lower the learning rate or the noise level, or go back to an earlier checkpoint.',
  );
