/**
 * The one rule of what a checkpoint may go on from. Its numbers are changes to one policy's weights and mean nothing laid
 * over another's, even where there are as many; so page and terminal both come through here, by `session.open`.
 */
import type { Settings } from '../config/properties';
import { EspalierError } from '../core/errors';
import { checkpointPolicy } from '../journal/events';
import type { Checkpoint, ModelIdentity } from '../journal/events';

/** @throws EspalierError 'bad-model' naming the policy that is needed, 'bad-setting' where other weights are trained */
export function checkContinues(
  { policy: needed }: Checkpoint,
  model: ModelIdentity,
  settings: Settings,
): void {
  const given = checkpointPolicy(model, settings);
  if (needed.sha256 !== given.sha256) {
    const { name, sha256 } = needed;
    throw new EspalierError('bad-model', 'otherPolicy', { name, sha256, given: given.name });
  }
  if (needed.trained !== given.trained) {
    const params = { needed: needed.trained, given: given.trained };
    throw new EspalierError('bad-setting', 'otherTrainedWeights', params);
  }
}
