/**
 * The tensor expressions that a graph is lowered to: few kinds, so that fusion and code generation stay generic.
 *
 * A value is defined element by element. Only maps, joins, reductions and matrix products ever get a buffer; views are
 * index arithmetic, numbers are literals. Which values get one is decided in realise.ts.
 */
import { broadcastShapes } from '../../onnx/dims';
import type { Shape } from '../../onnx/graph';
import { add, addScaled, constant, divide, modulo, zero, type Index } from './indexMath';
import { dimSize, one, product, sameSize, shapeSize, type Size } from './sizes';

export type UnaryOperation =
  | 'copy'
  | 'negate'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'reciprocal'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'relu'
  | 'erf';
export type BinaryOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'min' | 'max' | 'power';
export type MapOperation = UnaryOperation | BinaryOperation;
export type ReduceOperation = 'sum' | 'max';

interface Common {
  readonly id: number;
  readonly shape: Shape;
  /** The graph node it comes from; quoted in labels and errors. */
  readonly label: string;
  /** True where it depends on the input that the plan is split at. */
  readonly late: boolean;
}

export interface InputValue extends Common {
  readonly kind: 'input';
  readonly name: string;
}
export interface ConstantValue extends Common {
  readonly kind: 'constant';
  readonly data: Float32Array;
}
/** A scalar known at compile time, or a number of elements that follows the batch. */
export interface NumberValue extends Common {
  readonly kind: 'number';
  readonly value: number | Size;
}
/** Element by element, operands broadcast as in NumPy. */
export interface MapValue extends Common {
  readonly kind: 'map';
  readonly operation: MapOperation;
  readonly operands: readonly Value[];
}
export interface ViewValue extends Common {
  readonly kind: 'view';
  readonly source: Value;
  readonly view: View;
}
/** The parts one after the other along `axis`. */
export interface JoinValue extends Common {
  readonly kind: 'join';
  readonly axis: number;
  readonly parts: readonly Value[];
}
/** `source` with zeros around it: element i lies at i + before. */
export interface PadValue extends Common {
  readonly kind: 'pad';
  readonly source: Value;
  readonly before: readonly number[];
}
/**
 * Over the last `inner` axes of `source`. With `splits` > 1 the result has one more axis in front: that many partial
 * results over consecutive stretches.
 */
export interface ReduceValue extends Common {
  readonly kind: 'reduce';
  readonly operation: ReduceOperation;
  readonly source: Value;
  readonly inner: number;
  readonly splits: number;
}
/** [batch…, m, k] × [batch…, k, n]; with `splits` > 1 (no batch then) partial sums [splits, m, n]. */
export interface MatMulValue extends Common {
  readonly kind: 'matmul';
  readonly a: Value;
  readonly b: Value;
  readonly splits: number;
}

export type Value =
  | InputValue
  | ConstantValue
  | NumberValue
  | MapValue
  | ViewValue
  | JoinValue
  | PadValue
  | ReduceValue
  | MatMulValue;

export type View =
  | { readonly kind: 'reshape' }
  | { readonly kind: 'transpose'; readonly perm: readonly number[] }
  /** Element i is source element i + start; a negative start −k stands for k·N. */
  | { readonly kind: 'slice'; readonly starts: readonly number[] }
  | { readonly kind: 'broadcast' };

/** The values that `value` is computed from. */
export function operandsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case 'map':
      return value.operands;
    case 'view':
    case 'pad':
    case 'reduce':
      return [value.source];
    case 'join':
      return value.parts;
    case 'matmul':
      return [value.a, value.b];
    default:
      return [];
  }
}

const isIdentityView = (view: View, source: Value, shape: Shape): boolean => {
  const sameShape =
    shape.length === source.shape.length && shape.every((d, i) => d === source.shape[i]);
  if (view.kind === 'transpose') return view.perm.every((axis, i) => axis === i);
  if (view.kind === 'slice') return sameShape && view.starts.every((start) => start === 0);
  return sameShape;
};

/** Makes values with running ids; every operator of a graph is lowered through one factory. */
export class ValueFactory {
  #next = 0;
  label = '';

  constructor(private readonly splitAt?: string) {}

  #common(shape: Shape, operands: readonly Value[]): Common {
    const late = operands.some((operand) => operand.late);
    return { id: this.#next++, shape, label: this.label, late };
  }

  input(name: string, shape: Shape): Value {
    const late = name === this.splitAt;
    return { ...this.#common(shape, []), kind: 'input', name, label: name, late };
  }

  constant(name: string, shape: Shape, data: Float32Array): Value {
    if (data.length === 1) return this.reshape(this.number(data[0]), shape);
    return { ...this.#common(shape, []), kind: 'constant', data, label: name };
  }

  number(value: number | Size): Value {
    return { ...this.#common([], []), kind: 'number', value };
  }

  map(operation: MapOperation, ...operands: Value[]): Value {
    const shape = operands.map((operand) => operand.shape).reduce((a, b) => broadcastShapes(a, b)!);
    return { ...this.#common(shape, operands), kind: 'map', operation, operands };
  }

  view(source: Value, shape: Shape, view: View): Value {
    if (isIdentityView(view, source, shape)) return source;
    if (view.kind === 'reshape' && source.kind === 'view' && source.view.kind === 'reshape') {
      return this.view(source.source, shape, view);
    }
    return { ...this.#common(shape, [source]), kind: 'view', source, view };
  }

  reshape(source: Value, shape: Shape): Value {
    return this.view(source, shape, { kind: 'reshape' });
  }

  transpose(source: Value, perm: readonly number[]): Value {
    return this.view(
      source,
      perm.map((axis) => source.shape[axis]),
      { kind: 'transpose', perm },
    );
  }

  slice(source: Value, starts: readonly number[], shape: Shape): Value {
    return this.view(source, shape, { kind: 'slice', starts });
  }

  broadcast(source: Value, shape: Shape): Value {
    return this.view(source, shape, { kind: 'broadcast' });
  }

  join(parts: readonly Value[], axis: number, shape: Shape): Value {
    if (parts.length === 1) return parts[0];
    return { ...this.#common(shape, parts), kind: 'join', axis, parts };
  }

  pad(source: Value, before: readonly number[], shape: Shape): Value {
    return { ...this.#common(shape, [source]), kind: 'pad', source, before };
  }

  reduce(operation: ReduceOperation, source: Value, inner: number, splits = 1): Value {
    const outer = source.shape.slice(0, source.shape.length - inner);
    const shape = splits > 1 ? [splits, ...outer] : outer;
    return { ...this.#common(shape, [source]), kind: 'reduce', operation, source, inner, splits };
  }

  matmul(a: Value, b: Value, splits = 1): Value {
    const matrix = [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]];
    const shape = splits > 1 ? [splits, ...matrix] : matrix;
    return { ...this.#common(shape, [a, b]), kind: 'matmul', a, b, splits };
  }
}

/** Row-major position of element `index` in a tensor of `shape`. */
export function flatten(shape: Shape, index: readonly Index[]): Index {
  let stride: Size = one;
  const parts: [Index, Size][] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    parts.push([index[axis], stride]);
    stride = product(stride, dimSize(shape[axis]));
  }
  return addScaled(parts);
}

/** The element at row-major position `flat` of a tensor of `shape`. */
export function unflatten(shape: Shape, flat: Index): Index[] {
  const index: Index[] = [];
  let stride: Size = one;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = dimSize(shape[axis]);
    index[axis] = modulo(divide(flat, stride), size);
    stride = product(stride, size);
  }
  return index;
}

/** Which element of an operand of shape `operand` is read for element `index` of a map. */
export function broadcastIndex(operand: Shape, index: readonly Index[]): Index[] {
  const lead = index.length - operand.length;
  return operand.map((dim, axis) => (dim === 1 ? zero : index[axis + lead]));
}

/** Which element of its source a view shows at `index`. */
export function viewedIndex({ source, shape, view }: ViewValue, index: readonly Index[]): Index[] {
  switch (view.kind) {
    case 'reshape':
      return unflatten(source.shape, flatten(shape, index));
    case 'transpose': {
      const result: Index[] = [];
      view.perm.forEach((axis, i) => (result[axis] = index[i]));
      return result;
    }
    case 'slice':
      return index.map((i, axis) => add(i, dimConstant(view.starts[axis])));
    case 'broadcast':
      return broadcastIndex(source.shape, index);
  }
}

/** Where a bijective view shows element `index` of its source; null for slices and broadcasts. */
export function showingIndex(
  { source, shape, view }: ViewValue,
  index: readonly Index[],
): Index[] | null {
  switch (view.kind) {
    case 'reshape':
      return unflatten(shape, flatten(source.shape, index));
    case 'transpose':
      return view.perm.map((axis) => index[axis]);
    default:
      return null;
  }
}

function dimConstant(dim: number): Index {
  return dim < 0 ? constant(-dim, 1) : constant(dim);
}

/** First element of each part of a join along its axis (negative: multiples of N), and the total at the end. */
export function joinOffsets(join: JoinValue): number[] {
  const offsets = [0];
  for (const part of join.parts) offsets.push(offsets[offsets.length - 1] + part.shape[join.axis]);
  return offsets;
}

/** An index moved by `offset` along `axis`. */
export function shifted(index: readonly Index[], axis: number, offset: number): Index[] {
  return index.map((i, a) => (a === axis ? add(i, dimConstant(offset)) : i));
}

/** Elements of `value`. */
export function valueSize(value: Value): Size {
  return shapeSize(value.shape);
}

export function isSameSize(a: Value, b: Value): boolean {
  return sameSize(valueSize(a), valueSize(b));
}
