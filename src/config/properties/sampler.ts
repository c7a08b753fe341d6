/** How a sample is drawn: schedule of noise levels, step kind, which steps are stochastic (docs/methods.md §2). */
import { samplerNames } from '../../core/sampler';
import { rows } from './row';

export const sampler = rows([
  {
    key: 'steps',
    symbol: 'T',
    kind: 'integer',
    min: 2,
    max: 200,
    initial: 10,
  },
  {
    key: 'sampler',
    kind: 'choice',
    options: samplerNames,
    initial: 'flow-sde',
  },
  {
    key: 'noise',
    symbol: 'a, η',
    kind: 'number',
    min: 0,
    max: 1.5,
    initial: 0.7,
    step: 0.05,
  },
  {
    key: 'shift',
    kind: 'number',
    min: 0.2,
    max: 10,
    initial: 1,
    scale: 'log',
    advanced: true,
  },
  {
    key: 'stochasticSteps',
    kind: 'choice',
    options: ['all-but-last', 'split'],
    initial: 'all-but-last',
    advanced: true,
  },
]);
