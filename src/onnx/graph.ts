/**
 * The one in-memory form of a network: a flat list of ONNX operators over named tensors.
 *
 * ONNX files are decoded into it, models are built in it, the vector–Jacobian transform maps it to itself, and every
 * executor (WGSL plan, onnxruntime-web, float64 reference interpreter) runs it.
 *
 * Shapes are static except for the batch. A dimension that grows with the batch size N is written as a negative
 * number: −k means k·N (so −1 is N itself and −16 is N samples × 16 tokens flattened into rows).
 */

/** A tensor shape; a negative entry −k stands for k·N where N is the batch size of the run. Row-major. */
export type Shape = readonly number[];

export type ElementType = 'float32' | 'int64';

export type AttributeValue = number | string | readonly number[];

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One ONNX operator (opset 17, default domain). `name` is unique in its graph and is quoted in every error. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A named graph input or output. */
export interface ValueInfo {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
}

/** A constant stored with the graph (weights before they are lifted to inputs, and structural constants after). */
export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** Nodes are in topological order; every tensor name is defined exactly once. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly constants: ReadonlyMap<string, Constant>;
  readonly nodes: readonly GraphNode[];
  /** ONNX metadata_props: free text such as `prediction`, `seed`, `architecture`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Number of elements of `shape` at batch size `batch`. */
export function elementCount(shape: Shape, batch = 1): number {
  return shape.reduce((product, dim) => product * (dim < 0 ? -dim * batch : dim), 1);
}

/** `shape` with its batch-sized dimensions filled in. */
export function concreteShape(shape: Shape, batch: number): number[] {
  return shape.map((dim) => (dim < 0 ? -dim * batch : dim));
}

/** Name of a gradient graph's output that holds dL/d(name). */
export const gradientName = (name: string): string => `d_${name}`;

/** One trainable tensor inside the flat parameter vector. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element in the flat vector; a multiple of 64 so that a GPU binding may start there (256 bytes). */
  readonly offset: number;
  readonly length: number;
}

/**
 * A network that can be rolled out and trained: `forward` takes `x` [N, …dims], `t` [N], optionally `cond` [N, …], and
 * every parameter as an input, and returns the velocity `v` [N, …dims]. `gradient` also takes `dv` [N, …dims] and
 * returns `v` and one `gradientName(parameter)` per parameter.
 */
export interface PolicyModel {
  readonly forward: Graph;
  readonly gradient: Graph;
  readonly parameters: readonly Parameter[];
  /** Length of the flat parameter vector, alignment gaps (always zero) included. */
  readonly parameterLength: number;
  readonly initialWeights: Float32Array;
  /** Shape of one sample, e.g. [2] for points. */
  readonly sampleShape: readonly number[];
  /** Shape of one condition, or null when the network takes none. */
  readonly conditionShape: readonly number[] | null;
  readonly metadata: Readonly<Record<string, string>>;
}
