/**
 * Builds graphs node by node, with shapes known as it goes: a shape that does not fit is refused where it is written.
 *
 * The models (models/), the gradient transform and the tests all write graphs through this one class.
 */
import { EspalierError } from '../core/errors';
import type {
  Attributes,
  Constant,
  ElementType,
  Graph,
  GraphNode,
  Shape,
  ValueInfo,
} from './graph';
import { operatorOf } from './operators';
import type { NodeWriter } from './operators/operator';
import { constantType, inferNode } from './passes/shapes';

export class GraphBuilder implements NodeWriter {
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: string[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #parameters: string[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #values = new Map<string, ValueInfo>();
  readonly #nodeNames = new Set<string>();
  #counter = 0;
  #scope = '';

  constructor(readonly name: string) {}

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  get constants(): ReadonlyMap<string, Constant> {
    return this.#constants;
  }

  /** Names of nodes and tensors made inside `body` start with `name/`. */
  scope<Result>(name: string, body: () => Result): Result {
    const outer = this.#scope;
    this.#scope = `${outer}${name}/`;
    try {
      return body();
    } finally {
      this.#scope = outer;
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The shape of a tensor made so far. */
  shape(name: string): Shape {
    const value = this.#values.get(name);
    if (!value) throw new EspalierError('bad-model', 'noTensor', { name });
    return value.shape;
  }

  input(name: string, shape: Shape, type: ElementType = 'float32'): string {
    const info = { name, shape, type };
    this.#define(info);
    this.#inputs.push(info);
    return name;
  }

  constant(name: string, shape: readonly number[], data: Constant['data'] | number[]): string {
    const stored = Array.isArray(data) ? Float32Array.from(data) : data;
    const count = shape.reduce((product, dim) => product * dim, 1);
    if (stored.length !== count) {
      throw new EspalierError('bad-model', 'constantLength', { name, held: stored.length, count });
    }
    const constant = { shape: [...shape], data: stored };
    this.#define({ name, shape: constant.shape, type: constantType(constant) });
    this.#constants.set(name, constant);
    return name;
  }

  /** A trainable constant: its name is listed in the metadata entry `parameters`. */
  parameter(name: string, shape: readonly number[], data: Float32Array | number[]): string {
    this.#parameters.push(name);
    return this.constant(name, shape, data);
  }

  /** A one-dimensional int64 constant (a shape, axes, sizes …); equal ones are shared. */
  ints(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#shared(`ints_${values.join('_')}`, { shape: [values.length], data });
  }

  /** A float scalar of rank 0; equal ones are shared. */
  scalar(value: number): string {
    return this.#shared(`scalar_${value}`, { shape: [], data: Float32Array.of(value) });
  }

  /**
   * Adds an operator with one output and returns the output's name: `output` if given, otherwise that of the node.
   */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}, output?: string): string {
    const name = this.#freshName(op);
    return this.node({ name, op, inputs, outputs: [output ?? name], attributes })[0];
  }

  /** Adds an operator with `count` outputs and returns their names. */
  addMany(op: string, inputs: readonly string[], count: number, attributes: Attributes): string[] {
    const name = this.#freshName(op);
    const outputs = Array.from({ length: count }, (_, index) => `${name}_${index}`);
    return this.node({ name, op, inputs, outputs, attributes });
  }

  /** Adds a node as it is, for instance one copied from another graph, and returns the names of its outputs. */
  node(node: GraphNode): string[] {
    const outputs = inferNode(node, this.#values, this.#constants);
    outputs.forEach((value) => this.#define(value));
    this.#nodes.push({ ...node, inputs: [...node.inputs], attributes: rounded(node) });
    this.#nodeNames.add(node.name);
    return outputs.map(({ name }) => name);
  }

  output(name: string): void {
    this.shape(name);
    this.#outputs.push(name);
  }

  /** The finished graph. `metadata.parameters` lists the trainable constants, unless `metadata` brings its own list. */
  build(metadata: Readonly<Record<string, string>> = {}): Graph {
    const own: Record<string, string> = {};
    if (this.#parameters.length > 0) own['parameters'] = JSON.stringify(this.#parameters);
    return {
      name: this.name,
      inputs: [...this.#inputs],
      outputs: this.#outputs.map((name) => this.#values.get(name)!),
      constants: new Map(this.#constants),
      nodes: [...this.#nodes],
      metadata: { ...own, ...metadata },
    };
  }

  #shared(name: string, constant: Constant): string {
    const known = this.#constants.get(name);
    const same =
      known?.data.length === constant.data.length && known.data.join() === constant.data.join();
    if (same && known.shape.length === constant.shape.length) return name;
    if (this.has(name)) return this.#shared(`${name}_`, constant);
    return this.constant(name, constant.shape, constant.data);
  }

  #freshName(op: string): string {
    let name: string;
    do {
      name = `${this.#scope}${op}_${this.#counter++}`;
    } while (this.#nodeNames.has(name) || this.has(name) || this.has(`${name}_0`));
    return name;
  }

  #define(value: ValueInfo): void {
    if (value.name === '' || this.has(value.name)) {
      throw new EspalierError('bad-model', 'tensorName', { name: value.name });
    }
    this.#values.set(value.name, value);
  }
}

/** Float attributes as the float32 numbers that a file and an executor hold. */
function rounded(node: GraphNode): Attributes {
  const kinds = operatorOf(node).attributes;
  return Object.fromEntries(
    Object.entries(node.attributes).map(([name, value]) =>
      kinds[name] === 'float' && typeof value === 'number'
        ? [name, Math.fround(value)]
        : [name, value],
    ),
  );
}
