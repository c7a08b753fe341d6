/** The small networks on which this folder's tests run whole graphs. */
import { GraphBuilder } from './builder';
import type { Graph } from './graph';
import { buildDit, type DitOptions } from './models/dit';
import { Initialiser, linear } from './models/layers';
import { buildPointMlp } from './models/mlp';
import { testNormal } from './models/testNormal';

const normal = testNormal(7);

export function geluMlp(approximate: string): Graph {
  const builder = new GraphBuilder('gelu');
  const source = new Initialiser(normal);
  let h = builder.input('x', [-1, 3]);
  builder.input('t', [-1]);
  for (const layer of [0, 1]) {
    h = linear(builder, source, `layer${layer}`, h, { inputs: layer ? 6 : 3, outputs: 6 });
    h = builder.add('Gelu', [h], { approximate });
  }
  builder.output(linear(builder, source, 'out', h, { inputs: 6, outputs: 3, output: 'v' }));
  return builder.build();
}

export const tinyDitOptions: DitOptions = {
  ...{ channels: 2, height: 4, width: 4, patch: 2, dim: 8, blocks: 2, heads: 2, mlpRatio: 2 },
  ...{ timeFeatures: 8, maxFrequency: 10, zeroStart: false, normal },
};

/** Two slots; a token of both with a table of its own for the second, and a token of the second alone. */
export const promptTokens = {
  kind: 'slots',
  sizes: [3, 2],
  extraTables: [2],
  tokens: [
    [
      { slot: 0, table: 0 },
      { slot: 1, table: 2 },
    ],
    [{ slot: 1, table: 1 }],
  ],
} as const;

export const tinyMlp = (): Graph =>
  buildPointMlp({ width: 6, layers: 2, timeFeatures: 4, maxFrequency: 5, normal });

export const promptDit = (): Graph =>
  buildDit({ ...tinyDitOptions, condition: promptTokens, prediction: 'x0' });

/** Note that the point MLP's head starts at zero, so tests of its gradient add weights of their own. */
export const networks: readonly (readonly [string, () => Graph])[] = [
  ['point MLP', tinyMlp],
  ['GELU MLP', () => geluMlp('none')],
  ['tanh-GELU MLP', () => geluMlp('tanh')],
  ['tiny DiT', () => buildDit({ ...tinyDitOptions, condition: { kind: 'vector', size: 3 } })],
  ['tiny DiT without condition', () => buildDit({ ...tinyDitOptions, blocks: 1 })],
  ['tiny DiT with prompt tokens that predicts x0', promptDit],
];
