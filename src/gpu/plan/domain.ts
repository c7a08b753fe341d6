/**
 * Iteration spaces of kernels, and what a computation reads at a point of one.
 *
 * A group of fused computations runs over one domain: all elements of a tensor (`map`), the rows of a tensor with a loop
 * along each (`rows`), or the output of a matrix product (`product`). Each member knows which of its elements belongs to a
 * point of the domain (`at`, a flat index in the domain's variables); from there the views between tensors give the index
 * of everything it reads.
 */
import {
  add,
  constant,
  indexOf,
  modulo,
  scale,
  variable,
  type Index,
  type Variable,
} from './indexMath';
import type { Placement, Store } from './realise';
import { dimSize, product, shapeSize, type Size } from './sizes';
import {
  broadcastIndex,
  flatten,
  operandsOf,
  showingIndex,
  unflatten,
  viewedIndex,
  type MatMulValue,
  type PadValue,
  type ReduceValue,
  type Value,
} from './values';

export type Domain =
  | { readonly kind: 'map'; readonly size: Size }
  /** `splits` > 1: the rows are cut into that many stretches, and `outer` counts stretches, all of the first ones first. */
  | { readonly kind: 'rows'; readonly outer: Size; readonly inner: Size; readonly splits: number }
  | {
      readonly kind: 'product';
      readonly batch: Size;
      readonly rows: Size;
      readonly columns: Size;
      readonly depth: Size;
      /** Where > 1, `batch` counts stretches of the depth. */
      readonly splits: number;
    };

export type RowDomain = Domain & { readonly kind: 'rows' };
export type ProductDomain = Domain & { readonly kind: 'product' };

/** One computation of a group: element `at` of its value belongs to the current point of the domain. */
export interface Member {
  readonly store: Store;
  readonly at: Index;
}

/** Names of the domain variables; extents differ from domain to domain. */
export const names = {
  element: 'e',
  outer: 'o',
  inner: 'r',
  batch: 'b',
  row: 'i',
  column: 'j',
  depth: 'k',
} as const;

export function domainVariable(domain: Domain, name: string): Variable {
  const extents: Record<string, Size | undefined> = {
    ...(domain.kind === 'map' && { [names.element]: domain.size }),
    ...(domain.kind === 'rows' && { [names.outer]: domain.outer, [names.inner]: domain.inner }),
    ...(domain.kind === 'product' && {
      [names.batch]: domain.batch,
      [names.row]: domain.rows,
      [names.column]: domain.columns,
      [names.depth]: domain.depth,
    }),
  };
  return variable(name, extents[name]!);
}

/** Flat index of the current point: row-major over the domain (over its output, for a product). */
export function domainPoint(domain: Domain): Index {
  const at = (name: string): Index => indexOf(domainVariable(domain, name));
  switch (domain.kind) {
    case 'map':
      return at(names.element);
    case 'rows':
      return add(scale(at(names.outer), domain.inner), at(names.inner));
    case 'product':
      return add(
        scale(at(names.batch), product(domain.rows, domain.columns)),
        scale(at(names.row), domain.columns),
        at(names.column),
      );
  }
}

export function domainSize(domain: Domain): Size {
  switch (domain.kind) {
    case 'map':
      return domain.size;
    case 'rows':
      return product(domain.outer, domain.inner);
    case 'product':
      return product(domain.batch, domain.rows, domain.columns);
  }
}

/** The domain that computes `value` alone. */
export function domainOf(value: Store['value']): Domain {
  if (value.kind === 'reduce') {
    const inner = shapeSize(value.source.shape.slice(-value.inner));
    return { kind: 'rows', outer: shapeSize(value.shape), inner, splits: value.splits };
  }
  if (value.kind !== 'matmul') return { kind: 'map', size: shapeSize(value.shape) };
  const [rows, columns] = value.shape.slice(-2).map(dimSize);
  const depth = dimSize(value.a.shape[value.a.shape.length - 1]);
  const batch = shapeSize(value.shape.slice(0, -2));
  return { kind: 'product', batch, rows, columns, depth, splits: value.splits };
}

/** The member that computes `store` over its own domain. */
export function soleMember(store: Store): Member {
  const domain = domainOf(store.value);
  const outer = domain.kind === 'rows';
  const at = outer ? indexOf(domainVariable(domain, names.outer)) : domainPoint(domain);
  return { store, at };
}

/** Index of the source element that a reduction adds at (outer, inner). */
export function reducedIndex({ source, splits }: ReduceValue, domain: RowDomain): Index[] {
  const outer = indexOf(domainVariable(domain, names.outer));
  const rows: Size = { ...domain.outer, count: domain.outer.count / splits };
  const row = splits > 1 ? modulo(outer, rows) : outer;
  const inner = indexOf(domainVariable(domain, names.inner));
  return unflatten(source.shape, add(scale(row, domain.inner), inner));
}

/** Index of both operands of a product at (batch, row or column, depth). */
export function factorIndices(
  value: MatMulValue,
  domain: ProductDomain,
): { a: Index[]; b: Index[] } {
  const at = (name: string): Index => indexOf(domainVariable(domain, name));
  const isSplit = value.splits > 1;
  const batch = isSplit ? [] : unflatten(value.shape.slice(0, -2), at(names.batch));
  return {
    a: [...batch, at(names.row), at(names.depth)],
    b: [...batch, at(names.depth), at(names.column)],
  };
}

/** Element `index` of `value`, a value with memory. */
export interface Read {
  readonly value: Value;
  readonly index: readonly Index[];
  /** Equal for reads of the same element. */
  readonly key: string;
}

/** Reads found before; fusing asks for those of every member again and again. */
const foundReads = new WeakMap<Member, { readonly domain: Domain; readonly reads: Read[] }>();

/** What a member of a group over `domain` reads, each element once. */
export function memberReads(
  member: Member,
  domain: Domain,
  placements: ReadonlyMap<Value, Placement>,
): readonly Read[] {
  const found = foundReads.get(member);
  if (found?.domain === domain) return found.reads;
  const reads = collectReads(member, domain, placements);
  foundReads.set(member, { domain, reads });
  return reads;
}

function collectReads(
  { store: { value }, at }: Member,
  domain: Domain,
  placements: ReadonlyMap<Value, Placement>,
): Read[] {
  const collector = new ReadCollector(placements);
  if (value.kind === 'matmul') {
    const { a, b } = factorIndices(value, domain as ProductDomain);
    collector.visit(value.a, a);
    collector.visit(value.b, b);
  } else if (value.kind === 'reduce') {
    collector.visit(value.source, reducedIndex(value, domain as RowDomain));
  } else {
    collector.operands(value, unflatten(value.shape, at));
  }
  return collector.reads;
}

class ReadCollector {
  readonly reads: Read[] = [];
  readonly #seen = new Set<string>();

  constructor(private readonly placements: ReadonlyMap<Value, Placement>) {}

  visit(value: Value, index: readonly Index[]): void {
    const key = `${value.id}@${flatten(value.shape, index).key}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (this.placements.has(value)) this.reads.push({ value, index, key });
    else this.operands(value, index);
  }

  operands(value: Value, index: readonly Index[]): void {
    if (value.kind === 'view') this.visit(value.source, viewedIndex(value, index));
    if (value.kind === 'pad') this.visit(value.source, paddedIndex(value, index));
    if (value.kind !== 'map') return;
    for (const operand of value.operands) this.visit(operand, broadcastIndex(operand.shape, index));
  }
}

/** Element of a pad's source that is shown at `index`; outside the source it lies beyond its shape. */
export function paddedIndex({ before }: PadValue, index: readonly Index[]): Index[] {
  return index.map((i, axis) => add(i, constant(-before[axis])));
}

/**
 * Which element of `value` shows element `index` of `target`, found along maps without memory and bijective views; null
 * where `target` is not read one to one. Lets an epilogue follow a product through a transposition.
 */
export function showingElement(
  value: Value,
  target: Value,
  index: readonly Index[],
  placements: ReadonlyMap<Value, Placement>,
): readonly Index[] | null {
  for (const operand of operandsOf(value)) {
    const inner =
      operand === target
        ? index
        : placements.has(operand)
          ? null
          : showingElement(operand, target, index, placements);
    if (!inner) continue;
    if (value.kind === 'view') return showingIndex(value, inner);
    const same = operand.shape.every((dim, axis) => dim === value.shape[axis]);
    const oneToOne = value.kind === 'map' && operand.shape.length === value.shape.length && same;
    return oneToOne ? inner : null;
  }
  return null;
}
