/**
 * The networks that are measured (docs/engine.md §1: A bound by launches, B by arithmetic; the glyph scene's) as every
 * engine gets them: the graph as an .onnx file for those that run graphs, the same weights by name for those that spell
 * the network out.
 */
import { NOISE_STREAM, normals, sampleKeys } from '../src/kernels/noise/noise.twin';

/** Measured by pass, each engine in the same way. */
export type PassWorkload = 'A' | 'B';

export type BenchWorkload = PassWorkload | 'glyphs';

/** Row-major inputs of one batch, seeded. */
export interface Inputs {
  readonly batch: number;
  /** [batch, …sampleShape] */
  readonly x: Float32Array;
  /** [batch] */
  readonly t: Float32Array;
  /** [batch, size], or null when the network takes none. */
  readonly cond: Float32Array | null;
  /** Upstream dL/dv [batch, …sampleShape]. */
  readonly dv: Float32Array;
}

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Whether gradients are taken by it. */
  readonly trained: boolean;
}

/** The sizes of a transformer that whoever spells it out has to know beside its weights. */
export interface Transformer {
  readonly patch: number;
  readonly heads: number;
  /** Tokens of the prompt in front of the patches'. */
  readonly promptTokens: number;
  readonly prediction: 'v' | 'x0';
}

export interface Workload {
  readonly name: BenchWorkload;
  readonly sampleShape: readonly number[];
  /** Numbers in one condition; 0 for none. */
  readonly conditionSize: number;
  /** Values of every slot of a condition, of which one is 1 and the others are 0; null: a condition is any numbers. */
  readonly slots: readonly number[] | null;
  /** Noise levels that the rows of a batch take in turn; null: evenly spread between 0 and 1. */
  readonly noiseLevels: readonly number[] | null;
  /** Frequencies of the time features. */
  readonly frequencies: readonly number[];
  /** null: the MLP. */
  readonly transformer: Transformer | null;
  readonly weights: ReadonlyMap<string, Weight>;
  /** The forward graph with its weights, as an .onnx file. */
  graph(): Promise<Uint8Array>;
}

/** `data/<workload>.json`, beside `.bin` (all weights, float32) and `.onnx`. */
export interface WorkloadIndex {
  readonly sampleShape: readonly number[];
  readonly conditionSize: number;
  readonly slots: readonly number[] | null;
  readonly noiseLevels: readonly number[] | null;
  readonly frequencies: readonly number[];
  readonly transformer: Transformer | null;
  readonly weights: readonly (Omit<Weight, 'data'> & { readonly name: string })[];
}

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
  for (const { name: weight, shape, trained } of index.weights) {
    const length = shape.reduce((product, dim) => product * dim, 1);
    weights.set(weight, { shape, trained, data: all.subarray(offset, offset + length) });
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
  const conditions = (): Float32Array | null => {
    const { conditionSize, slots } = workload;
    if (conditionSize === 0) return null;
    return slots ? oneHot(slots, batch) : drawn(1, conditionSize);
  };
  const { noiseLevels } = workload;
  const time = (row: number): number =>
    noiseLevels ? noiseLevels[row % noiseLevels.length] : (row + 0.5) / batch;
  const size = workload.sampleShape.reduce((product, dim) => product * dim, 1);
  return {
    batch,
    x: drawn(0, size),
    t: Float32Array.from({ length: batch }, (_, row) => time(row)),
    cond: conditions(),
    dv: drawn(2, size),
  };
}

/** Another value in every slot from row to row. */
function oneHot(slots: readonly number[], rows: number): Float32Array {
  const width = slots.reduce((sum, size) => sum + size, 0);
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let first = row * width;
    slots.forEach((size, slot) => {
      out[first + ((5 * row + 3 * slot) % size)] = 1;
      first += size;
    });
  }
  return out;
}

/** The graph inputs that are not weights. */
export const namedInputs = ({ x, t, cond, dv }: Inputs): Record<string, Float32Array> => ({
  x,
  t,
  dv,
  ...(cond ? { cond } : {}),
});
