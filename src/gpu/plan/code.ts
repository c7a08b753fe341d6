/**
 * Writes the WGSL of one part of a kernel: values become `let` statements, each computed once and as far out of the loops
 * as its index allows.
 *
 * Depth 0 is the body of the thread, depth 1 the loop in it. A value whose index contains the variable `lane` is a vec4f,
 * one component for each of four neighbours.
 */
import type { BindingTable } from './bindings';
import { paddedIndex } from './domain';
import {
  add,
  atomDepth,
  constant,
  dependsOn,
  indexDepth,
  indexOf,
  scale,
  substitute,
  variable,
  vectorIndex,
  type Atom,
  type Index,
  type Term,
} from './indexMath';
import type { Placement } from './realise';
import { sizeCode } from './sizes';
import {
  broadcastIndex,
  viewedIndex,
  type MapValue,
  type NumberValue,
  type PadValue,
  type Value,
} from './values';
import { floatLiteral, mapCode, type Width } from './wgslMaps';

/** Code of a value: a name or a literal. */
export interface Operand {
  readonly code: string;
  readonly width: Width;
  readonly depth: number;
}

/** Conditions (WGSL) under which an element exists: for all four lanes, and for each. */
export interface Guard {
  readonly all: string | null;
  readonly lane: ((lane: number) => string) | null;
}

/** Four neighbouring elements at once. */
export const lane = variable('lane', { count: 4, power: 0 });
const lanes = [0, 1, 2, 3].map((number) => new Map([[lane.name, constant(number)]]));

/** Where a kernel finds things while its parts are written. */
export interface CodeContext {
  readonly table: BindingTable;
  readonly placements: ReadonlyMap<Value, Placement>;
}

export class CodeWriter {
  readonly #lines: string[][] = [[]];
  readonly #known = [new Map<string, Operand>()];
  readonly #current = [new Map<Value, Operand>()];
  #names = 0;
  /** Functions of accurate.wgsl that the code calls. */
  readonly helpers = new Set<string>();
  /** Floats read per iteration of the innermost loop, four for a vec4 that has to be gathered and one otherwise. */
  innerLoads = 0;

  constructor(
    private readonly context: CodeContext,
    /** Values that this part computes; they are never loaded. */
    private readonly own: ReadonlySet<Value>,
  ) {}

  get code(): string {
    return this.#lines[0].map((line) => `  ${line}`).join('\n');
  }

  line(text: string): void {
    this.#lines[this.#lines.length - 1].push(text);
  }

  openLoop(): void {
    this.#lines.push([]);
    this.#known.push(new Map());
    this.#current.push(new Map());
  }

  /** Ends the loop whose head is `head`, e.g. `for (…)`. Statements of depth 0 made meanwhile stand before it. */
  closeLoop(head: string): void {
    const body = this.#lines.pop()!;
    this.#known.pop();
    this.#current.pop();
    this.line(`${head} {`);
    body.forEach((line) => this.line(`  ${line}`));
    this.line('}');
  }

  /** Declares `const`-like text at `depth` and returns its name. */
  define(code: string, depth: number, prefix = 'v'): string {
    const name = `${prefix}${this.#names++}`;
    this.#lines[depth].push(`let ${name} = ${code};`);
    return name;
  }

  /** Declares a variable of the thread. */
  variable(type: string, initial: string): string {
    const name = `s${this.#names++}`;
    this.#lines[0].push(`var ${name}: ${type} = ${initial};`);
    return name;
  }

  #key(value: Value, index: readonly Index[]): string {
    return `${value.id}@${index.map(({ key }) => key).join()}`;
  }

  #find(key: string): Operand | undefined {
    return this.#known.map((known) => known.get(key)).find(Boolean);
  }

  #remember(key: string, operand: Operand): Operand {
    this.#known[operand.depth].set(key, operand);
    return operand;
  }

  /** Makes `operand` the element of the part's own `value` at the current point of the domain. */
  provide(value: Value, operand: Operand): void {
    this.#current[operand.depth].set(value, operand);
  }

  /** Moves to another point of the domain: own values are new. */
  nextPoint(): void {
    this.#current.forEach((current) => current.clear());
  }

  /** Element `index` of `value`: computed before, loaded, or computed here. */
  value(value: Value, index: readonly Index[]): Operand {
    if (value.kind === 'number') return numberOperand(value);
    if (this.own.has(value)) return this.#ownValue(value, index);
    const key = this.#key(value, index);
    const known = this.#find(key);
    if (known) return known;
    const stored = this.context.placements.get(value);
    const operand = stored ? this.#load(stored, index) : this.#compute(value, index);
    return this.#remember(key, operand);
  }

  /** Own values are only read at the point where they are computed (fuse.ts), so their index needs no comparing. */
  #ownValue(value: Value, index: readonly Index[]): Operand {
    const current = this.#current.map((values) => values.get(value)).find(Boolean);
    if (current) return current;
    const operand = this.#compute(value, index);
    this.provide(value, operand);
    return operand;
  }

  #compute(value: Value, index: readonly Index[]): Operand {
    switch (value.kind) {
      case 'view':
        return this.value(value.source, viewedIndex(value, index));
      case 'pad':
        return this.#pad(value, index);
      case 'map':
        return this.#map(value, index);
      default:
        throw new Error(`${value.label}: a ${value.kind} is read before it is computed`);
    }
  }

  #map({ operation, operands }: MapValue, index: readonly Index[]): Operand {
    const inputs = operands.map((o) => this.value(o, broadcastIndex(o.shape, index)));
    if (operation === 'copy') return inputs[0];
    const depth = Math.max(...inputs.map((input) => input.depth));
    const width = inputs.some((input) => input.width === 4) ? 4 : 1;
    const code = mapCode(operation, inputs, this.helpers);
    return { code: this.define(code, depth), width, depth };
  }

  #pad(value: PadValue, index: readonly Index[]): Operand {
    const inner = paddedIndex(value, index);
    const source = this.value(value.source, inner);
    const padded = value.shape.flatMap((dim, axis) =>
      dim === value.source.shape[axis]
        ? []
        : [{ index: inner[axis], dim: value.source.shape[axis] }],
    );
    const wide = index.some((i) => dependsOn(i, lane.name));
    const inside = (replace: (i: Index) => Index): string =>
      padded.map((p) => `(${this.indexCode(replace(p.index))}) < ${p.dim}u`).join(' && ');
    const condition = wide
      ? `vec4<bool>(${lanes.map((l) => inside((i) => substitute(i, l))).join(', ')})`
      : inside((i) => i);
    const depth = Math.max(source.depth, ...index.map(indexDepth));
    const [zero, shown] = wide
      ? ['vec4f()', source.width === 4 ? source.code : `vec4f(${source.code})`]
      : ['0f', source.code];
    const code = this.define(`select(${zero}, ${shown}, ${condition})`, depth);
    return { code, width: wide ? 4 : 1, depth };
  }

  #load({ storage, locate }: Placement, index: readonly Index[]): Operand {
    const at = locate(index);
    const depth = indexDepth(at);
    const { table } = this.context;
    const code = (i: Index): string => this.indexCode(i);
    const isInner = depth === this.#lines.length - 1;
    if (!dependsOn(at, lane.name)) {
      if (isInner) this.innerLoads++;
      return { code: this.define(table.element(storage, at, code), depth), width: 1, depth };
    }
    const quad = vectorIndex(at, lane.name);
    if (isInner) this.innerLoads += quad ? 1 : 4;
    const text = quad
      ? table.vector(storage, quad, code)
      : `vec4f(${lanes.map((l) => table.element(storage, substitute(at, l), code)).join(', ')})`;
    return { code: this.define(text, depth), width: 4, depth };
  }

  /** Writes `operand` to element `index` where `guard` holds. */
  store(
    { storage, locate }: Placement,
    index: readonly Index[],
    operand: Operand,
    guard: Guard = { all: null, lane: null },
  ): void {
    const at = locate(index);
    const { table } = this.context;
    const code = (i: Index): string => this.indexCode(i);
    if (!dependsOn(at, lane.name)) {
      this.#assign([guard.all], table.element(storage, at, code), operand.code);
      return;
    }
    const quad = vectorIndex(at, lane.name);
    const wide = operand.width === 4;
    if (quad && !guard.lane) {
      const vector = wide ? operand.code : `vec4f(${operand.code})`;
      this.#assign([guard.all], table.vector(storage, quad, code), vector);
      return;
    }
    lanes.forEach((l, number) => {
      const component = wide ? `${operand.code}.${'xyzw'[number]}` : operand.code;
      const target = table.element(storage, substitute(at, l), code);
      this.#assign([guard.all, guard.lane?.(number) ?? null], target, component);
    });
  }

  #assign(conditions: readonly (string | null)[], target: string, value: string): void {
    const condition = conditions.filter(Boolean).join(' && ');
    const statement = `${target} = ${value};`;
    this.line(condition ? `if (${condition}) { ${statement} }` : statement);
  }

  /** WGSL (u32) of an index; what does not change in the loop is computed before it. */
  indexCode(index: Index): string {
    const inner = this.#lines.length - 1;
    const outside = index.terms.filter(({ atom }) => (atom ? atomDepth(atom) : 0) < inner);
    const inside = index.terms.filter((term) => !outside.includes(term));
    const hoists = inner > 0 && outside.some(({ atom }) => atom);
    if (!hoists) return this.#sum(index.terms);
    const base = this.#hoisted(outside);
    return inside.length === 0 ? base : this.#sum(inside, base);
  }

  #hoisted(terms: readonly Term[]): string {
    const fixed = terms.filter(({ atom }) => atom);
    const numbers = terms.filter(({ atom }) => !atom);
    const key = `#${fixed.map((t) => `${t.count} ${t.power} ${t.atom!.key}`).join('+')}`;
    const known = this.#find(key);
    const base = known ?? this.#remember(key, this.#indexOperand(this.#sum(fixed)));
    return numbers.length === 0 ? base.code : this.#sum(numbers, base.code);
  }

  #indexOperand(code: string): Operand {
    const plain = /^\w+$/.test(code);
    return { code: plain ? code : this.define(code, 0, 'i'), width: 1, depth: 0 };
  }

  #sum(terms: readonly Term[], start?: string): string {
    const positive = terms.filter(({ count }) => count > 0).map((term) => this.#term(term));
    const negative = terms.filter(({ count }) => count < 0).map((term) => this.#term(term));
    const plus = [...(start ? [start] : []), ...positive];
    return [plus.join(' + ') || '0u', ...negative].join(' - ');
  }

  #term({ atom, count, power }: Term): string {
    const size = { count: Math.abs(count), power };
    if (!atom) return sizeCode(size);
    const factor = size.count === 1 && power === 0 ? '' : `${sizeCode(size)} * `;
    return `${factor}${this.#atom(atom)}`;
  }

  #atom(atom: Atom): string {
    if (atom.kind === 'variable') return atom.name;
    const key = `#${atom.key}`;
    const known = this.#find(key);
    if (known) return known.code;
    const depth = atomDepth(atom);
    const sign = atom.kind === 'div' ? '/' : '%';
    const text = `(${this.#sum(atom.of.terms)}) ${sign} ${sizeCode(atom.by)}`;
    return this.#remember(key, { code: this.define(text, depth, 'i'), width: 1, depth }).code;
  }
}

function numberOperand({ value }: NumberValue): Operand {
  const code = typeof value === 'number' ? floatLiteral(value) : `f32(${sizeCode(value)})`;
  return { code, width: 1, depth: 0 };
}

/** The four neighbours that start at four times `quads`. */
export function fourFrom(quads: Index): Index {
  return add(scale(quads, { count: 4, power: 0 }), indexOf(lane));
}
