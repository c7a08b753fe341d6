/**
 * The one table of everything a run can be told. Controls in the page, flags in the terminal, the settings stored in a
 * journal, defaults and documentation are all read from it, and all refuse the same out-of-range values.
 */
import { samplerNames } from '../core/sampler';
import type { SamplerName } from '../core/sampler';

/** Settings of one run. Split steps are a list; everything else is a number or one of a few words. */
export interface Settings {
  seed: number;
  iterations: number;
  reward: string;
  trees: number;
  roots: number;
  branchingFactor: number;
  splitSteps: readonly number[];
  steps: number;
  evaluationSteps: number;
  evaluationSamples: number;
  evaluationInterval: number;
  sampler: SamplerName;
  noise: number;
  shift: number;
  stochasticSteps: 'all-but-last' | 'split';
  branchIndependence: number;
  fusion: 'uniform' | 'path-weighted';
  fusionSharpness: number;
  advantage: 'depth' | 'group';
  advantageScope: 'tree' | 'batch';
  advantageBound: number;
  logProb: 'sum' | 'mean';
  clip: number;
  updates: number;
  learningRate: number;
  learningRateDecay: number;
  weightDecay: number;
  maxGradientNorm: number;
  referenceWeight: number;
  referenceTerm: 'kl' | 'velocity';
  trainedWeights: 'all' | 'blocks' | 'lora';
  loraRank: number;
}

export type SettingKey = keyof Settings;

export type SettingGroup = 'run' | 'tree' | 'sampler' | 'credit' | 'update' | 'evaluation';

interface Common {
  readonly key: SettingKey;
  readonly label: string;
  /** Mathematical symbol, where the field has one. */
  readonly symbol?: string;
  /** One plain sentence: what it does and what larger values mean. */
  readonly help: string;
  readonly group: SettingGroup;
  /** Hidden behind "advanced" in the page. */
  readonly advanced?: boolean;
}

export type Property = Common &
  (
    | {
        readonly kind: 'integer' | 'number';
        readonly min: number;
        readonly max: number;
        readonly initial: number;
        /** Slider scale; 'log' needs min > 0. */
        readonly scale?: 'linear' | 'log';
        readonly step?: number;
      }
    | { readonly kind: 'choice'; readonly options: readonly string[]; readonly initial: string }
    | {
        readonly kind: 'integer-list';
        readonly min: number;
        readonly max: number;
        readonly initial: readonly number[];
      }
    /** A name whose valid choices depend on the scene (the reward). */
    | { readonly kind: 'name'; readonly initial: string }
  );

export const properties: readonly Property[] = [
  {
    key: 'seed',
    label: 'Seed',
    help: 'Same seed, same run: every random number follows from it.',
    group: 'run',
    kind: 'integer',
    min: 0,
    max: 4294967295,
    initial: 1,
  },
  {
    key: 'iterations',
    label: 'Iterations',
    help: 'How often the six phases are gone through.',
    group: 'run',
    kind: 'integer',
    min: 1,
    max: 100000,
    initial: 60,
  },
  {
    key: 'reward',
    label: 'Reward',
    help: 'What the finished samples are judged by.',
    group: 'run',
    kind: 'name',
    initial: 'mode',
  },
  {
    key: 'trees',
    label: 'Prompt groups',
    symbol: 'P',
    help: 'Trees grown in each iteration, one per prompt group.',
    group: 'tree',
    kind: 'integer',
    min: 1,
    max: 256,
    initial: 8,
  },
  {
    key: 'roots',
    label: 'Initial latents per group',
    symbol: 'R',
    help: 'How many different noise starts one prompt group has. A flat rollout is a group of many roots that never split again.',
    group: 'tree',
    kind: 'integer',
    min: 1,
    max: 256,
    initial: 1,
  },
  {
    key: 'branchingFactor',
    label: 'Branching factor',
    symbol: 'K',
    help: 'Children of every node at a split step.',
    group: 'tree',
    kind: 'integer',
    min: 1,
    max: 64,
    initial: 2,
  },
  {
    key: 'splitSteps',
    label: 'Split steps',
    symbol: 'B',
    help: 'Denoising steps at which nodes divide, for example 0,2,4,6. Early splits explore more.',
    group: 'tree',
    kind: 'integer-list',
    min: 0,
    max: 199,
    initial: [0, 2, 4, 6],
  },
  {
    key: 'branchIndependence',
    label: 'Branch independence',
    symbol: 's',
    help: 'How much of a sibling’s noise is its own: siblings correlate by 1/(1+s²), so larger means less alike.',
    group: 'tree',
    kind: 'number',
    min: 0.05,
    max: 64,
    initial: 4,
    scale: 'log',
  },
  {
    key: 'steps',
    label: 'Denoising steps',
    symbol: 'T',
    help: 'Sampler steps from noise to data while training.',
    group: 'sampler',
    kind: 'integer',
    min: 2,
    max: 200,
    initial: 10,
  },
  {
    key: 'sampler',
    label: 'Sampler',
    help: 'The stochastic step: Flow-SDE (Flow-GRPO), Dance-SDE (DanceGRPO, BranchGRPO), CPS, or the deterministic ODE.',
    group: 'sampler',
    kind: 'choice',
    options: samplerNames,
    initial: 'flow-sde',
  },
  {
    key: 'noise',
    label: 'Noise level',
    symbol: 'a, η',
    help: 'Strength of the sampler’s noise: more explores more and blurs more.',
    group: 'sampler',
    kind: 'number',
    min: 0,
    max: 1.5,
    initial: 0.7,
    step: 0.05,
  },
  {
    key: 'shift',
    label: 'Schedule shift',
    help: 'Bends the noise levels towards noise; 1 is linear.',
    group: 'sampler',
    kind: 'number',
    min: 0.2,
    max: 10,
    initial: 1,
    scale: 'log',
    advanced: true,
  },
  {
    key: 'stochasticSteps',
    label: 'Stochastic steps',
    help: 'Which steps are noisy and trained: all but the last, or only the split steps. The others are ODE steps.',
    group: 'sampler',
    kind: 'choice',
    options: ['all-but-last', 'split'],
    initial: 'all-but-last',
    advanced: true,
  },
  {
    key: 'fusion',
    label: 'Reward fusion',
    help: 'How an inner node’s value is gathered from its leaves: plain mean, or weighted by path probability.',
    group: 'credit',
    kind: 'choice',
    options: ['uniform', 'path-weighted'],
    initial: 'uniform',
  },
  {
    key: 'fusionSharpness',
    label: 'Fusion sharpness',
    symbol: 'β_f',
    help: 'Power of the path probability in path-weighted fusion; 0 is the plain mean.',
    group: 'credit',
    kind: 'number',
    min: 0,
    max: 10,
    initial: 1,
    advanced: true,
  },
  {
    key: 'advantage',
    label: 'Advantage',
    help: 'Depth: fused rewards are normalised among the nodes of one depth. Group: leaf rewards are normalised once and averaged upwards.',
    group: 'credit',
    kind: 'choice',
    options: ['depth', 'group'],
    initial: 'depth',
  },
  {
    key: 'advantageScope',
    label: 'Normalised within',
    help: 'Whether mean and spread are taken within one tree or over all trees of the iteration.',
    group: 'credit',
    kind: 'choice',
    options: ['tree', 'batch'],
    initial: 'tree',
  },
  {
    key: 'advantageBound',
    label: 'Advantage bound',
    symbol: 'A_max',
    help: 'Advantages are clamped to ± this value.',
    group: 'credit',
    kind: 'number',
    min: 0.1,
    max: 100,
    initial: 5,
    scale: 'log',
    advanced: true,
  },
  {
    key: 'learningRate',
    label: 'Learning rate',
    help: 'Step size of AdamW.',
    group: 'update',
    kind: 'number',
    min: 1e-6,
    max: 0.1,
    initial: 1e-3,
    scale: 'log',
  },
  {
    key: 'learningRateDecay',
    label: 'Learning rate decay',
    help: 'Share of the learning rate that is given up evenly over the run: 0 keeps it, 1 ends at zero.',
    group: 'update',
    kind: 'number',
    min: 0,
    max: 1,
    initial: 0,
    step: 0.05,
    advanced: true,
  },
  {
    key: 'referenceWeight',
    label: 'Reference weight',
    symbol: 'β',
    help: 'How strongly the policy is held to the reference it started from; 0 lets go.',
    group: 'update',
    kind: 'number',
    min: 0,
    max: 10,
    initial: 0,
    step: 0.01,
  },
  {
    key: 'referenceTerm',
    label: 'Reference term',
    help: 'KL: the exact divergence of the two Gaussian steps. Velocity: squared distance of the velocities.',
    group: 'update',
    kind: 'choice',
    options: ['kl', 'velocity'],
    initial: 'kl',
    advanced: true,
  },
  {
    key: 'clip',
    label: 'Clip width',
    symbol: 'c',
    help: 'A sample whose probability ratio has moved beyond 1 ± c in its own favour is not pushed further.',
    group: 'update',
    kind: 'number',
    min: 1e-6,
    max: 10,
    initial: 0.2,
    scale: 'log',
  },
  {
    key: 'updates',
    label: 'Updates per iteration',
    help: 'Optimiser steps per iteration, each on its share of the trees; with one, the ratio is always exactly 1.',
    group: 'update',
    kind: 'integer',
    min: 1,
    max: 64,
    initial: 2,
  },
  {
    key: 'logProb',
    label: 'Log-prob',
    help: 'Summed over the dimensions of a sample (tiny samples) or averaged (images).',
    group: 'update',
    kind: 'choice',
    options: ['sum', 'mean'],
    initial: 'sum',
    advanced: true,
  },
  {
    key: 'weightDecay',
    label: 'Weight decay',
    help: 'AdamW’s pull of the weights towards zero.',
    group: 'update',
    kind: 'number',
    min: 0,
    max: 1,
    initial: 0,
    advanced: true,
  },
  {
    key: 'maxGradientNorm',
    label: 'Gradient bound',
    help: 'A gradient longer than this is scaled down to it.',
    group: 'update',
    kind: 'number',
    min: 1e-3,
    max: 1000,
    initial: 1,
    scale: 'log',
    advanced: true,
  },
  {
    key: 'trainedWeights',
    label: 'Trained weights',
    help: 'All weights, only the transformer blocks (so that no faint pattern drifts into pictures), or low-rank changes of the blocks (LoRA).',
    group: 'update',
    kind: 'choice',
    options: ['all', 'blocks', 'lora'],
    initial: 'all',
    advanced: true,
  },
  {
    key: 'loraRank',
    label: 'LoRA rank',
    symbol: 'r',
    help: 'Rank of the low-rank changes; only LoRA uses it. More can change more.',
    group: 'update',
    kind: 'integer',
    min: 1,
    max: 64,
    initial: 8,
    advanced: true,
  },
  {
    key: 'evaluationSteps',
    label: 'Evaluation steps',
    help: 'ODE steps of the samples that the metrics are taken on.',
    group: 'evaluation',
    kind: 'integer',
    min: 1,
    max: 200,
    initial: 20,
    advanced: true,
  },
  {
    key: 'evaluationSamples',
    label: 'Evaluation samples',
    help: 'How many fresh samples an evaluation draws.',
    group: 'evaluation',
    kind: 'integer',
    min: 16,
    max: 16384,
    initial: 512,
    advanced: true,
  },
  {
    key: 'evaluationInterval',
    label: 'Evaluate every',
    help: 'Iterations between two evaluations.',
    group: 'evaluation',
    kind: 'integer',
    min: 1,
    max: 1000,
    initial: 5,
    advanced: true,
  },
];

export const propertyByKey: ReadonlyMap<SettingKey, Property> = new Map(
  properties.map((property) => [property.key, property]),
);
