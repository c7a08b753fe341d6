/** Sums and means over axes. */
import { intAttribute, intsAttribute } from '../../../onnx/nodeView';
import { shapeSize } from '../sizes';
import { sumOver } from '../splitSums';
import type { Value, ValueFactory } from '../values';
import { divideBySize, ints, outputShape, positive, type RuleContext, type Rules } from './rule';

/** `x` with `axes` moved to the end, ready for a reduction. */
function axesLast(make: ValueFactory, x: Value, axes: readonly number[]): Value {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return make.transpose(x, [...kept, ...axes]);
}

function reduction(
  context: RuleContext,
  x: Value,
  given: readonly number[] | null,
  mean: boolean,
): Value {
  const { make, node } = context;
  const rank = x.shape.length;
  if (!given?.length && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return x;
  const chosen = given?.length ? given.map((axis) => positive(axis, rank)) : x.shape.keys();
  const axes = [...chosen].sort((a, b) => a - b);
  const sum = sumOver(make, axesLast(make, x, axes), axes.length, context.options);
  const count = shapeSize(axes.map((axis) => x.shape[axis]));
  const result = mean ? divideBySize(make, sum, count) : sum;
  return make.reshape(result, outputShape(context));
}

export const reductions: Rules = {
  ReduceMean: (context, x) => reduction(context, x, intsAttribute(context.node, 'axes'), true),
  ReduceSum: (context, x) => reduction(context, x, ints(context, 1), false),
};
