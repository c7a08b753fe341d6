/**
 * What a scene is: something that is generated (a policy file and, for pre-training, its data), something that judges
 * it (rewards), and the metrics and presets that go with it. Trainer, page and terminal know scenes only through this.
 */
import type { AlgorithmName } from '../algorithms';
import type { Settings } from '../config/properties';

/** What was asked for: small whole numbers, one per slot of the scene's grammar. */
export type Prompt = readonly number[];

/** What a scene can be asked for, and how that reaches the policy. */
export interface PromptSpace {
  /** Kinds of prompts that are counted apart, e.g. "counting". */
  readonly tasks: readonly string[];
  taskOf(prompt: Prompt): string;
  /** Prompts of one iteration's groups; never a held-out one. A function of its arguments alone. */
  draw(count: number, seed: number, iteration: number): Prompt[];
  /**
   * Prompts that samples are evaluated on: held-out ones where the task has any, the tasks in turn, so that the first
   * few already hold every task.
   */
  evaluation(count: number, seed: number): Prompt[];
  /** Writes the condition of one prompt into `out` from `offset` on. */
  encode(prompt: Prompt, out: Float32Array, offset: number): void;
  readonly conditionSize: number;
  write(prompt: Prompt): string;
  /** @throws EspalierError 'bad-prompt' that names what does not fit and what would. */
  read(text: string): Prompt;
  /** What can be chosen for each part of a prompt, in the order in which it is said. */
  readonly choices: readonly PromptChoice[];
}

/** One part of a prompt, to be composed of choices. */
export interface PromptChoice {
  readonly title: string;
  /** Which number of the prompt is chosen. */
  readonly slot: number;
  /** Names of its values; the first one where nothing is said. */
  readonly values: readonly string[];
}

/** How a sample is seen: the size of its picture and how it is painted. */
export interface PictureForm {
  readonly width: number;
  readonly height: number;
  /** Paints the sample at `offset` of `samples` as RGBA bytes [height × width × 4]. */
  paint(samples: Float32Array, offset: number, out: Uint8ClampedArray): void;
  /** The reward that is 1 where a picture shows exactly what was asked, and else 0. */
  readonly verdict: string;
  /** What the sample at `offset` is seen to show, in words: "reads CAT". */
  describe(samples: Float32Array, offset: number): string;
  /** Figures of the paper whose claim the scene is after, to stand beside its own; null where there are none. */
  readonly paper: PaperFigures | null;
}

/** What a paper reports of its own model on its own data. */
export interface PaperFigures {
  /** What is measured there. */
  readonly data: string;
  /** Overall, before RL and after it. */
  readonly overall: readonly [before: number, after: number];
  /** After it, by the measure here that is closest. */
  readonly after: Readonly<Record<string, number>>;
}

/** What a judge may look at besides the samples. */
export interface RewardContext {
  readonly landscape: Landscape;
  /** One prompt per sample, or null in a scene without prompts. */
  readonly prompts: readonly Prompt[] | null;
}

/** Judges finished samples [count, D] and writes one reward each. Pure and deterministic. */
export interface Reward {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** Equation in plain text. */
  readonly formula: string;
  score(samples: Float32Array, rewards: Float32Array, context: RewardContext): void;
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
  /** `data` are reference samples of the scene; `prompts` one per sample, or null. */
  measure(samples: Float32Array, data: Float32Array, prompts: readonly Prompt[] | null): number;
}

/** What scenes of every kind have. */
interface CommonScene {
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

/** Samples are points of the plane, and there is nothing to ask for. */
export interface PointScene extends CommonScene {
  readonly view: 'plane';
  readonly prompts: null;
  readonly picture: null;
}

/** Samples are pictures of what was asked for. */
export interface PictureScene extends CommonScene {
  readonly view: 'picture';
  readonly prompts: PromptSpace;
  readonly picture: PictureForm;
}

export type Scene = PointScene | PictureScene;

/** In which view the samples of a scene are looked at. */
export type ViewName = Scene['view'];

/** Numbers D in one sample. */
export const sampleSize = ({ sampleShape }: Pick<Scene, 'sampleShape'>): number =>
  sampleShape.reduce((product, size) => product * size, 1);
