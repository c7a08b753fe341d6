/**
 * What public/models/manifest.json says of every shipped policy: how it was made, what it must be byte for byte, and how
 * good it measured. Written by tools/pretrain.ts; read by tests, page and terminal.
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

export interface ManifestEntry {
  /** File beside the manifest. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The command that makes exactly this file. */
  readonly command: string;
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly architecture: string;
  readonly parameters: number;
  readonly measured: MeasuredPolicy;
}

export interface Manifest {
  readonly version: 1;
  /** By scene name, e.g. "points/ring". */
  readonly models: Readonly<Record<string, ManifestEntry>>;
}
