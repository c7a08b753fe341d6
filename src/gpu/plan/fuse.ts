/**
 * Which computations share a kernel.
 *
 * Stores are visited in order. Each joins the kernel that computes what it reads, if it reads it exactly where that kernel
 * stands (a product's epilogue; the element-wise work around the row sums of a normalisation), or a later one that reads
 * the same elements (two sums over the same tensor); otherwise it starts a kernel. A store only joins a kernel that comes
 * after everything it reads, so the order of kernels stays valid. What only its own kernel reads needs no memory.
 */
import {
  domainOf,
  domainPoint,
  domainSize,
  domainVariable,
  memberReads,
  names,
  showingElement,
  soleMember,
  type Domain,
  type Member,
  type Read,
  type RowDomain,
} from './domain';
import { indexOf, substitute, type Index } from './indexMath';
import type { Realisation, Storage, Store } from './realise';
import { product, sameSize, sizeAt } from './sizes';
import { flatten, unflatten, valueSize } from './values';

/** WebGPU's guaranteed number of storage buffers per kernel. */
export const MAX_BINDINGS = 8;

/** Computations that run in one loop nest. */
export interface Group {
  domain: Domain;
  members: Member[];
  /** True where it depends on the input that the plan is split at. */
  readonly late: boolean;
  /** Storages that outlive the kernel. */
  readonly kept: Set<Storage>;
}

export interface FuseOptions {
  /** Equal for storages that one binding can cover. */
  readonly bindingKey: (storage: Storage) => unknown;
  readonly maxBatch: number;
}

/** Rows longer than this are not given to one thread together with element-wise work. */
const MAX_ROW = 1024;
/** Fewer rows than this at the largest batch are not worth a thread each. */
const MIN_ROWS = 16;

interface Candidate {
  readonly domain: Domain;
  readonly members: Member[];
}

class Fuser {
  readonly #groups: Group[] = [];
  readonly #position = new Map<Store, number>();
  /** Every store as a group of its own. */
  readonly #alone = new Map<Store, { readonly member: Member; readonly domain: Domain }>();
  readonly #readers = new Map<Storage, Set<Store>>();
  readonly #writers = new Map<Storage, Set<Store>>();

  constructor(
    private readonly realisation: Realisation,
    private readonly options: FuseOptions,
  ) {
    for (const store of realisation.stores) {
      const { storage } = store.placement;
      this.#writers.set(storage, (this.#writers.get(storage) ?? new Set()).add(store));
      const alone = { domain: domainOf(store.value), member: soleMember(store) };
      this.#alone.set(store, alone);
      for (const { value } of this.#reads(alone.member, alone.domain)) {
        const read = realisation.placements.get(value)!.storage;
        this.#readers.set(read, (this.#readers.get(read) ?? new Set()).add(store));
      }
    }
  }

  run(): Group[] {
    for (const store of this.realisation.stores) this.#add(store);
    for (const group of this.#groups) {
      for (const { store } of group.members) {
        const { storage } = store.placement;
        if (this.#outlives(storage, group.members)) group.kept.add(storage);
      }
    }
    return this.#groups;
  }

  #reads(member: Member, domain: Domain): readonly Read[] {
    return memberReads(member, domain, this.realisation.placements);
  }

  #add(store: Store): void {
    const { member, domain } = this.#alone.get(store)!;
    const reads = this.#reads(member, domain);
    const producers = reads.flatMap(({ value }) => this.realisation.writers.get(value) ?? []);
    const last = Math.max(-1, ...producers.map((producer) => this.#position.get(producer)!));
    for (let position = this.#groups.length - 1; position >= Math.max(last, 0); position--) {
      const group = this.#groups[position];
      if (group.late !== store.value.late) continue;
      const joined = this.#join(store, group, position === last);
      if (!joined) continue;
      Object.assign(group, joined);
      this.#position.set(store, position);
      return;
    }
    this.#position.set(store, this.#groups.length);
    const { late } = store.value;
    this.#groups.push({ domain, members: [member], late, kept: new Set() });
  }

  /** The group with `store` in it, or null where that is not possible or brings nothing. */
  #join(store: Store, group: Group, isProducer: boolean): Candidate | null {
    for (const { domain, members, at } of this.#alignments(store, group)) {
      const member: Member = { store, at };
      const reads = this.#reads(member, domain);
      if (!this.#readsInPlace(reads, members)) continue;
      if (!isProducer && !this.#sharesRead(reads, domain, members)) continue;
      const joined = { domain, members: [...members, member] };
      if (this.#bindings(joined) <= MAX_BINDINGS) return joined;
    }
    return null;
  }

  /** The ways in which the elements of `store` can be matched with the points of the group's domain. */
  *#alignments(store: Store, group: Group): Generator<Candidate & { at: Index }> {
    const { value } = store;
    if (value.kind === 'matmul') return;
    const own = domainOf(value);
    if (own.kind === 'rows') {
      const rows = this.#asRows(group, own);
      if (rows) yield { ...rows, at: indexOf(domainVariable(own, names.outer)) };
      return;
    }
    const { domain, members } = group;
    if (domain.kind === 'rows' && sameSize(valueSize(value), domain.outer)) {
      yield { domain, members, at: indexOf(domainVariable(domain, names.outer)) };
    }
    if (!sameSize(valueSize(value), domainSize(domain))) return;
    if (domain.kind === 'rows' && !this.#suitsThreadPerRow(domain)) return;
    yield { domain, members, at: domainPoint(domain) };
    for (const { store: producer, at } of members) {
      const index = unflatten(producer.value.shape, at);
      const { placements } = this.realisation;
      const showing = showingElement(value, producer.value, index, placements);
      if (showing) yield { domain, members, at: flatten(value.shape, showing) };
    }
  }

  /** The group as one over `rows`: it is one already, or element-wise over the same elements. */
  #asRows(group: Group, rows: RowDomain): Candidate | null {
    const { domain, members } = group;
    if (domain.kind === 'rows') {
      const same = sameSize(domain.outer, rows.outer) && sameSize(domain.inner, rows.inner);
      return same && domain.splits === rows.splits ? group : null;
    }
    if (domain.kind !== 'map' || !sameSize(domain.size, product(rows.outer, rows.inner)))
      return null;
    if (!this.#suitsThreadPerRow(rows)) return null;
    const point = new Map([[names.element, domainPoint(rows)]]);
    return {
      domain: rows,
      members: members.map(({ store, at }) => ({ store, at: substitute(at, point) })),
    };
  }

  #suitsThreadPerRow({ outer, inner, splits }: RowDomain): boolean {
    const rows = sizeAt(outer, this.options.maxBatch);
    return splits === 1 && inner.power === 0 && inner.count <= MAX_ROW && rows >= MIN_ROWS;
  }

  /** True where everything that `members` compute is read at the point of the domain where it is computed. */
  #readsInPlace(reads: readonly Read[], members: readonly Member[]): boolean {
    return reads.every(({ value, index }) => {
      const writers = this.realisation.writers.get(value) ?? [];
      const inside = members.filter(({ store }) => writers.includes(store));
      if (inside.length === 0) return true;
      const [{ store, at }] = inside;
      return store.value === value && flatten(value.shape, index).key === at.key;
    });
  }

  #sharesRead(reads: readonly Read[], domain: Domain, members: readonly Member[]): boolean {
    if (domain.kind === 'product') return false;
    const keys = new Set(members.flatMap((m) => this.#reads(m, domain).map(({ key }) => key)));
    return reads.some(({ key }) => keys.has(key));
  }

  /** Storage buffers that a kernel of these members binds. */
  #bindings({ domain, members }: Candidate): number {
    const inside = new Set(members.map(({ store }) => store.placement.storage));
    const kept = [...inside].filter((storage) => this.#outlives(storage, members));
    const reads = members.flatMap((member) => this.#reads(member, domain));
    const read = reads
      .map(({ value }) => this.realisation.placements.get(value)!.storage)
      .filter((storage) => !inside.has(storage));
    return new Set([...kept, ...read].map((storage) => this.options.bindingKey(storage))).size;
  }

  #outlives(storage: Storage, members: readonly Member[]): boolean {
    if (storage.role === 'output') return true;
    const stores = new Set(members.map(({ store }) => store));
    const users = [...(this.#readers.get(storage) ?? []), ...this.#writers.get(storage)!];
    return !users.every((store) => stores.has(store));
  }
}

/** Groups the stores of `realisation`; a later group never computes what an earlier one reads. */
export function fuse(realisation: Realisation, options: FuseOptions): Group[] {
  return new Fuser(realisation, options).run();
}
