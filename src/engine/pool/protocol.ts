/** What the calling thread and the workers of the pool say to each other. Row-major float32 throughout. */

/** One graph as an .onnx file, and the shapes of its inputs (negative: times the batch, onnx/graph.ts). */
export interface GraphFile {
  readonly bytes: Uint8Array;
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** All that a worker needs of a policy. */
export interface NetworkFiles {
  readonly forward: GraphFile;
  readonly gradient: GraphFile;
  readonly parameters: readonly {
    readonly name: string;
    /** Name of its gradient among the outputs. */
    readonly gradient: string;
    readonly offset: number;
    readonly length: number;
  }[];
  readonly parameterLength: number;
  /** Numbers in one sample, and in one condition (0: none). */
  readonly dimensions: number;
  readonly conditionSize: number;
}

/** Which of the weights that a worker holds. */
export type WeightSlot = 'policy' | 'reference';

/** Rows of the network's inputs; `dv` only for gradients. */
export interface Rows {
  /** [rows, D] */
  readonly x: Float32Array;
  /** [rows] */
  readonly t: Float32Array;
  /** [rows, C] or null */
  readonly cond: Float32Array | null;
  /** [rows, D] or null */
  readonly dv: Float32Array | null;
}

/** Neighbouring shards of one batch. */
export interface Block {
  readonly rows: Rows;
  /** First row of each of its shards within `rows`, and their number at the end. */
  readonly bounds: readonly number[];
  /** Number of its first shard in the batch, and of all shards of the batch. */
  readonly first: number;
  readonly shards: number;
}

/** A sum of gradients over the shards [index·2^level, (index + 1)·2^level). */
export interface PartialSum {
  readonly level: number;
  readonly index: number;
  readonly values: Float32Array;
}

export type ToWorker =
  | { readonly kind: 'open'; readonly network: NetworkFiles }
  /** Once where the memory is shared, else whenever they changed. */
  | { readonly kind: 'weights'; readonly slot: WeightSlot; readonly values: Float32Array }
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly pass: 'forward' | 'gradient';
      readonly slot: WeightSlot;
      readonly block: Block;
    };

export type FromWorker =
  | { readonly kind: 'opened' }
  | { readonly kind: 'velocities'; readonly id: number; readonly values: Float32Array }
  | { readonly kind: 'gradients'; readonly id: number; readonly sums: readonly PartialSum[] }
  /** `id` is −1 where it could not open. */
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
