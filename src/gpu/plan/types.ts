/** What a caller gives to and gets from a compiled plan (`Plan` in plan.ts). */
import type { PlanBinding } from '../buffers';

export interface PlanOptions {
  /** Prefix of every label and error. */
  readonly label: string;
  /** Largest batch size that `encode` accepts; buffers are sized for it. */
  readonly maxBatch: number;
  /**
   * Graph inputs and outputs that live in the caller's buffers, by name (weights inside one flat parameter buffer,
   * gradients inside one flat gradient buffer). All others get buffers of the plan's own.
   */
  readonly bindings?: Readonly<Record<string, PlanBinding>>;
  /** A graph input: kernels that do not depend on it form stage 0, the others stage 1. */
  readonly splitAt?: string;
  /**
   * Cut kernels for a GPU with thousands of threads, or else for one emulated on a few; by default as the device's
   * adapter says. Results differ in rounding only.
   */
  readonly hardware?: boolean;
}

/** Which part of a split plan to encode. */
export type PlanStage = 0 | 1;

/**
 * A graph compiled for one device: buffers, pipelines and bind groups fixed, replayed by `encode`.
 * Made by `Plan.compile(device, graph, options)` in plan.ts.
 */
export interface CompiledPlan {
  /**
   * Records the dispatches of `stage` (default: all) for `batch` samples (1…maxBatch) and nothing else. Different batch
   * sizes may follow each other in one submit; they share the plan's buffers.
   */
  encode(pass: GPUComputePassEncoder, batch: number, stage?: PlanStage): void;
  /** Where the graph input or output `name` lies. */
  binding(name: string): PlanBinding;
  /** Dispatches of all stages together. */
  readonly dispatches: number;
  readonly stageDispatches: readonly number[];
  /** Bytes of GPU memory that the plan allocated (the caller's own bindings not counted). */
  readonly bytes: number;
  /** One label per dispatch, in order: what each computes. */
  readonly kernelLabels: readonly string[];
  destroy(): void;
}
