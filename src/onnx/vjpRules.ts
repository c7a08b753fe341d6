/**
 * One vector–Jacobian rule per primitive operator: from g = dL/dy to dL/dx for every input x. Composite operators are
 * taken apart by lower.ts first.
 *
 * Rules may return a gradient that is smaller than its input and broadcasts to it (ReduceSum); it is repeated only
 * where the rule that receives it is not among `broadcastingRules`. Checked against finite differences, operator by operator, in vjpRules.test.ts.
 */
import { isBatchDim } from './dims';
import {
  refuseBatch,
  scaleBy,
  term,
  type GradientBuilder,
  type Term,
} from './passes/gradientBuilder';
import { elementCount, type GraphNode, type Shape } from './graph';
import { constantInts, floatAttribute, intAttribute, intsAttribute } from './nodeView';
import { shapeContext } from './passes/shapes';
import { sliceBounds } from './shapeRules';

/** What a rule sees. `wanted(i)` tells whether dL/d(input i) is used at all. */
export interface VjpContext {
  readonly node: GraphNode;
  readonly builder: GradientBuilder;
  wanted(input: number): boolean;
}

/** `gradients[i]` belongs to output i, null where the output is unused; the result has one entry per input. */
export type VjpRule = (
  context: VjpContext,
  gradients: readonly (Term | null)[],
) => readonly (Term | null)[];

/** Smallest positive number that step functions tell from zero. */
const TINY = 1e-30;

interface Operands {
  readonly node: GraphNode;
  readonly b: GradientBuilder;
  readonly x: readonly string[];
  readonly y: string;
  readonly shapes: readonly Shape[];
  readonly wanted: (input: number) => boolean;
}

/** A rule for a one-output operator, called with its gradient. */
const rule =
  (body: (operands: Operands, g: Term) => readonly (Term | null)[]): VjpRule =>
  ({ node, builder, wanted }, [g]) => {
    if (!g) return node.inputs.map(() => null);
    const shapes = node.inputs.map((name) => (name === '' ? [] : builder.shape(name)));
    return body({ node, b: builder, x: node.inputs, y: node.outputs[0], shapes, wanted }, g);
  };

/** A rule for y = f(x), element by element: dL/dx = `slope`(…) applied to g. */
const elementwise = (slope: (operands: Operands, g: Term) => Term): VjpRule =>
  rule((operands, g) => [slope(operands, g)]);

/** 1 where value > 0 and 0 elsewhere, without comparisons: max(v, 0)/max(v, 0, tiny). */
function step(b: GradientBuilder, value: string): string {
  const positive = b.emit('Relu', [value]);
  return b.emit('Div', [positive, b.emit('Max', [positive, b.scalar(TINY)])]);
}

/** y = a·b: da = g·b, db = g·a, summed over repeated axes; y = a²: 2·g·a; y = x·σ(x): g·(σ + y·(1 − σ)). */
const mulRule = rule(({ b, x, y, shapes, wanted }, g) => {
  if (x[0] === x[1]) return [b.mul(scaleBy(g, 2), x[0]), null];
  const gate = [0, 1].find((i) => {
    const producer = b.producer(x[i]);
    return producer?.op === 'Sigmoid' && producer.inputs[0] === x[1 - i];
  });
  if (gate !== undefined) {
    const falling = b.emit('Sub', [b.scalar(1), x[gate]]);
    const slope = b.emit('Add', [x[gate], b.emit('Mul', [y, falling])]);
    const whole = b.mul(g, slope);
    return gate === 1 ? [whole, null] : [null, whole];
  }
  return [0, 1].map((i) =>
    wanted(i) ? b.sumTo(b.expand(b.mul(g, x[1 - i]), y), shapes[i]) : null,
  );
});

/** y = a/b: da = g/b, db = −(g/b)·y. */
const divRule = rule(({ b, x, y, shapes, wanted }, g) => {
  const quotient = b.div(g, x[1]);
  return [
    wanted(0) ? b.sumTo(quotient, shapes[0]) : null,
    wanted(1) ? b.sumTo(scaleBy(b.mul(quotient, y), -1), shapes[1]) : null,
  ];
});

/** y = max(a, b) or min(a, b): g goes to the operand that won, on a tie to the second. */
const extremum = (op: 'Max' | 'Min'): VjpRule =>
  rule(({ b, x, shapes, wanted }, g) => {
    const [high, low] = op === 'Max' ? [x[0], x[1]] : [x[1], x[0]];
    const first = step(b, b.emit('Sub', [high, low]));
    return [
      wanted(0) ? b.sumTo(b.mul(g, first), shapes[0]) : null,
      wanted(1) ? b.sumTo(b.mul(g, b.emit('Sub', [b.scalar(1), first])), shapes[1]) : null,
    ];
  });

/** Y = α·A'·B' + β·C: dA' = α·g·B'ᵀ, dB' = α·A'ᵀ·g, dC = β·g summed over rows; transposes are flags. */
const gemmRule = rule(({ node, b, x, shapes, wanted }, g) => {
  const transA = intAttribute(node, 'transA', 0) === 1;
  const transB = intAttribute(node, 'transB', 0) === 1;
  const scaled = scaleBy(g, floatAttribute(node, 'alpha', 1));
  const [A, B] = [term(x[0]), term(x[1])];
  const dA = (): Term =>
    transA ? b.gemm(B, scaled, transB, true) : b.gemm(scaled, B, false, !transB);
  const dB = (): Term =>
    transB ? b.gemm(scaled, A, true, transA) : b.gemm(A, scaled, !transA, false);
  const dC = (): Term => b.sumTo(scaleBy(g, floatAttribute(node, 'beta', 1)), shapes[2]);
  return [dA, dB, dC].slice(0, x.length).map((make, i) => (wanted(i) ? make() : null));
});

/** Y = A·B: dA = g·Bᵀ, dB = Aᵀ·g; a matrix B is shared by all rows of A, so both become Gemm on rows. */
const matMulRule = rule(({ b, x, shapes, wanted }, g) => {
  const [A, B] = [term(x[0]), term(x[1])];
  if (shapes[1].length === 2) {
    const [rowsG, rowsA] = [b.rows(g), b.rows(A)];
    return [
      wanted(0) ? b.reshape(b.gemm(rowsG, B, false, true), shapes[0]) : null,
      wanted(1) ? b.gemm(rowsA, rowsG, true, false) : null,
    ];
  }
  return [
    wanted(0) ? b.sumTo(b.matMul(g, b.transposeMatrix(B)), shapes[0]) : null,
    wanted(1) ? b.sumTo(b.matMul(b.transposeMatrix(A), g), shapes[1]) : null,
  ];
});

/** y = softmax(x): dx = y·(g − Σ g·y). */
const softmaxRule = rule(({ node, b, y, shapes }, g) => {
  const axis = intAttribute(node, 'axis', -1);
  const normal = axis < 0 ? axis + shapes[0].length : axis;
  const product = b.mul(g, y);
  const overlap = term(b.sum(product.tensor, [normal], true), -product.scale);
  return [b.mul(b.add(g, overlap), y)];
});

/** y = Σ x or mean x over axes: g is repeated along them, for the mean divided by their number. */
const reduceRule = (mean: boolean): VjpRule =>
  rule(({ node, b, shapes }, g) => {
    const shape = shapes[0];
    const given = mean ? intsAttribute(node, 'axes') : constantInts(node, 1, b.builder.constants);
    const axes = given?.length
      ? given.map((axis) => (axis < 0 ? axis + shape.length : axis))
      : shape.map((_, axis) => axis);
    const reduced = axes.map((axis) => shape[axis]);
    if (mean && reduced.some(isBatchDim)) throw refuseBatch(node);
    const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    return [scaleBy(b.reshape(g, kept), mean ? 1 / elementCount(reduced) : 1)];
  });

/** y = transpose(x, p): dx = transpose(g, p⁻¹). */
const transposeRule = rule(({ node, b, shapes }, g) => {
  const rank = shapes[0].length;
  const perm = intsAttribute(node, 'perm') ?? shapes[0].map((_, axis) => rank - 1 - axis);
  return [
    b.transpose(
      g,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ];
});

/** The scale that most terms have, so that few of them need a factor. */
function commonScale(terms: readonly (Term | null)[]): number {
  const scales = terms.flatMap((t) => (t ? [t.scale] : []));
  const count = (scale: number): number => scales.filter((other) => other === scale).length;
  return scales.reduce((best, scale) => (count(scale) > count(best) ? scale : best));
}

/** [y₀, y₁, …] = split(x): dx = concat(g₀, g₁, …), zeros where a part is unused. */
const splitRule: VjpRule = ({ node, builder: b }, gradients) => {
  if (gradients.every((g) => g === null)) return [null, null];
  const axis = intAttribute(node, 'axis', 0);
  const scale = commonScale(gradients);
  const parts = gradients.map((g, i) => {
    if (g === null) return b.emit('Sub', [node.outputs[i], node.outputs[i]]);
    return b.materialise(scaleBy(g, 1 / scale));
  });
  return [term(b.emit('Concat', parts, { axis }), scale), null];
};

/** y = concat(x₀, x₁, …): the gradients are the parts of g, cut out alone or split all at once. */
const concatRule = rule(({ node, b, shapes, wanted }, g) => {
  const rank = shapes[0].length;
  const axis = intAttribute(node, 'axis', 0);
  const normal = axis < 0 ? axis + rank : axis;
  const sizes = shapes.map((shape) => shape[normal]);
  const alone = shapes.filter((_, i) => wanted(i)).length === 1;
  if (sizes.some(isBatchDim)) {
    if (sizes.some((size) => size !== sizes[0])) throw refuseBatch(node);
  } else if (alone) {
    return shapes.map((shape, i) => {
      if (!wanted(i)) return null;
      const start = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
      const bounds = [[start], [start + shape[normal]], [normal]].map((v) => b.ints(v));
      return term(b.emit('Slice', [g.tensor, ...bounds]), g.scale);
    });
  }
  const parts = sizes.length === 1 ? [g.tensor] : b.split(g.tensor, normal, sizes);
  return parts.map((part, i) => (wanted(i) ? term(part, g.scale) : null));
});

/** y = x[start:end]: dx is g with zeros around it. */
const sliceRule = rule(({ node, b, shapes, x }, g) => {
  const values = new Map(
    x.map((name, i) => [
      name,
      { name, shape: shapes[i], type: i === 0 ? ('float32' as const) : ('int64' as const) },
    ]),
  );
  const bounds = sliceBounds(shapeContext(node, values, b.builder.constants));
  const before = bounds.map(({ start }) => start);
  const after = bounds.map(({ start, length }, axis) => shapes[0][axis] - start - length);
  const padded = b.emit('Pad', [g.tensor, b.ints([...before, ...after])]);
  return [term(padded, g.scale)];
});

/** y = x with zeros around it: dx is the inner part of g. */
const padRule = rule(({ node, b, shapes }, g) => {
  const rank = shapes[0].length;
  const pads = constantInts(node, 1, b.builder.constants) ?? [];
  const axes = shapes[0].flatMap((_, axis) => (pads[axis] + pads[axis + rank] > 0 ? [axis] : []));
  if (axes.length === 0) return [g];
  const starts = axes.map((axis) => pads[axis]);
  const ends = axes.map((axis) => pads[axis] + shapes[0][axis]);
  const bounds = [starts, ends, axes].map((values) => b.ints(values));
  return [term(b.emit('Slice', [g.tensor, ...bounds]), g.scale)];
});

/** y = table[rows]: d(table) = onehot(rows)ᵀ·g, where onehot(rows) is the identity matrix looked up at rows. */
const gatherRule = rule(({ b, x, shapes }, g) => {
  const [size, ...item] = shapes[0];
  const hot = b.rows(term(b.emit('Gather', [b.identityMatrix(size), x[1]], { axis: 0 })));
  const count = elementCount(item);
  const rows = b.shape(hot.tensor)[0];
  const table = b.gemm(hot, b.reshape(g, [rows, count]), true, false);
  return [b.reshape(table, shapes[0]), null];
});

export const vjpRules: Readonly<Record<string, VjpRule>> = {
  /** y = a + b: da = db = g, summed over repeated axes. */
  Add: rule(({ b, shapes, wanted }, g) =>
    shapes.map((shape, i) => (wanted(i) ? b.sumTo(g, shape) : null)),
  ),
  Concat: concatRule,
  /** y = cos x: dx = −g·sin x. */
  Cos: elementwise(({ b, x }, g) => scaleBy(b.mul(g, b.emit('Sin', [x[0]])), -1)),
  Div: divRule,
  /** y = erf x: dx = g·2/√π·exp(−x²). */
  Erf: elementwise(({ b, x }, g) => {
    const bell = b.emit('Exp', [b.emit('Neg', [b.emit('Mul', [x[0], x[0]])])]);
    return scaleBy(b.mul(g, bell), 2 / Math.sqrt(Math.PI));
  }),
  /** y = eˣ: dx = g·y. */
  Exp: elementwise(({ b, y }, g) => b.mul(g, y)),
  /** y = x repeated: dx = g summed over the repeats. */
  Expand: rule(({ b, shapes }, g) => [b.sumTo(g, shapes[0]), null]),
  Gather: gatherRule,
  Gemm: gemmRule,
  Identity: elementwise((_, g) => g),
  /** y = log x: dx = g/x. */
  Log: elementwise(({ b, x }, g) => b.div(g, x[0])),
  MatMul: matMulRule,
  Max: extremum('Max'),
  Min: extremum('Min'),
  Mul: mulRule,
  Neg: elementwise((_, g) => scaleBy(g, -1)),
  Pad: padRule,
  /** y = 1/x: dx = −g·y². */
  Reciprocal: elementwise(({ b, y }, g) => scaleBy(b.mul(g, b.emit('Mul', [y, y])), -1)),
  ReduceMean: reduceRule(true),
  ReduceSum: reduceRule(false),
  /** y = max(x, 0): dx = g where y > 0. */
  Relu: elementwise(({ b, y }, g) => b.mul(g, step(b, y))),
  /** y is x in another shape, and so is dx of g. */
  Reshape: rule(({ b, shapes }, g) => [b.reshape(g, shapes[0]), null]),
  /** y = σ(x): dx = g·(y − y²). */
  Sigmoid: elementwise(({ b, y }, g) => b.mul(g, b.emit('Sub', [y, b.emit('Mul', [y, y])]))),
  /** y = sin x: dx = g·cos x. */
  Sin: elementwise(({ b, x }, g) => b.mul(g, b.emit('Cos', [x[0]]))),
  Slice: sliceRule,
  Softmax: softmaxRule,
  Split: splitRule,
  /** y = √x: dx = g/(2·y). */
  Sqrt: elementwise(({ b, y }, g) => scaleBy(b.div(g, y), 0.5)),
  /** y = a − b: da = g, db = −g, summed over repeated axes. */
  Sub: rule(({ b, shapes, wanted }, g) =>
    [g, scaleBy(g, -1)].map((gi, i) => (wanted(i) ? b.sumTo(gi, shapes[i]) : null)),
  ),
  /** y = tanh x: dx = g·(1 − y²). */
  Tanh: elementwise(({ b, y }, g) => b.mul(g, b.emit('Sub', [b.scalar(1), b.emit('Mul', [y, y])]))),
  Transpose: transposeRule,
};

/** Rules that are right for a gradient that is smaller than the output and broadcasts to it. */
export const broadcastingRules: ReadonlySet<string> = new Set([
  ...['Cos', 'Erf', 'Exp', 'Identity', 'Log', 'Mul', 'Neg', 'Reciprocal', 'Relu'],
  ...['Sigmoid', 'Sin', 'Sqrt', 'Tanh'],
]);
