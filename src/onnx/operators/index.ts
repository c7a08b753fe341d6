/**
 * The trainable operator set: which ONNX operators a policy may be made of. Each is one record (operator.ts) in the file of
 * its family.
 *
 * Operators keep their meaning of opset 17 (Gelu: 20) of the default ONNX domain, with these limits: shapes, axes,
 * split sizes, pads and slice bounds are int64 constants; Slice has step 1; Gather works on axis 0; Pow has a constant
 * exponent; Pad fills with zeros.
 */
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import type { GraphNode } from '../graph';
import { arithmetic } from './arithmetic';
import { functions } from './functions';
import { indexing } from './indexing';
import { movement } from './movement';
import { normalisation } from './normalisation';
import type { Family, Operator } from './operator';
import { products } from './products';
import { reductions } from './reductions';

const families: readonly Family[] = [
  arithmetic,
  functions,
  products,
  reductions,
  normalisation,
  movement,
  indexing,
];

/** Every operator of the set by its ONNX name, in alphabetical order. */
export const operators: Family = Object.fromEntries(
  families.flatMap((family) => Object.entries(family)).sort(([a], [b]) => (a < b ? -1 : 1)),
);

/** The operators with a derivative of their own, which a lowered graph is made of. */
export const primitiveOperators: readonly string[] = Object.keys(operators).filter(
  (op) => operators[op].vjp,
);

/** The refusal of one node: `unsupported-operator`, naming the operator and the node. */
export function unsupportedOperator(
  node: GraphNode,
  reason = say('untrainable.operator'),
): EspalierError {
  const params = { op: node.op, node: node.name, reason };
  return new EspalierError(
    'unsupported-operator',
    'operator',
    { ...params, operators: Object.keys(operators).join(', ') },
    [say('network.operator', params)],
  );
}

/** The operator of a node; throws `unsupported-operator` for one outside the set, `bad-model` for too many inputs. */
export function operatorOf(node: GraphNode): Operator {
  const operator = Object.hasOwn(operators, node.op) ? operators[node.op] : undefined;
  if (!operator) throw unsupportedOperator(node);
  const [fewest, most] = operator.inputs;
  if (node.inputs.length < fewest || node.inputs.length > most) {
    const takes = fewest === most ? fewest : say('network.range', { from: fewest, to: most });
    const params = { node: node.name, op: node.op, inputs: node.inputs.length, takes };
    throw new EspalierError('bad-model', 'nodeInputs', params);
  }
  return operator;
}
