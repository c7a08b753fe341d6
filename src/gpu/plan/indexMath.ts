/**
 * Symbolic index arithmetic: where does element (n, t, c) of a reshaped, transposed, sliced tensor lie?
 *
 * Views are never copied by a plan; they only change the index with which their source is read. An index is a sum of
 * multiples of variables, of quotients (x div k) and of remainders (x mod k). Every operation simplifies with the known
 * ranges of the variables, so that reshaping rows to heads and back costs nothing in the shader and two ways of writing
 * one index have the same `key`.
 */
import {
  addBounds,
  isBelow,
  isNonNegative,
  one,
  product,
  quotient,
  scaleBound,
  sizeBound,
  type Bound,
  type Size,
} from './sizes';

/** A loop or thread variable with values 0 … extent−1. `depth` is the loop it changes in; 0 is fixed for a thread. */
export interface Variable {
  readonly kind: 'variable';
  /** How it is called in the shader. */
  readonly name: string;
  /** Tells it from variables of the same name with other values. */
  readonly key: string;
  readonly extent: Size;
  readonly depth: number;
}

/** x div k or x mod k. */
export interface Division {
  readonly kind: 'div' | 'mod';
  readonly key: string;
  readonly of: Index;
  readonly by: Size;
}

export type Atom = Variable | Division;

/** count·N^power·atom, or a number where `atom` is null. */
export interface Term {
  readonly atom: Atom | null;
  readonly count: number;
  readonly power: number;
}

/** A simplified sum; two indices are equal where their keys are. */
export interface Index {
  readonly terms: readonly Term[];
  readonly key: string;
  /** Results that were worked out before. */
  readonly memo: Memo;
}

interface Memo {
  bounds?: { min: Bound; max: Bound };
  divided?: Map<string, Index>;
}

export function variable(name: string, extent: Size, depth = 0): Variable {
  const key = `${name}<${extent.count}${'N'.repeat(extent.power)}${"'".repeat(depth)}>`;
  return { kind: 'variable', name, key, extent, depth };
}

const atomKey = (term: Term): string => term.atom?.key ?? '';

const byAtom = (a: Term, b: Term): number => {
  const [keyA, keyB] = [atomKey(a), atomKey(b)];
  return keyA < keyB ? -1 : keyA > keyB ? 1 : a.power - b.power;
};

function makeIndex(terms: readonly Term[]): Index {
  const sorted = terms.length > 1 ? [...terms].sort(byAtom) : terms;
  let key = '';
  for (const term of sorted) {
    key += `${key && '+'}${term.count}${'N'.repeat(term.power)}${atomKey(term)}`;
  }
  return { terms: sorted, key: key || '0', memo: {} };
}

export const zero: Index = makeIndex([]);

export function constant(count: number, power = 0): Index {
  return count === 0 ? zero : makeIndex([{ atom: null, count, power }]);
}

/** The value of `of` itself, 0 where it can only be 0. */
export function indexOf(atom: Atom): Index {
  const fixed = atom.kind === 'variable' && atom.extent.count === 1 && atom.extent.power === 0;
  return fixed ? zero : makeIndex([{ atom, count: 1, power: 0 }]);
}

function collect(terms: readonly Term[]): Term[] {
  const sums: Term[] = [];
  for (const term of terms) {
    const key = atomKey(term);
    const at = sums.findIndex((sum) => sum.power === term.power && atomKey(sum) === key);
    if (at < 0) sums.push(term);
    else sums[at] = { ...term, count: sums[at].count + term.count };
  }
  return sums.filter(({ count }) => count !== 0);
}

function sumOf(terms: readonly Term[]): Index {
  return recombine(makeIndex(collect(terms)));
}

export function add(...indices: readonly Index[]): Index {
  if (indices.length === 1) return indices[0];
  return sumOf(indices.flatMap(({ terms }) => terms));
}

const scaledTerms = ({ terms }: Index, size: Size): Term[] =>
  terms.map(({ atom, count, power }) => ({
    atom,
    count: count * size.count,
    power: power + size.power,
  }));

export function scale(index: Index, size: Size): Index {
  if (size.count === 0) return zero;
  if (size.count === 1 && size.power === 0) return index;
  return makeIndex(scaledTerms(index, size));
}

/** Σ index·stride. */
export function addScaled(parts: readonly (readonly [index: Index, stride: Size])[]): Index {
  return sumOf(parts.flatMap(([index, stride]) => scaledTerms(index, stride)));
}

/** c·k·(x div k) + c·(x mod k) = c·x. */
function recombine(index: Index): Index {
  if (!index.terms.some(({ atom }) => atom?.kind === 'mod')) return index;
  for (const term of index.terms) {
    if (term.atom?.kind !== 'mod') continue;
    const factor: Size = { count: term.count, power: term.power };
    const { of, by } = term.atom;
    const wanted = scale(divide(of, by), product(factor, by)).terms;
    const present = wanted.every((w) =>
      index.terms.some(
        (t) => atomKey(t) === atomKey(w) && t.power === w.power && t.count === w.count,
      ),
    );
    if (!present || wanted.length === 0) continue;
    const removed = [...wanted, term].map((t) => ({ ...t, count: -t.count }));
    const rest = collect([...index.terms, ...removed, ...scale(of, factor).terms]);
    return recombine(makeIndex(rest));
  }
  return index;
}

/** Smallest and largest value of `index` over the ranges of its variables. */
export function bounds(index: Index): { min: Bound; max: Bound } {
  return (index.memo.bounds ??= worked(index));
}

function worked(index: Index): { min: Bound; max: Bound } {
  let min: Bound = [0];
  let max: Bound = [0];
  for (const { atom, count, power } of index.terms) {
    const top = scaleBound(atom ? atomMax(atom) : [1], { count, power });
    if (!atom || count > 0) max = addBounds(max, top);
    if (!atom || count < 0) min = addBounds(min, top);
  }
  return { min, max };
}

function atomMax(atom: Atom): Bound {
  if (atom.kind === 'variable') return addBounds(sizeBound(atom.extent), [-1]);
  if (atom.kind === 'mod') return addBounds(sizeBound(atom.by), [-1]);
  return dividedBound(bounds(atom.of).max, atom.by);
}

/** An upper bound of ⌊x/by⌋ for x ≤ max. */
function dividedBound(max: Bound, { count, power }: Size): Bound {
  const upper = max.slice(power);
  const lower = max.slice(0, power);
  const exact = upper.every(
    (coefficient, i) => (power === 0 && i === 0) || coefficient % count === 0,
  );
  const rounded = upper.map((coefficient, i) =>
    exact && power === 0 && i === 0
      ? Math.floor(coefficient / count)
      : Math.ceil(coefficient / count),
  );
  const isLowerNegative = power > 0 && isNonNegative(lower.map((c, i) => (i === 0 ? -c - 1 : -c)));
  if (isLowerNegative) return exact ? addBounds(rounded, [-1]) : rounded;
  const positive = lower.reduce((sum, coefficient) => sum + Math.max(coefficient, 0), 0);
  return addBounds(rounded, [Math.ceil(positive / count)]);
}

interface Parts {
  readonly multiples: Index;
  readonly rest: Index;
}

/** `index` as `unit`·multiples + rest. */
function partsOf(index: Index, unit: Size): Parts {
  const multiples: Term[] = [];
  const rest: Term[] = [];
  for (const term of index.terms) {
    const part = quotient(term, unit);
    if (part) multiples.push({ atom: term.atom, ...part });
    else rest.push(term);
  }
  return { multiples: makeIndex(multiples), rest: makeIndex(rest) };
}

const liesWithin = (index: Index, size: Size): boolean => {
  const { min, max } = bounds(index);
  return isNonNegative(min) && isBelow(max, size);
};

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b);
}

/** A factor g of `by` such that index = g·multiples + rest with 0 ≤ rest < g. */
function commonUnit(index: Index, by: Size): (Parts & { unit: Size }) | null {
  const counts = new Set(index.terms.map(({ count }) => greatestCommonDivisor(by.count, count)));
  for (const count of [...counts].sort((a, b) => b - a)) {
    if (count <= 1) break;
    const unit: Size = { count, power: 0 };
    const parts = partsOf(index, unit);
    if (parts.multiples.terms.length > 0 && liesWithin(parts.rest, unit)) return { ...parts, unit };
  }
  return null;
}

/** `index` div `by`; exact for non-negative indices. */
export function divide(index: Index, by: Size): Index {
  if (by.count === 1 && by.power === 0) return index;
  return remembered(index, '/', by, quotientOf);
}

function remembered(
  index: Index,
  sign: string,
  by: Size,
  work: (index: Index, by: Size) => Index,
): Index {
  const key = `${sign}${by.count} ${by.power}`;
  const divided = (index.memo.divided ??= new Map<string, Index>());
  const known = divided.get(key);
  if (known) return known;
  const result = work(index, by);
  divided.set(key, result);
  return result;
}

function quotientOf(index: Index, by: Size): Index {
  const { multiples, rest } = partsOf(index, by);
  if (liesWithin(rest, by)) return multiples;
  if (multiples.terms.length > 0 && isNonNegative(bounds(rest).min)) {
    return add(multiples, divide(rest, by));
  }
  const common = commonUnit(index, by);
  if (common) return divide(common.multiples, quotient(by, common.unit)!);
  const only = index.terms.length === 1 && isPlain(index.terms[0]) ? index.terms[0].atom : null;
  if (only?.kind === 'div') return divide(only.of, product(only.by, by));
  if (only?.kind === 'mod') {
    const fewer = quotient(only.by, by);
    if (fewer) return modulo(divide(only.of, by), fewer);
  }
  return division('div', index, by);
}

/** `index` mod `by`; exact for non-negative indices. */
export function modulo(index: Index, by: Size): Index {
  if (by.count === 1 && by.power === 0) return zero;
  return remembered(index, '%', by, remainderOf);
}

function remainderOf(index: Index, by: Size): Index {
  const { rest } = partsOf(index, by);
  if (liesWithin(rest, by)) return rest;
  if (rest.key !== index.key && isNonNegative(bounds(rest).min)) return modulo(rest, by);
  const common = commonUnit(index, by);
  if (common) {
    const remainder = modulo(common.multiples, quotient(by, common.unit)!);
    return add(scale(remainder, common.unit), common.rest);
  }
  const only = index.terms.length === 1 && isPlain(index.terms[0]) ? index.terms[0].atom : null;
  if (only?.kind === 'mod' && quotient(only.by, by)) return modulo(only.of, by);
  return division('mod', index, by);
}

const isPlain = ({ count, power }: Term): boolean => count === 1 && power === 0;

function division(kind: 'div' | 'mod', of: Index, by: Size): Index {
  const sign = kind === 'div' ? '/' : '%';
  const key = `(${of.key}${sign}${by.count}${'N'.repeat(by.power)})`;
  return makeIndex([{ atom: { kind, key, of, by }, ...one }]);
}

/** `index` with variables (by name) replaced. */
export function substitute(index: Index, replacements: ReadonlyMap<string, Index>): Index {
  return add(
    zero,
    ...index.terms.map(({ atom, count, power }) => {
      if (!atom) return constant(count, power);
      return scale(substituteAtom(atom, replacements), { count, power });
    }),
  );
}

function substituteAtom(atom: Atom, replacements: ReadonlyMap<string, Index>): Index {
  if (atom.kind === 'variable') return replacements.get(atom.name) ?? indexOf(atom);
  const of = substitute(atom.of, replacements);
  return atom.kind === 'div' ? divide(of, atom.by) : modulo(of, atom.by);
}

/** True where the variable `name` occurs anywhere in `index`. */
export function dependsOn(index: Index, name: string): boolean {
  return index.terms.some(({ atom }) => {
    if (!atom) return false;
    return atom.kind === 'variable' ? atom.name === name : dependsOn(atom.of, name);
  });
}

/** Depth of the innermost loop that changes `index`. */
export function indexDepth(index: Index): number {
  return Math.max(0, ...index.terms.map(({ atom }) => (atom ? atomDepth(atom) : 0)));
}

export function atomDepth(atom: Atom): number {
  return atom.kind === 'variable' ? atom.depth : indexDepth(atom.of);
}

/**
 * Where four lanes read four neighbours that start at a multiple of four: the index of the vec4 (in units of four
 * elements), otherwise null. `lane` is the name of a variable of extent 4.
 */
export function vectorIndex(index: Index, lane: string): Index | null {
  const own = index.terms.find(({ atom }) => atom?.kind === 'variable' && atom.name === lane);
  if (!own || own.count !== 1 || own.power !== 0) return null;
  const { multiples, rest } = partsOf(index, { count: 4, power: 0 });
  return rest.key === indexOf(own.atom!).key && !dependsOn(multiples, lane) ? multiples : null;
}
