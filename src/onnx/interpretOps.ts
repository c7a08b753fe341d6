/**
 * The definition of every operator of the set, in float64 and in the words of the ONNX operator reference (opset 17,
 * Gelu: 20). Written for reading: each output element is looked up through its index.
 */
import { broadcastShapes, reshapedShape } from './dims';
import { elementCount, type GraphNode } from './graph';
import type { Tensor } from './interpret';
import { badNode, floatAttribute, intAttribute, intsAttribute, stringAttribute } from './nodeView';

/** An operator's outputs; an input that is left out is undefined. */
type Definition = (node: GraphNode, inputs: readonly (Tensor | undefined)[]) => Tensor[];

type Index = readonly number[];

const stridesOf = (shape: Index): number[] =>
  shape.map((_, axis) => elementCount(shape.slice(axis + 1)));

/** The tensor whose element at `index` is `value(index)`. */
function tabulate(shape: Index, value: (index: Index) => number): Tensor {
  const data = new Float64Array(elementCount(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = value(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element of `tensor` at `index`, whose leading and length-1 axes are repeated as broadcasting asks. */
function at(tensor: Tensor, index: Index): number {
  const { shape, data } = tensor;
  const lead = index.length - shape.length;
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    flat = flat * shape[axis] + (shape[axis] === 1 ? 0 : index[axis + lead]);
  }
  return data[flat];
}

function need(node: GraphNode, inputs: readonly (Tensor | undefined)[], index: number): Tensor {
  const tensor = inputs[index];
  if (!tensor) throw badNode(node, `input ${index} is missing`);
  return tensor;
}

/** The inputs, of which the first `fewest` must be there. */
const present = (
  node: GraphNode,
  inputs: readonly (Tensor | undefined)[],
  fewest: number,
): Tensor[] => Array.from({ length: fewest }, (_, index) => need(node, inputs, index));

const numbers = (tensor: Tensor | undefined): number[] | null =>
  tensor ? Array.from(tensor.data) : null;

const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const axisOf = (node: GraphNode, fallback: number, rank: number): number =>
  fromFront(intAttribute(node, 'axis', fallback), rank);

const replaced = (shape: Index, axis: number, value: number): number[] =>
  shape.map((dim, i) => (i === axis ? value : dim));

const mapped =
  (f: (x: number) => number): Definition =>
  (node, inputs) => {
    const { shape, data } = need(node, inputs, 0);
    return [{ shape, data: data.map(f) }];
  };

const combined =
  (f: (a: number, b: number) => number): Definition =>
  (node, inputs) => [
    present(node, inputs, inputs.length).reduce((a, b) => {
      const shape = broadcastShapes(a.shape, b.shape);
      if (!shape) throw badNode(node, `[${a.shape}] and [${b.shape}] do not broadcast`);
      return tabulate(shape, (index) => f(at(a, index), at(b, index)));
    }),
  ];

/** erf(x) to float64 precision: its series for small |x|, the continued fraction of erfc (DLMF 7.9.3) for large. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 3) {
    let power = x;
    let sum = x;
    for (let n = 1; n < 120; n++) {
      power *= (-x * x) / n;
      sum += power / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 80; k > 0; k--) fraction = k / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-x * x) / ((size + fraction) * Math.sqrt(Math.PI)));
}

const gelu: Definition = (node, inputs) => {
  const tanhForm = stringAttribute(node, 'approximate', 'none') === 'tanh';
  return mapped((x) =>
    tanhForm
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  )(node, inputs);
};

/** Σ over k of left(k)·right(k). */
function dot(length: number, left: (k: number) => number, right: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += left(k) * right(k);
  return sum;
}

const gemm: Definition = (node, inputs) => {
  const [a, b] = present(node, inputs, 2);
  const c = inputs[2];
  const transA = intAttribute(node, 'transA', 0) === 1;
  const transB = intAttribute(node, 'transB', 0) === 1;
  const [alpha, beta] = [floatAttribute(node, 'alpha', 1), floatAttribute(node, 'beta', 1)];
  const [rows, inner] = transA ? [a.shape[1], a.shape[0]] : a.shape;
  const columns = transB ? b.shape[0] : b.shape[1];
  return [
    tabulate([rows, columns], ([i, j]) => {
      const left = (k: number): number => a.data[transA ? k * rows + i : i * inner + k];
      const right = (k: number): number => b.data[transB ? j * inner + k : k * columns + j];
      return alpha * dot(inner, left, right) + (c ? beta * at(c, [i, j]) : 0);
    }),
  ];
};

const matMul: Definition = (node, inputs) => {
  const [a, b] = present(node, inputs, 2);
  const [rows, inner] = a.shape.slice(-2);
  const columns = b.shape[b.shape.length - 1];
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? [];
  const offsetOf = ({ shape }: Tensor): ((index: Index) => number) => {
    const skip = batch.length - (shape.length - 2);
    const steps = stridesOf(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
    return (index) =>
      steps.slice(0, -2).reduce((sum, step, axis) => sum + step * index[axis + skip], 0);
  };
  const [offsetA, offsetB] = [offsetOf(a), offsetOf(b)];
  return [
    tabulate([...batch, rows, columns], (index) => {
      const [i, j] = index.slice(-2);
      const [first, second] = [offsetA(index), offsetB(index)];
      return dot(
        inner,
        (k) => a.data[first + i * inner + k],
        (k) => b.data[second + k * columns + j],
      );
    }),
  ];
};

/** Σ over `axes`, divided by their number of elements for the mean. */
function reduce(node: GraphNode, x: Tensor, given: Index | null, mean: boolean): Tensor {
  if (!given?.length && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return x;
  const rank = x.shape.length;
  const axes = given?.length
    ? given.map((axis) => fromFront(axis, rank))
    : x.shape.map((_, i) => i);
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const strides = stridesOf(kept);
  const sums = new Float64Array(elementCount(kept));
  tabulate(x.shape, (index) => {
    const flat = index.reduce(
      (sum, i, axis) => sum + (kept[axis] === 1 ? 0 : i * strides[axis]),
      0,
    );
    return (sums[flat] += at(x, index));
  });
  const count = mean ? x.data.length / sums.length : 1;
  const keepdims = intAttribute(node, 'keepdims', 1) === 1;
  const shape = keepdims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  return { shape, data: sums.map((sum) => sum / count) };
}

const softmax: Definition = (node, inputs) => {
  const x = need(node, inputs, 0);
  const axis = axisOf(node, -1, x.shape.length);
  const length = x.shape[axis];
  return [
    tabulate(x.shape, (index) => {
      const row = Array.from({ length }, (_, i) => at(x, replaced(index, axis, i)));
      const largest = Math.max(...row);
      const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
      return Math.exp(row[index[axis]] - largest) / sum;
    }),
  ];
};

const layerNormalization: Definition = (node, inputs) => {
  const [x, scale] = present(node, inputs, 2);
  const axis = axisOf(node, -1, x.shape.length);
  const length = elementCount(x.shape.slice(axis));
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += length) {
    const group = x.data.subarray(start, start + length);
    const mean = group.reduce((sum, value) => sum + value, 0) / length;
    const variance = group.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
    const deviation = Math.sqrt(variance + floatAttribute(node, 'epsilon', 1e-5));
    group.forEach((value, i) => (data[start + i] = (value - mean) / deviation));
  }
  const normal = { shape: x.shape, data };
  const bias = inputs[2];
  return [
    tabulate(
      x.shape,
      (index) => at(normal, index) * at(scale, index) + (bias ? at(bias, index) : 0),
    ),
  ];
};

const transpose: Definition = (node, inputs) => {
  const x = need(node, inputs, 0);
  const rank = x.shape.length;
  const perm = intsAttribute(node, 'perm') ?? x.shape.map((_, axis) => rank - 1 - axis);
  return [
    tabulate(
      perm.map((axis) => x.shape[axis]),
      (index) =>
        at(
          x,
          x.shape.map((_, axis) => index[perm.indexOf(axis)]),
        ),
    ),
  ];
};

const reshape: Definition = (node, inputs) => {
  const [x, target] = present(node, inputs, 2);
  const shape = reshapedShape(x.shape, Array.from(target.data));
  if (!shape) throw badNode(node, `[${x.shape}] cannot become [${target.data.join()}]`);
  return [{ shape, data: x.data }];
};

const squeeze: Definition = (node, inputs) => {
  const { shape, data } = need(node, inputs, 0);
  const axes = numbers(inputs[1])?.map((axis) => fromFront(axis, shape.length));
  return [{ shape: shape.filter((dim, i) => (axes ? !axes.includes(i) : dim !== 1)), data }];
};

const unsqueeze: Definition = (node, inputs) => {
  const [{ shape, data }, given] = present(node, inputs, 2);
  const rank = shape.length + given.data.length;
  const axes = Array.from(given.data, (axis) => fromFront(axis, rank));
  const rest = [...shape];
  return [
    { shape: Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)), data },
  ];
};

const flatten: Definition = (node, inputs) => {
  const { shape, data } = need(node, inputs, 0);
  const axis = axisOf(node, 1, shape.length);
  const rows = elementCount(shape.slice(0, axis));
  return [{ shape: [rows, elementCount(shape.slice(axis))], data }];
};

const concat: Definition = (node, inputs) => {
  const parts = present(node, inputs, inputs.length);
  const axis = axisOf(node, 0, parts[0].shape.length);
  const total = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  return [
    tabulate(replaced(parts[0].shape, axis, total), (index) => {
      let position = index[axis];
      let part = 0;
      while (position >= parts[part].shape[axis]) position -= parts[part++].shape[axis];
      return at(parts[part], replaced(index, axis, position));
    }),
  ];
};

const split: Definition = (node, inputs) => {
  const x = need(node, inputs, 0);
  const axis = axisOf(node, 0, x.shape.length);
  const parts = node.outputs.length;
  const sizes = numbers(inputs[1]) ?? node.outputs.map(() => x.shape[axis] / parts);
  return sizes.map((size, part) => {
    const start = sizes.slice(0, part).reduce((sum, value) => sum + value, 0);
    return tabulate(replaced(x.shape, axis, size), (index) =>
      at(x, replaced(index, axis, index[axis] + start)),
    );
  });
};

const slice: Definition = (node, inputs) => {
  const [x, first, last] = present(node, inputs, 3);
  const axes = numbers(inputs[3]) ?? Array.from(first.data, (_, i) => i);
  const start = x.shape.map(() => 0);
  const shape = [...x.shape];
  axes.forEach((given, i) => {
    const axis = fromFront(given, x.shape.length);
    const dim = x.shape[axis];
    const inside = (value: number): number =>
      Math.min(Math.max(value < 0 ? value + dim : value, 0), dim);
    start[axis] = inside(first.data[i]);
    shape[axis] = Math.max(inside(last.data[i]) - start[axis], 0);
  });
  return [
    tabulate(shape, (index) =>
      at(
        x,
        index.map((i, axis) => i + start[axis]),
      ),
    ),
  ];
};

const pad: Definition = (node, inputs) => {
  const [x, pads] = present(node, inputs, 2);
  const rank = x.shape.length;
  const shape = x.shape.map((dim, axis) => dim + pads.data[axis] + pads.data[axis + rank]);
  return [
    tabulate(shape, (index) => {
      const source = index.map((i, axis) => i - pads.data[axis]);
      return source.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(x, source) : 0;
    }),
  ];
};

const expand: Definition = (node, inputs) => {
  const [x, target] = present(node, inputs, 2);
  const shape = broadcastShapes(x.shape, Array.from(target.data));
  if (!shape) throw badNode(node, `[${x.shape}] cannot become [${target.data.join()}]`);
  return [tabulate(shape, (index) => at(x, index))];
};

const gather: Definition = (node, inputs) => {
  const [table, rows] = present(node, inputs, 2);
  const [count, ...item] = table.shape;
  return [
    tabulate([...rows.shape, ...item], (index) => {
      const row = at(rows, index.slice(0, rows.shape.length));
      const inItem = index.slice(rows.shape.length);
      return at(table, [fromFront(row, count), ...inItem]);
    }),
  ];
};

const clip: Definition = (node, inputs) => {
  const low = inputs[1]?.data[0] ?? -Infinity;
  const high = inputs[2]?.data[0] ?? Infinity;
  return mapped((x) => Math.min(Math.max(x, low), high))(node, inputs);
};

export const interpretOps: Readonly<Record<string, Definition>> = {
  Add: combined((a, b) => a + b),
  Clip: clip,
  Concat: concat,
  Cos: mapped(Math.cos),
  Div: combined((a, b) => a / b),
  Erf: mapped(erf),
  Exp: mapped(Math.exp),
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  Gelu: gelu,
  Gemm: gemm,
  Identity: mapped((x) => x),
  LayerNormalization: layerNormalization,
  Log: mapped(Math.log),
  MatMul: matMul,
  Max: combined(Math.max),
  Min: combined(Math.min),
  Mul: combined((a, b) => a * b),
  Neg: mapped((x) => -x),
  Pad: pad,
  Pow: combined(Math.pow),
  Reciprocal: mapped((x) => 1 / x),
  ReduceMean: (node, inputs) => [
    reduce(node, need(node, inputs, 0), intsAttribute(node, 'axes'), true),
  ],
  ReduceSum: (node, inputs) => [reduce(node, need(node, inputs, 0), numbers(inputs[1]), false)],
  Relu: mapped((x) => Math.max(x, 0)),
  Reshape: reshape,
  Sigmoid: mapped((x) => 1 / (1 + Math.exp(-x))),
  Sin: mapped(Math.sin),
  Slice: slice,
  Softmax: softmax,
  Split: split,
  Sqrt: mapped(Math.sqrt),
  Squeeze: squeeze,
  Sub: combined((a, b) => a - b),
  Tanh: mapped(Math.tanh),
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
