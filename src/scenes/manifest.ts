/**
 * What public/models/manifest.json says of every shipped policy: how it was made, what it must be byte for byte, and how
 * good it measured. Written by tools/pretrain.ts and tools/distill.ts; read by tests, page and terminal.
 */

/** Mean and standard deviation of a figure over several draws. */
export interface Spread {
  readonly mean: number;
  readonly standardDeviation: number;
}

/** Samples of the policy against data, each over `draws` independent draws. */
export interface MeasuredPolicy {
  readonly draws: number;
  /** Deterministic sampler steps. */
  readonly odeSteps: number;
  /** Points on each side of an MMD². */
  readonly mmdSamples: number;
  /** MMD² of samples to data, and beside it of data to other data. */
  readonly mmd2: Spread;
  readonly mmd2DataToData: Spread;
  /** Points per draw of the figures below. */
  readonly samples: number;
  readonly entropy: Spread;
  readonly entropyOfData: Spread;
  readonly modes: Spread;
  readonly onData: Spread;
}

/** Samples of a picture policy, judged: mean text reward of glyphs, share of strictly right sprites. */
export interface MeasuredPicture {
  /** Samples of every score, two per prompt. */
  readonly samples: number;
  /** Of one sample, matrix products alone. */
  readonly flopsPerForward: number;
  readonly trainingFlops: number;
  /** On held-out prompts, by number of deterministic sampler steps. */
  readonly scoreAtSteps: Readonly<Record<string, number>>;
  /** In 40 steps on held-out prompts, and on prompts that RL may draw; every task counts the same. */
  readonly heldOutScore: number;
  readonly seenScore: number;
  /** The held-out score by task. */
  readonly tasks: Readonly<Record<string, number>>;
  /** The shuffled-slot test: the same samples judged for the value asked for and for another one. */
  readonly shuffledSlots: readonly SlotMeasure[];
}

/** Classifier-free guidance instead of RL, in 40 steps on the held-out prompts. */
export interface GuidedScore {
  readonly weight: number;
  readonly score: number;
  readonly tasks: Readonly<Record<string, number>>;
}

export interface SlotMeasure {
  readonly slot: string;
  readonly asked: number;
  readonly shuffled: number;
}

/** What makes a file and tells that it is this one. */
interface MadeFile {
  readonly sha256: string;
  readonly bytes: number;
  /** The command that makes this file. */
  readonly command: string;
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
}

interface ShippedFile extends MadeFile {
  /** File beside the manifest. */
  readonly file: string;
  readonly architecture: string;
  readonly parameters: number;
}

export interface PointsEntry extends ShippedFile {
  readonly measured: MeasuredPolicy;
}

/** A policy learned from data, from which a student was distilled; it is not shipped. */
export interface Teacher extends MadeFile {
  /** Where training ran, e.g. "onnxruntime-node 1.30.0, 1 thread". */
  readonly engine: string;
  readonly measured: MeasuredPicture;
}

export interface PictureEntry extends ShippedFile {
  readonly engine: string;
  readonly distillation: {
    readonly method: 'progressive';
    /** Of the teacher. */
    readonly paths: number;
    readonly teacherSteps: number;
    /** Steps of the teacher that one of the student's is worth. */
    readonly jump: number;
  };
  readonly measured: MeasuredPicture;
  readonly guided: GuidedScore;
  readonly teacher: Teacher;
}

export type ManifestEntry = PointsEntry | PictureEntry;

export const isPicture = (entry: ManifestEntry): entry is PictureEntry => 'teacher' in entry;

export interface Manifest {
  readonly version: 1;
  /** By scene name, e.g. "points/ring". */
  readonly models: Readonly<Record<string, ManifestEntry>>;
}
