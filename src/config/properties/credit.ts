/** How rewards become advantages (docs/methods.md §4.3, §4.4). */
import { advantageKinds, advantageScopes, fusionKinds } from '../../core/credit';
import { rows } from './row';

export const credit = rows([
  {
    key: 'fusion',
    kind: 'choice',
    options: fusionKinds,
    initial: 'uniform',
  },
  {
    key: 'fusionSharpness',
    symbol: 'β_f',
    kind: 'number',
    min: 0,
    max: 10,
    initial: 1,
    advanced: true,
  },
  {
    key: 'advantage',
    kind: 'choice',
    options: advantageKinds,
    initial: 'depth',
  },
  {
    key: 'advantageScope',
    kind: 'choice',
    options: advantageScopes,
    initial: 'tree',
  },
  {
    key: 'advantageBound',
    symbol: 'A_max',
    kind: 'number',
    min: 0.1,
    max: 100,
    initial: 5,
    scale: 'log',
    advanced: true,
  },
]);
