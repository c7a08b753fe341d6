/**
 * The layers that the models share, written with operators that have a derivative rule and cost few dispatches:
 * linear layers are two-dimensional Gemm with bias, SiLU is x·σ(x), LayerNorm is spelled out. (docs/engine.md §6)
 */
import { exp, log } from '../../core/math';
import type { GraphBuilder } from '../builder';

/** A standard normal number for every index, always the same for the same index (counter-based noise). */
export type NormalSource = (index: number) => number;

export const NORM_EPSILON = 1e-6;

/** Hands out initial weights; every tensor takes the next stretch of one normal stream, so the order of calls counts. */
export class Initialiser {
  #next = 0;

  constructor(private readonly normal: NormalSource) {}

  normals(count: number, deviation: number): Float32Array {
    const first = this.#next;
    this.#next += count;
    return Float32Array.from({ length: count }, (_, i) => this.normal(first + i) * deviation);
  }
}

export interface LinearOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** All-zero weights and biases (adaLN-zero, output heads). */
  readonly zero?: boolean;
  /** Name of the result, for graph outputs. */
  readonly output?: string;
}

/**
 * y = x·W + b for rows x [M, inputs]; parameters `name.weight` [inputs, outputs] and `name.bias` [outputs], both normal
 * with variance 1/(3·inputs), which is that of the usual fan-in uniform initialisation.
 */
export function linear(
  builder: GraphBuilder,
  source: Initialiser,
  name: string,
  x: string,
  { inputs, outputs, zero = false, output }: LinearOptions,
): string {
  const deviation = zero ? 0 : 1 / Math.sqrt(3 * inputs);
  const weight = source.normals(inputs * outputs, deviation);
  const bias = source.normals(outputs, deviation);
  const operands = [
    x,
    builder.parameter(`${name}.weight`, [inputs, outputs], weight),
    builder.parameter(`${name}.bias`, [outputs], bias),
  ];
  return builder.add('Gemm', operands, {}, output);
}

/** SiLU(x) = x·σ(x). */
export const silu = (builder: GraphBuilder, x: string): string =>
  builder.add('Mul', [x, builder.add('Sigmoid', [x])]);

/** (x − mean)/√(variance + ε) over the last axis, without scale and shift. */
export function layerNorm(builder: GraphBuilder, x: string): string {
  const overLast = { axes: [-1], keepdims: 1 };
  const centred = builder.add('Sub', [x, builder.add('ReduceMean', [x], overLast)]);
  const squared = builder.add('Mul', [centred, centred]);
  const variance = builder.add('ReduceMean', [squared], overLast);
  const shifted = builder.add('Add', [variance, builder.scalar(NORM_EPSILON)]);
  return builder.add('Div', [centred, builder.add('Sqrt', [shifted])]);
}

/** `count` numbers from 1 to `last`, each the same factor above the one before. */
export function logSpaced(last: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) =>
    count === 1 ? 1 : exp((log(last) * k) / (count - 1)),
  );
}

/** sin(t·f) and cos(t·f), both [N, frequencies], for t [N] and f log-spaced from 1 to `maxFrequency`. */
export function timeFeatures(
  builder: GraphBuilder,
  t: string,
  frequencies: number,
  maxFrequency: number,
): [sin: string, cos: string] {
  const table = builder.constant(
    'time_frequencies',
    [1, frequencies],
    logSpaced(maxFrequency, frequencies),
  );
  const column = builder.add('Reshape', [t, builder.ints([-1, 1])]);
  const angle = builder.add('Mul', [column, table]);
  return [builder.add('Sin', [angle]), builder.add('Cos', [angle])];
}
