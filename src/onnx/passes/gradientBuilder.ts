/**
 * Writes the backward half of a gradient graph with as few nodes as possible.
 *
 * Gradients are passed around as `Term`s, scale · tensor: signs and constant factors travel along and are absorbed by
 * Gemm's alpha, by Sub in place of Add, or by the smallest tensor on their way, instead of a node each. Equal nodes are
 * made once; reshapes of reshapes and transposes of transposes become one.
 */
import { GraphBuilder } from '../builder';
import { isBatchDim, reshapeTarget, repeatedAxes, sameShape } from '../dims';
import {
  elementCount,
  type Attributes,
  type Constant,
  type Graph,
  type GraphNode,
  type Shape,
} from '../graph';
import { constantInts, constantScalar, intAttribute, intsAttribute } from '../nodeView';
import { scaleBy, term } from '../operators/derivative';
import type { GradientWriter, Term } from '../operators/operator';

/** Batch size at which the sizes of two batch-symbolic tensors are compared. */
const TYPICAL_BATCH = 32;

const isUnit = (scale: number): boolean => Math.abs(scale) === 1;

export class GradientBuilder implements GradientWriter {
  readonly #builder: GraphBuilder;
  readonly #known = new Map<string, readonly string[]>();
  readonly #producers = new Map<string, GraphNode>();

  /** Starts with everything that `graph` computes. */
  constructor(graph: Graph) {
    this.#builder = new GraphBuilder(`${graph.name}-gradient`);
    graph.inputs.forEach(({ name, shape, type }) => this.#builder.input(name, shape, type));
    for (const [name, { shape, data }] of graph.constants) {
      this.#builder.constant(name, shape, data);
    }
    for (const node of graph.nodes) {
      this.#builder.node(node);
      this.#remember(node);
    }
  }

  get builder(): GraphBuilder {
    return this.#builder;
  }

  get constants(): ReadonlyMap<string, Constant> {
    return this.#builder.constants;
  }

  shape(name: string): Shape {
    return this.#builder.shape(name);
  }

  producer(name: string): GraphNode | undefined {
    return this.#producers.get(name);
  }

  /** One-output operator on plain tensors; an equal one made before is used again. */
  emit(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.#emitMany(op, inputs, 1, attributes)[0];
  }

  /** Joined parts of `tensor` along `axis` in the given sizes; equal parts when the axis is the batch. */
  split(tensor: string, axis: number, sizes: readonly number[]): readonly string[] {
    const batch = sizes.some(isBatchDim);
    const inputs = batch ? [tensor] : [tensor, this.ints(sizes)];
    return this.#emitMany('Split', inputs, sizes.length, { axis });
  }

  ints(values: readonly number[]): string {
    return this.#builder.ints(values);
  }

  scalar(value: number): string {
    return this.#builder.scalar(value);
  }

  /** [size, size] with ones on the diagonal. */
  identityMatrix(size: number): string {
    const name = `identity_${size}`;
    if (this.#builder.has(name)) return name;
    const data = new Float32Array(size * size);
    for (let i = 0; i < size; i++) data[i * size + i] = 1;
    return this.#builder.constant(name, [size, size], data);
  }

  reshape(value: Term, shape: Shape): Term {
    if (sameShape(this.shape(value.tensor), shape)) return value;
    const before = this.producer(value.tensor);
    const source = before?.op === 'Reshape' ? before.inputs[0] : value.tensor;
    if (sameShape(this.shape(source), shape)) return term(source, value.scale);
    const target = reshapeTarget(shape);
    if (!target) throw new RangeError(`[${shape}] has two batch dimensions`);
    return term(this.emit('Reshape', [source, this.ints(target)]), value.scale);
  }

  /** Rows of the last dimension: [M, last]. */
  rows(value: Term): Term {
    const shape = this.shape(value.tensor);
    const batch = shape.slice(0, -1);
    const count = elementCount(batch.map(Math.abs));
    return this.reshape(value, [batch.some(isBatchDim) ? -count : count, shape[shape.length - 1]]);
  }

  transpose(value: Term, perm: readonly number[]): Term {
    const before = this.producer(value.tensor);
    const inner = before?.op === 'Transpose' ? intsAttribute(before, 'perm') : null;
    const source = inner && before ? before.inputs[0] : value.tensor;
    const total = inner ? perm.map((axis) => inner[axis]) : perm;
    if (total.every((axis, index) => axis === index)) return term(source, value.scale);
    const swapped = this.#transposedProduct(value, perm);
    if (swapped) return swapped;
    return term(this.emit('Transpose', [source], { perm: total }), value.scale);
  }

  /** Matrix transpose of the last two axes. */
  transposeMatrix(value: Term): Term {
    return this.transpose(value, matrixPerm(this.shape(value.tensor).length));
  }

  mul(value: Term, factor: string): Term {
    return this.#product('Mul', value, factor);
  }

  div(value: Term, divisor: string): Term {
    return this.#product('Div', value, divisor);
  }

  add(a: Term, b: Term): Term {
    if (a.scale === b.scale) return term(this.emit('Add', [a.tensor, b.tensor]), a.scale);
    if (a.scale === -b.scale) return term(this.emit('Sub', [a.tensor, b.tensor]), a.scale);
    const sizes = [a, b].map(({ tensor }) => elementCount(this.shape(tensor), TYPICAL_BATCH));
    const keepFirst = sizes[0] === sizes[1] ? isUnit(a.scale) : sizes[0] > sizes[1];
    const [kept, changed] = keepFirst ? [a, b] : [b, a];
    const ratio = changed.scale / kept.scale;
    const scaled = term(
      this.#scaled(changed.tensor, Math.abs(ratio)),
      ratio < 0 ? -kept.scale : kept.scale,
    );
    return keepFirst ? this.add(kept, scaled) : this.add(scaled, kept);
  }

  /** The sum of all terms, which may broadcast to each other. */
  total(terms: readonly Term[]): Term {
    const size = ({ tensor }: Term): number => elementCount(this.shape(tensor), TYPICAL_BATCH);
    return [...terms].sort((a, b) => size(b) - size(a)).reduce((a, b) => this.add(a, b));
  }

  /** Repeats `value` to the shape of the tensor `like`. */
  expand(value: Term, like: string): Term {
    const shape = this.shape(value.tensor);
    const target = this.shape(like);
    if (sameShape(shape, target)) return value;
    const lead = target.length - shape.length;
    const lacksBatch = target.some((dim, axis) => isBatchDim(dim) && shape[axis - lead] !== dim);
    if (lacksBatch) {
      const zeros = this.emit('Sub', [like, like]);
      return term(this.emit('Add', [zeros, value.tensor]), value.scale);
    }
    const sizes = this.ints(target.map((dim) => (isBatchDim(dim) ? 1 : dim)));
    return term(this.emit('Expand', [value.tensor, sizes]), value.scale);
  }

  /** Sum over the axes along which a tensor of shape `target` is repeated to reach `value`'s shape. */
  sumTo(value: Term, target: Shape): Term {
    const full = this.shape(value.tensor);
    const axes = repeatedAxes(target, full);
    if (axes.every((axis) => full[axis] === 1)) return this.reshape(value, target);
    const leading = axes.findIndex((axis, index) => axis !== index);
    const merged = leading < 0 ? axes.length : leading;
    if (merged < 2 && full.length === target.length) {
      return term(this.sum(value.tensor, axes, true), value.scale);
    }
    const rest = full.slice(merged);
    const mergedDims = full.slice(0, merged);
    const count = elementCount(mergedDims.map(Math.abs));
    const first = mergedDims.some(isBatchDim) ? -count : count;
    const shifted = axes.filter((axis) => axis >= merged).map((axis) => axis - merged + 1);
    const flat = this.reshape(value, [first, ...rest]);
    return this.reshape(term(this.sum(flat.tensor, [0, ...shifted], false), flat.scale), target);
  }

  sum(tensor: string, axes: readonly number[], keepdims: boolean): string {
    return this.emit('ReduceSum', [tensor, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });
  }

  /** A·B with transposes as flags and the scale of the terms as alpha. */
  gemm(a: Term, b: Term, transA: boolean, transB: boolean): Term {
    const alpha = a.scale * b.scale;
    const attributes: Record<string, number> = {};
    if (alpha !== 1) attributes['alpha'] = alpha;
    if (transA) attributes['transA'] = 1;
    if (transB) attributes['transB'] = 1;
    return term(this.emit('Gemm', [a.tensor, b.tensor], attributes));
  }

  matMul(a: Term, b: Term): Term {
    return term(this.emit('MatMul', [a.tensor, b.tensor]), a.scale * b.scale);
  }

  /** The term as a plain tensor. */
  materialise(value: Term): string {
    if (value.scale === 1) return value.tensor;
    return value.scale === -1
      ? this.emit('Neg', [value.tensor])
      : this.#scaled(value.tensor, value.scale);
  }

  #product(op: 'Mul' | 'Div', value: Term, other: string): Term {
    const constant = constantScalar(other, this.#builder.constants);
    const [shape, otherShape] = [this.shape(value.tensor), this.shape(other)];
    if (constant !== null && otherShape.length <= shape.length) {
      return scaleBy(value, op === 'Mul' ? constant : 1 / constant);
    }
    const size = elementCount(shape, TYPICAL_BATCH);
    if (!isUnit(value.scale) && size < elementCount(otherShape, TYPICAL_BATCH)) {
      const scaled = this.#scaled(value.tensor, Math.abs(value.scale));
      return term(this.emit(op, [scaled, other]), Math.sign(value.scale));
    }
    return term(this.emit(op, [value.tensor, other]), value.scale);
  }

  /** (Aᵀ·B)ᵀ = Bᵀ·A, if that is what `value` and `perm` are: one transpose instead of two. */
  #transposedProduct(value: Term, perm: readonly number[]): Term | null {
    const product = this.producer(value.tensor);
    const swap = matrixPerm(perm.length);
    const isSwap = (other: readonly number[] | null): boolean => other?.join() === swap.join();
    if (product?.op !== 'MatMul' || !isSwap(perm)) return null;
    const left = this.producer(product.inputs[0]);
    if (left?.op !== 'Transpose' || !isSwap(intsAttribute(left, 'perm'))) return null;
    const swapped = this.transposeMatrix(term(product.inputs[1]));
    return scaleBy(this.matMul(swapped, term(left.inputs[0])), value.scale);
  }

  #scaled(tensor: string, factor: number): string {
    return this.#absorbed(tensor, factor) ?? this.emit('Mul', [tensor, this.scalar(factor)]);
  }

  /** tensor·factor at no extra cost, or null: a sum over m elements times 1/m becomes the mean. */
  #absorbed(tensor: string, factor: number): string | null {
    const producer = this.producer(tensor);
    if (producer?.op === 'Div') {
      const dividend = this.#absorbed(producer.inputs[0], factor);
      return dividend && this.emit('Div', [dividend, producer.inputs[1]]);
    }
    const axes =
      producer?.op === 'ReduceSum' ? constantInts(producer, 1, this.#builder.constants) : null;
    if (!producer || !axes) return null;
    const shape = this.shape(producer.inputs[0]);
    const dims = axes.map((axis) => shape[axis < 0 ? axis + shape.length : axis]);
    const isMean = Math.abs(elementCount(dims) * factor - 1) < Number.EPSILON * 8;
    if (!isMean || dims.some(isBatchDim)) return null;
    const keepdims = intAttribute(producer, 'keepdims', 1);
    return this.emit('ReduceMean', [producer.inputs[0]], { axes, keepdims });
  }

  #emitMany(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Attributes,
  ): readonly string[] {
    const known = this.#known.get(nodeKey(op, inputs, attributes));
    if (known?.length === count) return known;
    if (count === 1) this.#builder.add(op, inputs, attributes);
    else this.#builder.addMany(op, inputs, count, attributes);
    return this.#remember(this.#builder.nodes[this.#builder.nodes.length - 1]);
  }

  #remember(node: GraphNode): readonly string[] {
    node.outputs.forEach((output) => this.#producers.set(output, node));
    this.#known.set(nodeKey(node.op, node.inputs, node.attributes), node.outputs);
    return node.outputs;
  }
}

/** Swaps the last two of `rank` axes. */
function matrixPerm(rank: number): number[] {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return perm;
}

const nodeKey = (op: string, inputs: readonly string[], attributes: Attributes): string =>
  JSON.stringify([op, inputs, Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))]);
