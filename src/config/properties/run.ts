/** A run as a whole: where its random numbers begin, how long it trains, what it is rewarded for. */
import { rows } from './row';

export const run = rows([
  {
    key: 'seed',
    kind: 'integer',
    min: 0,
    max: 4294967295,
    initial: 1,
  },
  {
    key: 'iterations',
    kind: 'integer',
    min: 1,
    max: 100000,
    initial: 60,
  },
  {
    key: 'reward',
    kind: 'name',
    initial: 'mode',
  },
]);
