/**
 * What the benchmark asks of every engine, ours and the others': the same network, weights and inputs, a forward pass,
 * and a forward pass with the gradients by all weights for a given upstream dL/dv.
 *
 * Runs in a worker of its own. WebGPU engines keep inputs and outputs on the device; the harness waits for the queue
 * after each run (gpuProbe.ts), so `forward` and `gradient` only have to hand everything to it.
 */
import type { Inputs, Workload } from '../workload';

/** `gradient` is forward and backward together. */
export type Pass = 'forward' | 'gradient';

export type EngineTier = 'webgpu' | 'wasm';

export type EngineId =
  | 'wgsl'
  | 'ort-webgpu'
  | 'jax-webgpu'
  | 'tfjs-webgpu'
  | 'ort-wasm'
  | 'ort-wasm-1'
  | 'jax-wasm'
  | 'tfjs-wasm';

/** `v`, and after a gradient pass the gradient of every weight (`gradientName` of src/onnx/graph.ts). */
export type Outputs = Readonly<Record<string, Float32Array>>;

export interface BenchEngine {
  /** Opens the library, and a device where it needs one. */
  load(): Promise<void>;
  /** Puts weights and inputs in place; what has to be compiled may wait for the first run of a pass. */
  prepare(workload: Workload, inputs: Inputs): Promise<void>;
  forward(): Promise<void>;
  gradient(): Promise<void>;
  /** The outputs of the last run. */
  read(): Promise<Outputs>;
  /** Frees what `prepare` made. */
  dispose(): Promise<void>;
}
