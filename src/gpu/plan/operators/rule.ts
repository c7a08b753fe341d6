/**
 * How an operator becomes values (values.ts): one rule per operator of the trainable set, in files by the same families as
 * the operators themselves (src/onnx/operators), with which the tests compare them.
 *
 * Composite operators (Softmax, LayerNormalization, Gelu, …) become maps and reductions here, so that fusion sees only
 * primitives.
 */
import type { Constant, GraphNode, Shape, ValueInfo } from '../../../onnx/graph';
import { constantInts } from '../../../onnx/nodeView';
import type { Size } from '../sizes';
import type { SplitOptions } from '../splitSums';
import type { Value, ValueFactory } from '../values';

/** What a rule sees of one node. */
export interface RuleContext {
  readonly node: GraphNode;
  readonly make: ValueFactory;
  readonly infos: ReadonlyMap<string, ValueInfo>;
  readonly constants: ReadonlyMap<string, Constant>;
  readonly options: SplitOptions;
}

/** The value of a node's output, or of each of several, from those of its inputs. */
export type Rule = (context: RuleContext, ...operands: Value[]) => Value | Value[];

export type Rules = Readonly<Record<string, Rule>>;

export const outputShape = ({ node, infos }: RuleContext, output = 0): Shape =>
  infos.get(node.outputs[output])!.shape;

/** `axis` counted from the front. */
export const positive = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The numbers of a constant input; null where it is left out. */
export const ints = ({ node, constants }: RuleContext, input: number): number[] | null =>
  constantInts(node, input, constants);

/** The sum `x` over `size` elements as a mean. */
export function divideBySize(make: ValueFactory, x: Value, size: Size): Value {
  return size.power === 0
    ? make.map('multiply', x, make.number(1 / size.count))
    : make.map('divide', x, make.number(size));
}
