/**
 * What an operator of the trainable set is: one record with its attributes, its shape, its definition and its derivative
 * (or the simpler operators it is made of). The records stand in files by family; index.ts joins them to the registry.
 */
import type { Attributes, Constant, GraphNode, Shape } from '../graph';

export type AttributeKind = 'int' | 'float' | 'ints' | 'string';

export interface Operator {
  /** Fewest and most inputs; an optional input that is left out in the middle is the empty string. */
  readonly inputs: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeKind>>;
  /** Inputs that hold int64 numbers instead of values: shapes, axes, bounds, indices. */
  readonly integers?: readonly number[];
  readonly shape: ShapeRule;
  readonly definition: Definition;
  /** The derivative of a primitive operator; a composite one is taken apart first. */
  readonly vjp?: VjpRule;
  /** True where `vjp` is right for a gradient that is smaller than the output and broadcasts to it. */
  readonly broadcasts?: boolean;
  /** Takes the operator apart into primitive ones. */
  readonly lowering?: Lowering;
  /** Which nodes are taken apart; all when left out. */
  readonly isComposite?: (node: GraphNode) => boolean;
  /** True for nodes that return their first input as it is. */
  readonly isNoop?: (node: GraphNode, constants: ReadonlyMap<string, Constant>) => boolean;
}

/** The operators of one family by their ONNX names. */
export type Family = Readonly<Record<string, Operator>>;

/** No number of inputs is too many. */
export const many = Number.POSITIVE_INFINITY;

/** What every rule sees of a node. `fail` throws `bad-model`, `refuse` throws `unsupported-operator`. */
export interface ShapeContext {
  readonly node: GraphNode;
  readonly constants: ReadonlyMap<string, Constant>;
  shape(input: number): Shape;
  fail(problem: string): never;
  refuse(reason: string): never;
}

/** The shapes of a node's outputs from those of its inputs, batch-symbolic. */
export type ShapeRule = (context: ShapeContext) => Shape[];

/** A tensor with its real shape, row-major. int64 tensors are held as whole float64 numbers. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * An operator's outputs in float64, in the words of the ONNX operator reference; an input that is left out is undefined.
 * Written for reading: each output element is looked up through its index.
 */
export type Definition = (node: GraphNode, inputs: readonly (Tensor | undefined)[]) => Tensor[];

/** What a lowering writes nodes with: a GraphBuilder. */
export interface NodeWriter {
  readonly constants: ReadonlyMap<string, Constant>;
  shape(name: string): Shape;
  ints(values: readonly number[]): string;
  scalar(value: number): string;
  add(op: string, inputs: readonly string[], attributes?: Attributes, output?: string): string;
}

/** `inputs` is what the node's inputs are called by now; the last node that is written must make `output`. */
export interface LoweringContext {
  readonly node: GraphNode;
  readonly builder: NodeWriter;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Shape of the output. */
  readonly shape: Shape;
  refuse(reason: string): never;
}

export type Lowering = (context: LoweringContext) => void;

/** scale · tensor. */
export interface Term {
  readonly tensor: string;
  readonly scale: number;
}

/** What a derivative writes nodes with: a GradientBuilder, which says what each of these does. */
export interface GradientWriter {
  shape(name: string): Shape;
  producer(name: string): GraphNode | undefined;
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  split(tensor: string, axis: number, sizes: readonly number[]): readonly string[];
  ints(values: readonly number[]): string;
  scalar(value: number): string;
  identityMatrix(size: number): string;
  reshape(value: Term, shape: Shape): Term;
  rows(value: Term): Term;
  transpose(value: Term, perm: readonly number[]): Term;
  transposeMatrix(value: Term): Term;
  mul(value: Term, factor: string): Term;
  div(value: Term, divisor: string): Term;
  add(a: Term, b: Term): Term;
  expand(value: Term, like: string): Term;
  sumTo(value: Term, target: Shape): Term;
  sum(tensor: string, axes: readonly number[], keepdims: boolean): string;
  gemm(a: Term, b: Term, transA: boolean, transB: boolean): Term;
  matMul(a: Term, b: Term): Term;
  materialise(value: Term): string;
}

/** What a derivative sees. `wanted(i)` tells whether dL/d(input i) is used at all. */
export interface VjpContext extends ShapeContext {
  readonly builder: GradientWriter;
  wanted(input: number): boolean;
}

/**
 * From g = dL/dy to dL/dx for every input x. `gradients[i]` belongs to output i, null where the output is unused; the
 * result has one entry per input, and may be smaller than the input and broadcast to it.
 */
export type VjpRule = (
  context: VjpContext,
  gradients: readonly (Term | null)[],
) => readonly (Term | null)[];
