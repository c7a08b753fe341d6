import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  bounds,
  constant,
  dependsOn,
  divide,
  indexOf,
  modulo,
  scale,
  substitute,
  variable,
  vectorIndex,
  type Index,
} from './indexMath';
import { sizeAt, type Size } from './sizes';

const size = (count: number, power = 0): Size => ({ count, power });

/** The number that `index` stands for. */
function evaluate(index: Index, values: Record<string, number>, batch: number): number {
  return index.terms.reduce((sum, { atom, count, power }) => {
    let value = 1;
    if (atom?.kind === 'variable') value = values[atom.name];
    else if (atom) {
      const of = evaluate(atom.of, values, batch);
      const by = sizeAt(atom.by, batch);
      value = atom.kind === 'div' ? Math.floor(of / by) : of % by;
    }
    return sum + count * batch ** power * value;
  }, 0);
}

const row = variable('o', size(16, 1));
const column = variable('r', size(96), 1);
const o = indexOf(row);
const r = indexOf(column);
const flat = add(scale(o, size(96)), r);

describe('index arithmetic', () => {
  test('finds rows and columns of a flat index again', () => {
    expect(divide(flat, size(96)).key).toBe(o.key);
    expect(modulo(flat, size(96)).key).toBe(r.key);
  });

  test('splits rows into samples and tokens without dividing the flat index', () => {
    expect(divide(flat, size(96 * 16)).key).toBe(divide(o, size(16)).key);
    expect(modulo(divide(flat, size(96)), size(16)).key).toBe(modulo(o, size(16)).key);
  });

  test('undoes a reshape into heads and back', () => {
    const head = modulo(divide(flat, size(24)), size(4));
    const inner = modulo(flat, size(24));
    const token = modulo(divide(flat, size(96)), size(16));
    const sample = divide(flat, size(96 * 16));
    const parts = [scale(sample, size(1536)), scale(token, size(96)), scale(head, size(24)), inner];
    expect(add(...parts).key).toBe(flat.key);
  });

  test('knows that a batch-sized index stays below the batch', () => {
    expect(divide(o, size(16, 1)).key).toBe('0');
    expect(modulo(o, size(16, 1)).key).toBe(o.key);
    expect(divide(o, size(8, 1)).key).not.toBe('0');
  });

  test('sees four aligned neighbours through a reshape', () => {
    const lane = variable('lane', size(4));
    const quads = add(scale(indexOf(variable('q', size(384, 1))), size(4)), indexOf(lane));
    const inner = modulo(quads, size(96));
    const sample = divide(quads, size(1536));
    const broadcast = add(scale(sample, size(96)), inner);
    expect(vectorIndex(broadcast, 'lane')).not.toBeNull();
    expect(vectorIndex(scale(quads, size(2)), 'lane')).toBeNull();
    expect(vectorIndex(add(quads, constant(2)), 'lane')).toBeNull();
    expect(dependsOn(sample, 'lane')).toBe(false);
  });
});

describe('simplification never changes a value', () => {
  const variables = [
    variable('a', size(6)),
    variable('b', size(4, 1)),
    variable('c', size(32)),
    variable('d', size(1, 1)),
  ];
  const sizes = fc.constantFrom(size(2), size(3), size(4), size(6), size(8), size(24), size(2, 1));
  const indices = fc.letrec<{ index: Index }>((tie) => ({
    index: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constantFrom(...variables.map(indexOf), constant(1), constant(5)),
      fc.tuple(tie('index'), tie('index')).map(([a, b]) => add(a, b)),
      fc.tuple(tie('index'), sizes).map(([a, s]) => scale(a, s)),
      fc.tuple(tie('index'), sizes).map(([a, s]) => divide(a, s)),
      fc.tuple(tie('index'), sizes).map(([a, s]) => modulo(a, s)),
    ),
  })).index;

  const values = fc.record({
    batch: fc.integer({ min: 1, max: 5 }),
    seeds: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  });

  const assign = (batch: number, seeds: number[]): Record<string, number> =>
    Object.fromEntries(variables.map((v, i) => [v.name, seeds[i] % sizeAt(v.extent, batch)]));

  test('of sums, quotients and remainders', () => {
    fc.assert(
      fc.property(indices, indices, sizes, values, (a, b, by, { batch, seeds }) => {
        const at = assign(batch, seeds);
        const sum = evaluate(a, at, batch) + evaluate(b, at, batch);
        const divisor = sizeAt(by, batch);
        const index = add(a, b);
        expect(evaluate(index, at, batch)).toBe(sum);
        expect(evaluate(divide(index, by), at, batch)).toBe(Math.floor(sum / divisor));
        expect(evaluate(modulo(index, by), at, batch)).toBe(sum % divisor);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('of substitutions, and bounds hold', () => {
    fc.assert(
      fc.property(indices, values, (index, { batch, seeds }) => {
        const at = assign(batch, seeds);
        const replaced = substitute(index, new Map([['c', scale(indexOf(variables[0]), size(3))]]));
        const value = evaluate(index, { ...at, c: 3 * at['a'] }, batch);
        expect(evaluate(replaced, at, batch)).toBe(value);
        const { max } = bounds(index);
        const top = max.reduce((sum, coefficient, power) => sum + coefficient * batch ** power, 0);
        expect(evaluate(index, at, batch)).toBeLessThanOrEqual(top);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
