/** A run's own evaluations: always the same noise and prompts, so that two of them differ by the policy alone. */
import type { Settings } from '../config/properties';
import { streams } from '../core/streams';
import type { Engine } from '../engine/engine';
import { sampleSize } from '../scenes/scene';
import type { Landscape, Prompt, Reward, Scene } from '../scenes/scene';
import { judge, odeSamples } from './evaluation';

/** Pictures of an evaluation that the journal keeps. */
const shownPictures = 48;

export interface Evaluation {
  /** [n, D]; in picture scenes only the first few. */
  readonly samples: Float32Array;
  readonly reward: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export class Evaluator {
  readonly #scene: Scene;
  readonly #settings: Settings;
  readonly #engine: Engine;
  readonly #reward: Reward;
  readonly #data: Float32Array;
  /** Samples of the reference, until the first evaluation has judged them. */
  #untrained: Float32Array | null = null;

  constructor(scene: Scene, settings: Settings, engine: Engine, reward: Reward) {
    this.#scene = scene;
    this.#settings = settings;
    this.#engine = engine;
    this.#reward = reward;
    this.#data = scene.data(settings.evaluationSamples, settings.seed);
  }

  /** What metrics compare with, as much of it as a journal keeps [n, D]. */
  get data(): Float32Array {
    return this.#shown(this.#data);
  }

  /** Samples of the engine's policy as it is before training [n, D]; `trained`: it will be replaced by a checkpoint. */
  async reference(trained: boolean): Promise<Float32Array> {
    const samples = await this.#sample();
    if (!trained) this.#untrained = samples;
    return this.#shown(samples);
  }

  async evaluate(landscape: Landscape): Promise<Evaluation> {
    const samples = this.#untrained ?? (await this.#sample());
    this.#untrained = null;
    const context = { landscape, prompts: this.#prompts(), data: this.#data };
    const judged = judge(this.#scene, this.#reward, samples, context);
    return { samples: this.#shown(samples), ...judged };
  }

  #sample(): Promise<Float32Array> {
    const { seed, evaluationSamples, evaluationSteps, shift } = this.#settings;
    return odeSamples(this.#engine, this.#scene, {
      ...{ seed, stream: streams.evaluation, shift },
      count: evaluationSamples,
      steps: evaluationSteps,
      prompts: this.#prompts(),
    });
  }

  #prompts(): readonly Prompt[] | null {
    const { evaluationSamples, seed } = this.#settings;
    return this.#scene.prompts && this.#scene.prompts.evaluation(evaluationSamples, seed);
  }

  /** The samples that the journal keeps: all points, or the first few pictures. */
  #shown(samples: Float32Array): Float32Array {
    if (!this.#scene.picture) return samples;
    return samples.slice(0, shownPictures * sampleSize(this.#scene));
  }
}
