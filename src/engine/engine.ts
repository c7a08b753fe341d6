/**
 * What the trainer asks of a compute engine. The same requests are served by the CPU tier (onnxruntime-web WASM and the
 * kernels' CPU twins), by the WebGPU tier (WGSL plan and kernels) and by onnxruntime-web's WebGPU provider.
 *
 * Latents, weights, gradients and optimiser state belong to the engine and stay where it computes; only what the
 * journal records is handed out. A run is a sequence of rollout → update × U per iteration.
 */
import type { Objective, OptimizerSettings, Reduction } from '../core/objective';
import type { SamplerStep } from '../core/sampler';
import type { TreeShape } from '../core/tree';

export { ROW } from '../core/objective';
export type { Objective, OptimizerSettings, Reduction } from '../core/objective';

export type EngineName = 'wgsl' | 'ort-wasm' | 'ort-webgpu' | 'ort-native';

export interface RolloutRequest {
  readonly shape: TreeShape;
  /** One entry per sampler step (length T). */
  readonly steps: readonly SamplerStep[];
  /** Noise key of every node in node order, two words each (kernels/noise). */
  readonly nodeKeys: Uint32Array;
  /**
   * s of the branch noise (ξ₀ + s·η_b)/√(1+s²) at split steps (docs/methods.md §4.2); Infinity makes siblings
   * independent. Elsewhere a node's noise is its own η.
   */
  readonly branchIndependence: number;
  readonly reduction: Reduction;
  /** Condition of each tree [trees, …conditionShape], or null. */
  readonly conditions: Float32Array | null;
  /** Whether the velocities of the first tree are wanted. */
  readonly watched: boolean;
}

export interface Rollout {
  /** Every node's latent in node order [nodes, D]. */
  readonly latents: Float32Array;
  /** Log-prob of the edge into each node [nodes], constants included; 0 for roots and after ODE steps. */
  readonly logProbs: Float32Array;
  /** Velocities at the first tree's nodes, leaves left out, depth by depth [n, D]; empty where not watched. */
  readonly velocities: Float32Array;
}

/** One optimiser step on edges of the last rollout. Siblings share their parent's row, hence one network backward. */
export interface UpdateRequest {
  /** Int32 [rows, 4]: parent node, its first child, number of children, sampler step (see ROW). */
  readonly rows: Int32Array;
  /** Advantage of the edge into each node [nodes]. */
  readonly advantages: Float32Array;
  /** Weight of the edge into each node in the mean [nodes]: 1/kept edges of this update, or 0 if not trained. */
  readonly edgeWeights: Float32Array;
  readonly objective: Objective;
  readonly optimizer: OptimizerSettings;
}

export interface UpdateStatistics {
  /** Weighted sums over the edges of this update, before the step. */
  readonly policyLoss: number;
  /** null where it was not measured: without a reference weight the CPU tier runs no reference. */
  readonly referenceLoss: number | null;
  readonly ratioMean: number;
  /** Largest |ρ − 1| among the trained edges. */
  readonly ratioDeviation: number;
  /** Share of trained edges whose gradient the clip removed. */
  readonly clipFraction: number;
  /** Global gradient norm before clipping. */
  readonly gradientNorm: number;
  /** Network evaluations: with gradient, and without (replay and reference). */
  readonly gradientEvaluations: number;
  readonly forwardEvaluations: number;
}

export interface SampleRequest {
  /** Noise keys of the samples, two words each [count × 2]. */
  readonly keys: Uint32Array;
  readonly steps: readonly SamplerStep[];
  /** Condition of each sample [count, …conditionShape], or null. */
  readonly conditions: Float32Array | null;
}

/** Any rows of the network's inputs. */
export interface VelocityRequest {
  /** [rows, D] */
  readonly latents: Float32Array;
  /** σ of each row [rows]. */
  readonly sigmas: Float32Array;
  /** Condition of each row [rows, …conditionShape], or null. */
  readonly conditions: Float32Array | null;
}

/**
 * Everything an engine needs to go on exactly where it was. Flat vectors in the model's parameter layout. When a state
 * is written, all but the weights may be empty: the reference is then the policy's own file, the moments are zero.
 */
export interface EngineState {
  readonly weights: Float32Array;
  readonly reference: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Optimiser steps taken. */
  readonly updates: number;
}

export interface Engine {
  readonly name: EngineName;
  /** Grows all trees; the engine keeps latents, velocities and log-probs for the updates that follow. */
  rollout(request: RolloutRequest): Promise<Rollout>;
  /** One AdamW step on edges of the last rollout. @throws EspalierError 'not-a-number' before weights are touched. */
  update(request: UpdateRequest): Promise<UpdateStatistics>;
  /** Deterministic samples of the current policy [count, D]. */
  sample(request: SampleRequest): Promise<Float32Array>;
  /** Velocities of the current policy [rows, D]: what views are drawn from, never part of training. */
  velocities(request: VelocityRequest): Promise<Float32Array>;
  readState(): Promise<EngineState>;
  writeState(state: EngineState): Promise<void>;
  destroy(): void;
}
