/** Shape rules that several families share, and how the others read axes and constant operands. */
import { say } from '../../content';
import { broadcastShapes, normalAxis } from '../dims';
import { constantInts } from '../nodeView';
import type { ShapeContext, ShapeRule } from './operator';

/** The output has the shape of the first input. */
export const same: ShapeRule = ({ shape }) => [shape(0)];

/** All inputs broadcast to the output (NumPy). */
export const broadcast: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  return [
    node.inputs
      .map((_, index) => shape(index))
      .reduce(
        (a, b) =>
          broadcastShapes(a, b) ??
          fail(say('network.notBroadcast', { a: String(a), b: String(b) })),
      ),
  ];
};

/** `axis` counted from the front. */
export function checkedAxis(context: ShapeContext, axis: number, rank: number): number {
  return normalAxis(axis, rank) ?? context.fail(say('network.axisOutside', { axis, rank }));
}

export function checkedAxes(
  context: ShapeContext,
  axes: readonly number[],
  rank: number,
): number[] {
  return axes.map((axis) => checkedAxis(context, axis, rank));
}

/** The numbers of an input that must be given, and as a constant. */
export function requiredInts(context: ShapeContext, input: number): number[] {
  const values = constantInts(context.node, input, context.constants);
  return values ?? context.fail(say('network.inputMissing', { input }));
}
