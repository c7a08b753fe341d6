/**
 * What a scene is: something that is generated (a policy file and, for pre-training, its data), something that judges
 * it (rewards), and the metrics and presets that go with it. Trainer, page and terminal know scenes only through this.
 */
import type { AlgorithmName } from '../algorithms';
import type { Settings } from '../config/properties';

/** Judges finished samples [count, D] and writes one reward each. Pure and deterministic; may read the painted grid. */
export interface Reward {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** Equation in plain text. */
  readonly formula: string;
  score(samples: Float32Array, rewards: Float32Array, paint: Landscape): void;
}

/** A reward landscape painted by hand: `values` [size × size] in [0, 1], row 0 at the top, over [−extent, extent]². */
export interface Landscape {
  readonly size: number;
  readonly extent: number;
  readonly values: Float32Array;
}

/** One figure taken on samples: e.g. entropy or modes kept. */
export interface Metric {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** `data` are reference samples of the scene. */
  measure(samples: Float32Array, data: Float32Array): number;
}

export interface Scene {
  /** E.g. "points/ring". */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** File below public/models. */
  readonly model: string;
  readonly sampleShape: readonly number[];
  readonly rewards: readonly Reward[];
  readonly metrics: readonly Metric[];
  /** Settings that suit this scene, under every algorithm … */
  readonly preset: Partial<Settings>;
  /** … and under one. */
  readonly algorithmPresets: Partial<Record<AlgorithmName, Partial<Settings>>>;
  /** `count` samples of the data the policy was pre-trained on [count, D], drawn with counter-based noise of `seed`. */
  data(count: number, seed: number): Float32Array;
}
