/** Network inputs of rows that lie anywhere in the stored tree. CPU twin of gather.wgsl. */

export interface GatherInput {
  /** Node of each row. */
  readonly nodes: ArrayLike<number>;
  /** Tree of each row; read only where there are conditions. */
  readonly trees: ArrayLike<number>;
  /** Noise level of each row. */
  readonly sigmas: ArrayLike<number>;
  /** Latents of all nodes [nodes, D]. */
  readonly latents: Float32Array;
  /** Condition of each tree [trees, conditionLength]. */
  readonly conditions: Float32Array | null;
  readonly dimensions: number;
  readonly conditionLength: number;
}

export interface GatherOutput {
  /** [rows, D] */
  readonly x: Float32Array;
  /** [rows] */
  readonly t: Float32Array;
  /** [rows, conditionLength] */
  readonly cond: Float32Array;
}

/** Copies latents, noise levels and conditions of the rows next to each other. */
export function gather(input: GatherInput, out: GatherOutput): void {
  const { nodes, trees, sigmas, latents, conditions, dimensions, conditionLength } = input;
  for (let row = 0; row < nodes.length; row++) {
    const from = nodes[row] * dimensions;
    out.x.set(latents.subarray(from, from + dimensions), row * dimensions);
    out.t[row] = sigmas[row];
    if (!conditions) continue;
    const at = trees[row] * conditionLength;
    out.cond.set(conditions.subarray(at, at + conditionLength), row * conditionLength);
  }
}
