/** How a policy is looked at beside its training: deterministic samples, which change nothing in the run. */
import { rows } from './row';

export const evaluation = rows([
  {
    key: 'evaluationSteps',
    kind: 'integer',
    min: 1,
    max: 200,
    initial: 20,
    advanced: true,
  },
  {
    key: 'evaluationSamples',
    kind: 'integer',
    min: 16,
    max: 16384,
    initial: 512,
    advanced: true,
  },
  {
    key: 'evaluationInterval',
    kind: 'integer',
    min: 1,
    max: 1000,
    initial: 5,
    advanced: true,
  },
]);
