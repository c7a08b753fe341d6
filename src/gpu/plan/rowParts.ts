/**
 * Kernel parts over all elements of a tensor, and over rows with a loop along each.
 *
 * A row part is one loop per layer of dependent reductions: the mean in the first, the variance in the second, the
 * normalised row in the third. One thread owns a row (or four neighbouring columns where those are the contiguous axis),
 * so there are no barriers, and the order of every sum is the same whatever the batch size is.
 */
import { CodeWriter, fourFrom, type CodeContext, type Operand } from './code';
import {
  memberReads,
  names,
  reducedIndex,
  type Domain,
  type Member,
  type RowDomain,
} from './domain';
import {
  elementIndex,
  ownValues,
  stretch,
  writeElement,
  type Part,
  type Replacements,
} from './parts';
import type { Group } from './fuse';
import { dependsOn, indexOf, substitute, variable } from './indexMath';
import { quotient, type Size } from './sizes';
import { tiles, type Threads } from './threads';
import { type ReduceOperation, type ReduceValue } from './values';

const four: Size = { count: 4, power: 0 };

/** Element-wise work on everything: four elements per thread where the tensor can be cut that way. */
export function writeMapPart(group: Group, context: CodeContext): Part {
  const { size } = group.domain as Domain & { kind: 'map' };
  const quads = quotient(size, four);
  const thread = indexOf(variable('t', quads ?? size));
  const at: Replacements = new Map([[names.element, quads ? fourFrom(thread) : thread]]);
  const writer = new CodeWriter(context, ownValues(group));
  const threads = tiles(size, quads ? 4 : 1);
  writer.line(`if (t >= ${threads.code}) { return; }`);
  for (const member of group.members) writeElement(writer, group, member, at);
  return { code: writer.code, threads, helpers: writer.helpers };
}

/** How a row part uses four lanes: along the row, across rows, or not. */
type Layout = 'along' | 'across' | 'single';

/** Reductions and the element-wise work around them, in the layout that reads memory best. */
export function writeRowPart(group: Group, context: CodeContext): Part {
  const { outer, inner, splits } = group.domain as RowDomain;
  const perSplit = { ...outer, count: outer.count / splits };
  const layouts: Layout[] = [
    ...(quotient(perSplit, four) ? (['across'] as const) : []),
    ...(quotient(inner, four) ? (['along'] as const) : []),
  ];
  if (layouts.length === 0) layouts.push('single');
  const parts = layouts.map((layout) => new RowWriter(group, context, layout).write());
  return parts.reduce((best, part) => (part.cost < best.cost ? part : best));
}

interface Accumulator {
  readonly member: Member;
  readonly name: string;
}

const initial: Readonly<Record<ReduceOperation, string>> = { sum: '0f', max: '-3.4028234e38f' };

class RowWriter {
  readonly #writer: CodeWriter;
  readonly #domain: RowDomain;
  readonly #outerOnly: Replacements;
  readonly #point: Replacements;
  readonly #threads: Threads;
  readonly #steps: Size;
  /** Per member: the number of loops that must be over before it can be computed. */
  readonly #ready = new Map<Member, number>();

  constructor(
    private readonly group: Group,
    private readonly context: CodeContext,
    private readonly layout: Layout,
  ) {
    this.#writer = new CodeWriter(context, ownValues(group));
    this.#domain = group.domain as RowDomain;
    const { outer, inner } = this.#domain;
    const rows = layout === 'across' ? quotient(outer, four)! : outer;
    this.#steps = layout === 'along' ? quotient(inner, four)! : inner;
    const thread = indexOf(variable('t', rows));
    const step = indexOf(variable('r', this.#steps, 1));
    const outerIndex = layout === 'across' ? fourFrom(thread) : thread;
    this.#outerOnly = new Map([[names.outer, outerIndex]]);
    const innerIndex = layout === 'along' ? fourFrom(step) : step;
    this.#point = new Map([...this.#outerOnly, [names.inner, innerIndex]]);
    this.#threads = tiles(outer, layout === 'across' ? 4 : 1);
    for (const member of group.members) this.#ready.set(member, this.#loopsBefore(member));
  }

  write(): Part & { cost: number } {
    const writer = this.#writer;
    writer.line(`if (t >= ${this.#threads.code}) { return; }`);
    const loops = Math.max(...this.group.members.map((member) => this.#lastLoop(member)));
    this.#writeOuter(0);
    for (let loop = 1; loop <= loops; loop++) {
      this.#writeLoop(loop);
      this.#writeOuter(loop);
    }
    const cost = writer.innerLoads / (this.layout === 'single' ? 1 : 4);
    return { code: writer.code, threads: this.#threads, helpers: writer.helpers, cost };
  }

  /** Loops that must be over before `member` can start: those of the reductions it depends on. */
  #loopsBefore(member: Member): number {
    const reads = memberReads(member, this.#domain, this.context.placements);
    const before = reads.map(({ value }) => {
      const source = this.group.members.find(({ store }) => store.value === value);
      if (!source) return 0;
      return this.#ready.get(source)! + (value.kind === 'reduce' ? 1 : 0);
    });
    return Math.max(0, ...before);
  }

  #isInner = (member: Member): boolean =>
    member.store.value.kind === 'reduce' || dependsOn(member.at, names.inner);

  #lastLoop(member: Member): number {
    return this.#ready.get(member)! + (this.#isInner(member) ? 1 : 0);
  }

  /** What belongs to the row as a whole and needs `loops` loops. */
  #writeOuter(loops: number): void {
    for (const member of this.group.members) {
      if (this.#isInner(member) || this.#ready.get(member) !== loops) continue;
      writeElement(this.#writer, this.group, member, this.#outerOnly);
    }
  }

  #writeLoop(loop: number): void {
    const writer = this.#writer;
    const members = this.group.members.filter(
      (member) => this.#isInner(member) && this.#lastLoop(member) === loop,
    );
    const type = this.layout === 'single' ? 'f32' : 'vec4f';
    const accumulators = new Map<Member, Accumulator>();
    for (const member of members) {
      if (member.store.value.kind !== 'reduce') continue;
      const start = initial[member.store.value.operation];
      accumulators.set(member, { member, name: writer.variable(type, `${type}(${start})`) });
    }
    writer.openLoop();
    for (const member of members) {
      const accumulator = accumulators.get(member);
      if (accumulator) this.#accumulate(accumulator, type);
      else writeElement(writer, this.group, member, this.#point);
    }
    const [from, to] = this.#range();
    writer.closeLoop(`for (var r = ${from}; r < ${to}; r++)`);
    accumulators.forEach((accumulator) => this.#finish(accumulator));
  }

  /** First step and end of this thread's loops. */
  #range(): [from: string, to: string] {
    const { code } = tiles(this.#steps, 1);
    const { outer, splits } = this.#domain;
    if (splits === 1) return ['0u', code];
    const rows: Size = { ...outer, count: outer.count / splits };
    const perSplit = tiles(rows, this.layout === 'across' ? 4 : 1).code;
    return stretch(this.#writer, `(t / ${perSplit})`, code, splits);
  }

  #accumulate({ member, name }: Accumulator, type: string): void {
    const value = member.store.value as ReduceValue;
    const index = reducedIndex(value, this.#domain).map((i) => substitute(i, this.#point));
    const { code, width } = this.#writer.value(value.source, index);
    const term = type === 'vec4f' && width === 1 ? `vec4f(${code})` : code;
    this.#writer.line(
      value.operation === 'sum' ? `${name} += ${term};` : `${name} = max(${name}, ${term});`,
    );
  }

  #finish({ member, name }: Accumulator): void {
    const { value, placement } = member.store;
    const writer = this.#writer;
    const [x, y, z, w] = ['x', 'y', 'z', 'w'].map((component) => `${name}.${component}`);
    const isSum = (value as ReduceValue).operation === 'sum';
    const folded = isSum
      ? `(${x} + ${y}) + (${z} + ${w})`
      : `max(max(${x}, ${y}), max(${z}, ${w}))`;
    const code = writer.define(this.layout === 'along' ? folded : name, 0);
    const operand: Operand = { code, width: this.layout === 'across' ? 4 : 1, depth: 0 };
    writer.provide(value, operand);
    if (!this.group.kept.has(placement.storage)) return;
    writer.store(placement, elementIndex(member, this.#outerOnly), operand);
  }
}
