/**
 * What the page and the training worker say to each other; imported by both ends. Calls go through comlink, events come
 * back over one message port as transferable data.
 */
import type { AlgorithmName } from '../algorithms';
import type { Settings } from '../config/properties';
import type { ErrorData } from '../core/errors';
import type { EngineName } from '../engine/engine';
import type { Checkpoint, JournalEvent, Phase, RunDescription, Tier } from '../journal/events';
import type { Landscape, Prompt } from '../scenes/scene';
import type { ProfileStep } from '../trainer/explorationProfile';

export type { ProfileStep };

/** What this machine can compute with, found by a real probe. */
export interface Capabilities {
  readonly tier: Tier;
  /** E.g. "Apple M2", "SwiftShader (software)"; empty without an adapter. */
  readonly adapter: string;
  readonly hardware: boolean;
  /** Engines that can be chosen here. */
  readonly engines: readonly EngineName[];
  /** Why WebGPU is not used, in words; empty when it is. */
  readonly reason: string;
}

export interface RunRequest {
  readonly scene: string;
  readonly algorithm: AlgorithmName;
  readonly settings: Settings;
  /** 'auto' takes the WGSL engine on a hardware adapter and the CPU tier otherwise. */
  readonly engine: EngineName | 'auto';
  /** An ONNX policy of the visitor's own instead of the scene's. */
  readonly model: { readonly name: string; readonly bytes: Uint8Array } | null;
  readonly checkpoint: Checkpoint | null;
  readonly landscape: Landscape | null;
}

/** Answer to `open`: the run is set up and stands before its first phase. */
export interface RunReady {
  readonly run: RunDescription;
  /** Largest deviation of the start-up self-check per kernel and network; empty on the CPU tier. */
  readonly selfCheck: readonly {
    readonly name: string;
    readonly largestError: number;
    readonly tolerance: number;
  }[];
}

/** Calls on the training worker. Every one can reject with an EspalierError. */
export interface TrainingApi {
  probe(): Promise<Capabilities>;
  open(request: RunRequest): Promise<RunReady>;
  /** Trains until paused, stopped or finished; resolves then. */
  run(): Promise<void>;
  /** Stops after the phase in progress; resolves when it stands still. */
  pause(): Promise<void>;
  /** Goes on by exactly one phase or to the end of the iteration. */
  step(unit: 'phase' | 'iteration'): Promise<void>;
  /** Ends the run: writes a checkpoint and `run-ended`, then frees the engine. */
  stop(): Promise<void>;
  paint(landscape: Landscape): Promise<void>;
  checkpoint(): Promise<Checkpoint>;
  /** One sample of the current policy for each prompt [prompts, D]; between two phases, also while training. */
  sample(prompts: readonly Prompt[]): Promise<Float32Array>;
  /** How far apart the rewards of the current policy fall when only one step has noise, for every step but the last. */
  profile(): Promise<ProfileStep[]>;
}

export type CallName = keyof TrainingApi;

/**
 * Milliseconds without an answer or a sign of progress after which each call is given up. The client's calls are made
 * from this table, so a new one is written in TrainingApi, here, and where it is answered (session.ts).
 */
export const callTimeouts: Readonly<Record<CallName, number>> = {
  probe: 30_000,
  open: 120_000,
  run: Infinity,
  // The others wait for the phase in progress, which may be long on the CPU tier.
  step: 600_000,
  pause: 120_000,
  stop: 120_000,
  paint: 120_000,
  checkpoint: 120_000,
  sample: 120_000,
  profile: 120_000,
};

/** What the worker tells without being asked. */
export type WorkerEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'journal'; readonly event: JournalEvent }
  /** More of the self-check: the GPU's network against ONNX Runtime's, once that is loaded. */
  | { readonly kind: 'self-check'; readonly checks: RunReady['selfCheck'] }
  | { readonly kind: 'progress'; readonly text: string; readonly fraction: number }
  /** Which phase comes next, and whether training goes on by itself. */
  | {
      readonly kind: 'state';
      readonly iteration: number;
      readonly nextPhase: Phase;
      readonly running: boolean;
    }
  | { readonly kind: 'failed'; readonly error: ErrorData };
