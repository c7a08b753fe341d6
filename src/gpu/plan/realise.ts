/**
 * Which values get memory, and where.
 *
 * Matrix products, reductions and joins always do. A map (or pad) does when a matrix product reads it (unless it only
 * scales a tensor), when several readers would repeat costly work, or when a small tensor would be worked out again for
 * every element of a large one; otherwise it is written into the code of its reader. Parts of a join are computed right where the join keeps them.
 * What a kernel computes and nobody else reads loses its memory again in fuse.ts.
 */
import type { Graph } from '../../onnx/graph';
import type { LoweredGraph } from './lower';
import type { Index } from './indexMath';
import { sizeAt, type Size } from './sizes';
import {
  flatten,
  isSameSize,
  joinOffsets,
  operandsOf,
  shifted,
  valueSize,
  type JoinValue,
  type MapOperation,
  type MapValue,
  type MatMulValue,
  type PadValue,
  type ReduceValue,
  type Value,
} from './values';

/** A stretch of memory: a graph input, a graph output, a constant, or scratch. */
export interface Storage {
  readonly id: number;
  readonly label: string;
  readonly size: Size;
  readonly role: 'input' | 'output' | 'constant' | 'scratch';
  /** Contents of a constant. */
  readonly data?: Float32Array;
}

export interface Placement {
  readonly storage: Storage;
  /** Position of an element in the storage. */
  locate(index: readonly Index[]): Index;
}

export type StoredValue = MapValue | PadValue | ReduceValue | MatMulValue;

/** One computation of a value into memory. */
export interface Store {
  readonly value: StoredValue;
  readonly placement: Placement;
}

/** What is computed, in an order in which it can be, and where every readable value lies. */
export interface Realisation {
  readonly stores: readonly Store[];
  readonly placements: ReadonlyMap<Value, Placement>;
  /** The stores that together compute a value with memory; none for inputs and constants. */
  readonly writers: ReadonlyMap<Value, readonly Store[]>;
  readonly inputs: ReadonlyMap<string, Storage>;
  readonly outputs: ReadonlyMap<string, Storage>;
}

/** Rough costs of one element in additions: an order, not a measurement; only the limits below are held against them. */
const weights: Readonly<Record<MapOperation, number>> = {
  ...{ copy: 0, negate: 0, add: 1, subtract: 1, multiply: 1, min: 1, max: 1, relu: 1 },
  ...{ divide: 3, reciprocal: 3, sqrt: 3, exp: 8, sigmoid: 10, log: 10, tanh: 12, power: 16 },
  ...{ sin: 16, cos: 16, erf: 16 },
};

/*
 * The limits below were chosen by reason and then counted, without a device: dispatches and scratch memory of the
 * gradient plans of the shipped glyphs and sprites at 64 rows are 76 and 25.1 and 32.2 MB. What another value makes of
 * them stands with each. Their times were not measured one by one.
 */

/**
 * Most tensors that one expression reads. With what the kernel writes and a second view of a buffer it must fit
 * MAX_BINDINGS (fuse.ts). With 3: 81 dispatches, 28.5 and 37.0 MB; with 7 as with 6.
 */
const MAX_LEAVES = 6;

/** Work beyond which several readers share one result, about three exponentials. With 0: 82; without a limit as now. */
const CHEAP_WEIGHT = 24;

/** Tensors beyond which several readers share one result: reading it is then cheaper. With 1: 77; with 9 as now. */
const MAX_REPEATED_LEAVES = 4;

/**
 * A value is stored where its readers would work it out this many times per element, if it takes at least this work: a
 * division. With a work of 0, mere sums are stored too: 79 dispatches. Whether 2 or 8 times changes no shipped network.
 */
const MANY_REPEATS = 8;
const REPEATED_WEIGHT = 3;

interface Inlined {
  /** Values with memory that the expression reads. */
  readonly leaves: ReadonlySet<Value>;
  readonly weight: number;
}

class Realiser {
  readonly #reachable: Value[] = [];
  readonly #readers = new Map<Value, Set<Value>>();
  readonly #inlined = new Map<Value, Inlined>();
  readonly #realised = new Set<Value>();
  readonly #placements = new Map<Value, Placement>();
  readonly #copies = new Map<Value, MapValue[]>();
  readonly #storedParts = new Map<Value, readonly Value[]>();
  readonly #inputs = new Map<string, Storage>();
  readonly #outputs = new Map<string, Storage>();
  #storages = 0;

  constructor(
    private readonly graph: Graph,
    private readonly values: LoweredGraph,
    private readonly maxBatch: number,
  ) {}

  run(): Realisation {
    const roots = this.graph.outputs.map(({ name }) => this.values.get(name)!);
    this.#collect(roots);
    for (const value of this.#reachable) this.#decide(value, roots.includes(value));
    this.#placeInputs();
    this.#placeOutputs();
    this.#placeJoins();
    const scratch = [...this.#realised].filter((value) => !this.#placements.has(value));
    for (const value of scratch) this.#placeAlone(value, 'scratch', value.label);
    return this.#result();
  }

  /** Every value that `roots` need, operands first, with its readers; views are looked through. */
  #collect(roots: readonly Value[]): void {
    const seen = new Set<Value>(roots);
    for (const value of seen) operandsOf(value).forEach((operand) => seen.add(operand));
    this.#reachable.push(...[...seen].sort((a, b) => a.id - b.id));
    for (const reader of [...this.#reachable].reverse()) {
      const through = reader.kind === 'view' ? this.#readersOf(reader) : [reader];
      for (const operand of operandsOf(reader)) {
        const readers = this.#readersOf(operand);
        through.forEach((value) => readers.add(value));
      }
    }
  }

  #readersOf(value: Value): Set<Value> {
    let readers = this.#readers.get(value);
    if (!readers) this.#readers.set(value, (readers = new Set()));
    return readers;
  }

  #decide(value: Value, isOutput: boolean): void {
    const inlined = this.#inline(value);
    this.#inlined.set(value, inlined);
    const decided =
      value.kind === 'map' || value.kind === 'pad'
        ? isOutput || this.#deservesMemory(value, inlined)
        : value.kind === 'join' || value.kind === 'reduce' || value.kind === 'matmul';
    if (decided) this.#realise(value);
    if (value.kind === 'input' || value.kind === 'constant') this.#leaf(value);
  }

  #realise(value: Value): void {
    this.#realised.add(value);
    this.#leaf(value);
  }

  #leaf(value: Value): void {
    this.#inlined.set(value, { leaves: new Set([value]), weight: 0 });
  }

  /** The expression of `value` down to values with memory, cut where it would read more than a kernel can bind. */
  #inline(value: Value): Inlined {
    const operands = operandsOf(value);
    const leavesOf = (operand: Value): ReadonlySet<Value> => this.#inlined.get(operand)!.leaves;
    const union = (): Set<Value> => new Set(operands.flatMap((operand) => [...leavesOf(operand)]));
    while (value.kind === 'map' && union().size > MAX_LEAVES) {
      const [widest] = [...operands].sort((a, b) => leavesOf(b).size - leavesOf(a).size);
      this.#realiseBase(widest);
    }
    const own = value.kind === 'map' ? weights[value.operation] : 0;
    const weight = operands.reduce((sum, operand) => sum + this.#inlined.get(operand)!.weight, own);
    return { leaves: union(), weight };
  }

  #realiseBase(value: Value): void {
    if (value.kind !== 'view') return this.#realise(value);
    this.#realiseBase(value.source);
    this.#inlined.set(value, this.#inline(value));
  }

  #deservesMemory(value: Value, { leaves, weight }: Inlined): boolean {
    const readers = [...this.#readersOf(value)];
    if (readers.some(({ kind }) => kind === 'join')) return true;
    const isScaled = leaves.size === 1 && weight <= 1;
    if (readers.some(({ kind }) => kind === 'matmul') && !isScaled) return true;
    const elements = (of: Value): number => sizeAt(valueSize(of), this.maxBatch);
    const work = (of: Value): number => elements(of.kind === 'reduce' ? of.source : of);
    const repeats = Math.max(0, ...readers.map(work)) / elements(value);
    if (repeats >= MANY_REPEATS && weight >= REPEATED_WEIGHT) return true;
    if (readers.length <= 1) return false;
    if ([...leaves].some((leaf) => this.#isMeansTo(value, leaf))) return true;
    const fullLeaves = [...leaves].filter((leaf) => elements(leaf) >= elements(value));
    return fullLeaves.length > 1 || leaves.size > MAX_REPEATED_LEAVES || weight > CHEAP_WEIGHT;
  }

  /** True where `leaf` (a product before its bias, a sum before it becomes a mean) is needed for `value` alone. */
  #isMeansTo(value: Value, leaf: Value): boolean {
    const isComputed = leaf.kind === 'matmul' || leaf.kind === 'reduce';
    const fits = isSameSize(leaf, value) && leaf.late === value.late;
    return isComputed && fits && this.#readersOf(leaf).size === 1;
  }

  #placeInputs(): void {
    for (const value of this.#reachable) {
      if (value.kind === 'input') {
        this.#inputs.set(value.name, this.#placeAlone(value, 'input', value.name));
      } else if (value.kind === 'constant') {
        this.#placeAlone(value, 'constant', value.label);
      }
    }
    for (const { name } of this.graph.inputs) {
      const value = this.values.get(name);
      if (!value || this.#inputs.has(name)) continue;
      this.#inputs.set(name, this.#placeAlone(value, 'input', name));
    }
  }

  #placeOutputs(): void {
    for (const { name } of this.graph.outputs) {
      const value = this.values.get(name)!;
      const direct = this.#realised.has(value) && !this.#placements.has(value);
      const target = direct ? value : this.#copyOf(value);
      this.#outputs.set(name, this.#placeAlone(target, 'output', name));
    }
  }

  /** Outer joins first, so that a join inside another lies inside it too. */
  #placeJoins(): void {
    const joins = this.#reachable.filter((value): value is JoinValue => value.kind === 'join');
    for (const join of joins.reverse()) {
      if (!this.#placements.has(join)) this.#placeAlone(join, 'scratch', join.label);
      const { storage, locate } = this.#placements.get(join)!;
      const offsets = joinOffsets(join);
      const stored = join.parts.map((part, i) => {
        const free = this.#realised.has(part) && !this.#placements.has(part);
        const target = free ? part : this.#copyOf(part);
        this.#placements.set(target, {
          storage,
          locate: (index) => locate(shifted(index, join.axis, offsets[i])),
        });
        return target;
      });
      this.#storedParts.set(join, stored);
    }
  }

  #copyOf(source: Value): MapValue {
    const { shape, label, late } = source;
    const copies = this.#copies.get(source) ?? [];
    this.#copies.set(source, copies);
    const id = source.id + (copies.length + 1) / 1024;
    const copy: MapValue = {
      ...{ id, shape, label, late },
      ...{ kind: 'map', operation: 'copy', operands: [source] },
    };
    copies.push(copy);
    this.#realised.add(copy);
    return copy;
  }

  #placeAlone(value: Value, role: Storage['role'], label: string): Storage {
    const data = value.kind === 'constant' ? { data: value.data } : {};
    const storage = { id: this.#storages++, label, size: valueSize(value), role, ...data };
    this.#placements.set(value, { storage, locate: (index) => flatten(value.shape, index) });
    return storage;
  }

  #result(): Realisation {
    const writers = new Map<Value, readonly Store[]>();
    const storeOf = (value: Value): readonly Store[] => {
      const known = writers.get(value);
      if (known) return known;
      const stores =
        value.kind === 'join'
          ? this.#storedParts.get(value)!.flatMap(storeOf)
          : [{ value: value as StoredValue, placement: this.#placements.get(value)! }];
      writers.set(value, stores);
      return stores;
    };
    const realised = [...this.#realised].sort((a, b) => a.id - b.id);
    realised.forEach(storeOf);
    const placements = this.#placements;
    const stores = this.#order(realised, writers);
    return { stores, placements, writers, inputs: this.#inputs, outputs: this.#outputs };
  }

  /** Stores in the order of the graph, except that whatever a store reads comes before it. */
  #order(realised: readonly Value[], writers: ReadonlyMap<Value, readonly Store[]>): Store[] {
    const ordered = new Set<Store>();
    const visited = new Set<Value>();
    const visit = (value: Value): void => {
      if (visited.has(value)) return;
      visited.add(value);
      operandsOf(value).forEach(visit);
      if (this.#realised.has(value)) writers.get(value)!.forEach((store) => visitStore(store));
    };
    const visitStore = (store: Store): void => {
      operandsOf(store.value).forEach(visit);
      ordered.add(store);
    };
    realised.forEach(visit);
    return [...ordered];
  }
}

/** Decides what `graph` keeps in memory; `maxBatch` only weighs sizes against each other. */
export function realise(graph: Graph, values: LoweredGraph, maxBatch: number): Realisation {
  return new Realiser(graph, values, maxBatch).run();
}
