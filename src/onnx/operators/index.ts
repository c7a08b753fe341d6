/**
 * The trainable operator set: which ONNX operators a policy may be made of, with the types of their attributes.
 *
 * Operators keep their meaning of opset 17 (Gelu: 20) of the default ONNX domain, with these limits: shapes, axes,
 * split sizes, pads and slice bounds are int64 constants; Slice has step 1; Gather works on axis 0; Pow has a constant
 * exponent; Pad fills with zeros. Shape rules: shapeRules.ts. Derivatives: vjpRules.ts, lower.ts. Definitions:
 * interpretOps.ts.
 */
import { EspalierError } from '../../core/errors';
import type { GraphNode } from '../graph';

export type AttributeKind = 'int' | 'float' | 'ints' | 'string';

export interface OperatorSchema {
  /** Fewest and most inputs; an optional input that is left out in the middle is the empty string. */
  readonly inputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeKind>>;
}

const many = Number.POSITIVE_INFINITY;
const unary: OperatorSchema = { inputs: [1, 1], attributes: {} };
const binary: OperatorSchema = { inputs: [2, 2], attributes: {} };

export const operators: Readonly<Record<string, OperatorSchema>> = {
  Add: binary,
  Clip: { inputs: [1, 3], attributes: {} },
  Concat: { inputs: [1, many], attributes: { axis: 'int' } },
  Cos: unary,
  Div: binary,
  Erf: unary,
  Exp: unary,
  Expand: binary,
  Flatten: { inputs: [1, 1], attributes: { axis: 'int' } },
  Gather: { inputs: [2, 2], attributes: { axis: 'int' } },
  Gelu: { inputs: [1, 1], attributes: { approximate: 'string' } },
  Gemm: {
    inputs: [2, 3],
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  },
  Identity: unary,
  LayerNormalization: {
    inputs: [2, 3],
    attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
  },
  Log: unary,
  MatMul: binary,
  Max: { inputs: [1, many], attributes: {} },
  Min: { inputs: [1, many], attributes: {} },
  Mul: binary,
  Neg: unary,
  Pad: { inputs: [2, 3], attributes: { mode: 'string' } },
  Pow: binary,
  Reciprocal: unary,
  ReduceMean: { inputs: [1, 1], attributes: { axes: 'ints', keepdims: 'int' } },
  ReduceSum: { inputs: [1, 2], attributes: { keepdims: 'int', noop_with_empty_axes: 'int' } },
  Relu: unary,
  Reshape: { inputs: [2, 2], attributes: { allowzero: 'int' } },
  Sigmoid: unary,
  Sin: unary,
  Slice: { inputs: [3, 5], attributes: {} },
  Softmax: { inputs: [1, 1], attributes: { axis: 'int' } },
  Split: { inputs: [1, 2], attributes: { axis: 'int' } },
  Sqrt: unary,
  Squeeze: { inputs: [1, 2], attributes: {} },
  Sub: binary,
  Tanh: unary,
  Transpose: { inputs: [1, 1], attributes: { perm: 'ints' } },
  Unsqueeze: binary,
};

const advice = `The trainable operators are ${Object.keys(operators).join(', ')}.`;

/** The refusal of one node: `unsupported-operator`, naming the operator and the node. */
export function unsupportedOperator(node: GraphNode, reason = 'is not trainable'): EspalierError {
  return new EspalierError(
    'unsupported-operator',
    `The operator ${node.op} (node "${node.name}") ${reason}.`,
    `${advice} Any other network can still be used as a reward model.`,
    [`${node.op} (node "${node.name}") ${reason}`],
  );
}

/** The schema of a node's operator; throws `unsupported-operator` for one outside the set. */
export function operatorSchema(node: GraphNode): OperatorSchema {
  const schema = Object.hasOwn(operators, node.op) ? operators[node.op] : undefined;
  if (!schema) throw unsupportedOperator(node);
  const [fewest, most] = schema.inputs;
  if (node.inputs.length < fewest || node.inputs.length > most) {
    throw new EspalierError(
      'bad-model',
      `The node "${node.name}" (${node.op}) has ${node.inputs.length} inputs.`,
      `${node.op} takes ${fewest === most ? fewest : `${fewest} to ${most}`} inputs.`,
    );
  }
  return schema;
}
