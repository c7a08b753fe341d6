/**
 * The velocity field of the point scenes: a small residual network of position and time (docs/scenes.md §2).
 *
 *   h = in([x, sin(t·f), cos(t·f)]),   L times h += W·silu(h) + b,   v = out(silu(h)),   out = 0 at the start
 */
import { EspalierError } from '../../core/errors';
import { GraphBuilder } from '../builder';
import type { Graph } from '../graph';
import { Initialiser, linear, type NormalSource, silu, timeFeatures } from './layers';

export interface PointMlpOptions {
  readonly width: number;
  readonly normal: NormalSource;
  /** Residual layers. */
  readonly layers?: number;
  /** Time features in all, half of them sines. */
  readonly timeFeatures?: number;
  readonly maxFrequency?: number;
  /** Numbers in one sample. */
  readonly dimensions?: number;
  /** Numbers in one condition; 0 leaves the input `cond` out. */
  readonly conditionSize?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Inputs x [N, dimensions], t [N] and, if asked for, cond [N, conditionSize]; output v [N, dimensions]. Width 64 has
 * 14,850 parameters, 96 has 31,490 and 128 has 54,274.
 */
export function buildPointMlp(options: PointMlpOptions): Graph {
  const { width, layers = 3, dimensions = 2, conditionSize = 0, maxFrequency = 1000 } = options;
  const features = options.timeFeatures ?? 32;
  if (features % 2 !== 0) {
    throw new EspalierError('bad-setting', 'oddTimeFeatures');
  }
  const builder = new GraphBuilder('point-mlp');
  const source = new Initialiser(options.normal);
  const x = builder.input('x', [-1, dimensions]);
  const t = builder.input('t', [-1]);
  const condition = conditionSize > 0 ? [builder.input('cond', [-1, conditionSize])] : [];
  const time = timeFeatures(builder, t, features / 2, maxFrequency);
  const joined = builder.add('Concat', [x, ...time, ...condition], { axis: 1 });
  let h = linear(builder, source, 'in', joined, {
    inputs: dimensions + features + conditionSize,
    outputs: width,
  });
  for (let layer = 0; layer < layers; layer++) {
    const size = { inputs: width, outputs: width };
    h = builder.add('Add', [h, linear(builder, source, `layer${layer}`, silu(builder, h), size)]);
  }
  const out = { inputs: width, outputs: dimensions, zero: true, output: 'v' };
  builder.output(linear(builder, source, 'out', silu(builder, h), out));
  return builder.build({ architecture: `mlp ${width}x${layers}`, ...options.metadata });
}
