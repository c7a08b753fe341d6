/**
 * From a prediction of the clean sample to a velocity, as graph nodes.
 *
 * With x_t = (1 − t)·x0 + t·ε the velocity is v = ε − x0 = (x_t − x0)/t; t is held above a floor so that the last steps
 * stay finite (docs/scenes.md §1.1: v = (x − x̂0)/max(t, .05)).
 */
import type { GraphBuilder } from '../builder';

export const SMALLEST_TIME = 0.05;

/** Adds v = (x − x0)/max(t, .05) for x and x0 [N, …dims] and t [N] (or [N, 1]); returns the tensor named `output`. */
export function velocityFromSample(
  builder: GraphBuilder,
  tensors: { readonly x: string; readonly x0: string; readonly t: string },
  output: string,
): string {
  const { x, x0, t } = tensors;
  const rank = builder.shape(x).length;
  const column = [-1, ...new Array<number>(rank - 1).fill(1)];
  const time = builder.add('Max', [t, builder.scalar(SMALLEST_TIME)]);
  const divisor = builder.add('Reshape', [time, builder.ints(column)]);
  return builder.add('Div', [builder.add('Sub', [x, x0]), divisor], {}, output);
}
