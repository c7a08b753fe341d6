/**
 * The networks that are measured (engine.md §1: A bound by launches, B by arithmetic) as every engine gets them: the
 * graph as an .onnx file for those that run graphs, the same weights by name for those that spell the network out.
 */
import { NOISE_STREAM, normals, sampleKeys } from '../src/kernels/noise/noise.twin';
import type { Inputs } from './engines/engine';
import type { BenchWorkload } from './report/types';

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Workload {
  readonly name: BenchWorkload;
  readonly sampleShape: readonly number[];
  /** Numbers in one condition; 0 for none. */
  readonly conditionSize: number;
  /** Frequencies of the time features. */
  readonly frequencies: readonly number[];
  readonly weights: ReadonlyMap<string, Weight>;
  /** The forward graph with its weights, as an .onnx file. */
  graph(): Promise<Uint8Array>;
}

/** `data/<workload>.json`, beside `.bin` (all weights, float32) and `.onnx`. */
export interface WorkloadIndex {
  readonly sampleShape: readonly number[];
  readonly conditionSize: number;
  readonly frequencies: readonly number[];
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/** What the graph knows and the weights' shapes do not tell. */
export const transformer = { patch: 3, heads: 4 } as const;

/** Fetches a workload from the page's `data` folder. */
export async function loadWorkload(name: BenchWorkload, base: string): Promise<Workload> {
  const file = async (extension: string): Promise<Response> => {
    const response = await fetch(new URL(`data/${name}.${extension}`, base));
    if (!response.ok) throw new Error(`data/${name}.${extension}: ${response.status}`);
    return response;
  };
  const index = (await (await file('json')).json()) as WorkloadIndex;
  const all = new Float32Array(await (await file('bin')).arrayBuffer());
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const { name: weight, shape } of index.weights) {
    const length = shape.reduce((product, dim) => product * dim, 1);
    weights.set(weight, { shape, data: all.subarray(offset, offset + length) });
    offset += length;
  }
  return {
    ...index,
    name,
    weights,
    graph: async () => new Uint8Array(await (await file('onnx')).arrayBuffer()),
  };
}

const INPUT_SEED = 7;

/** Inputs of `batch` samples; always the same for the same workload and batch. */
export function benchInputs(workload: Workload, batch: number): Inputs {
  const keys = sampleKeys(INPUT_SEED, 0, 3);
  const drawn = (which: number, perSample: number): Float32Array => {
    const out = new Float32Array(batch * perSample);
    normals(keys[2 * which], keys[2 * which + 1], NOISE_STREAM.initial, out.length, out, 0);
    return out;
  };
  const size = workload.sampleShape.reduce((product, dim) => product * dim, 1);
  return {
    batch,
    x: drawn(0, size),
    t: Float32Array.from({ length: batch }, (_, row) => (row + 0.5) / batch),
    cond: workload.conditionSize > 0 ? drawn(1, workload.conditionSize) : null,
    dv: drawn(2, size),
  };
}

/** The graph inputs that are not weights. */
export const namedInputs = ({ x, t, cond, dv }: Inputs): Record<string, Float32Array> => ({
  x,
  t,
  dv,
  ...(cond ? { cond } : {}),
});
