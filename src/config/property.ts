/** What a run can be told, as types: the settings themselves, and the form of a row of the property table. */
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
  logProbReduction: 'sum' | 'mean';
  clip: number;
  updates: number;
  learningRate: number;
  learningRateDecay: number;
  weightDecay: number;
  maxGradientNorm: number;
  referenceWeight: number;
  referenceTerm: 'kl' | 'velocity';
  referenceSteps: 'stochastic' | 'all';
  trainedWeights: 'all' | 'blocks' | 'lora';
  loraRank: number;
}

export type SettingKey = keyof Settings;

export type SettingGroup = 'run' | 'tree' | 'sampler' | 'credit' | 'update' | 'evaluation';

interface Common {
  readonly key: SettingKey;
  /** Mathematical symbol, where the field has one. */
  readonly symbol?: string;
  readonly group: SettingGroup;
  /** Hidden behind "advanced" in the page. */
  readonly advanced?: boolean;
}

/** What is written down of a property; its words are `setting.KEY.…` in the catalogue. */
export type Row = Common &
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

export type Property = Row & {
  readonly label: string;
  /** One plain sentence: what it does and what larger values mean. */
  readonly help: string;
};
