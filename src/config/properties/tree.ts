/** The forest of an iteration: how many trees, where and how widely they branch (docs/methods.md §4.1). */
import { rows } from './row';

export const tree = rows([
  {
    key: 'trees',
    symbol: 'P',
    kind: 'integer',
    min: 1,
    max: 256,
    initial: 8,
  },
  {
    key: 'roots',
    symbol: 'R',
    kind: 'integer',
    min: 1,
    max: 256,
    initial: 1,
  },
  {
    key: 'branchingFactor',
    symbol: 'K',
    kind: 'integer',
    min: 1,
    max: 64,
    initial: 2,
  },
  {
    key: 'splitSteps',
    symbol: 'B',
    kind: 'integer-list',
    min: 0,
    max: 199,
    initial: [0, 2, 4, 6],
  },
  {
    key: 'branchIndependence',
    symbol: 's',
    kind: 'number',
    min: 0.05,
    max: 64,
    initial: 4,
    scale: 'log',
  },
]);
