/**
 * The algorithms, each a small record of choices over the same six phases: where to split, which steps are stochastic,
 * how rewards are fused and normalised, how the ratio is bounded. None has a training loop of its own.
 */
import { say } from '../content';
import type { Settings } from '../config/properties';

export interface Algorithm {
  readonly name: string;
  readonly title: string;
  /** One sentence a newcomer understands. */
  readonly summary: string;
  /** Paper and where in it. */
  readonly source: string;
  readonly choices: Partial<Settings>;
}

export const algorithms = {
  'flow-grpo': {
    name: 'flow-grpo',
    title: say('algorithm.flow-grpo.title'),
    summary: say('algorithm.flow-grpo.summary'),
    source: 'Flow-GRPO, arXiv 2505.05470',
    choices: {
      roots: 16,
      branchingFactor: 1,
      splitSteps: [],
      sampler: 'flow-sde',
      noise: 0.7,
      stochasticSteps: 'all-but-last',
      advantage: 'group',
    },
  },
  'branch-grpo': {
    name: 'branch-grpo',
    title: say('algorithm.branch-grpo.title'),
    summary: say('algorithm.branch-grpo.summary'),
    source: 'BranchGRPO, arXiv 2509.06040',
    choices: {
      roots: 1,
      branchingFactor: 2,
      splitSteps: [0, 2, 4, 6],
      branchIndependence: 4,
      fusion: 'uniform',
      advantage: 'depth',
      stochasticSteps: 'all-but-last',
    },
  },
} satisfies Record<string, Algorithm>;

export type AlgorithmName = keyof typeof algorithms;

export const algorithmNames = Object.keys(algorithms) as AlgorithmName[];
