/**
 * Kernel parts for matrix products, with the element-wise work on their result.
 *
 * A thread computes a tile of rows × columns in registers, four steps of the inner dimension at a time: no shared memory
 * and no barriers (expensive on emulated GPUs), but 16 vec4 reads per 256 multiply–adds for an 8 × 8 tile. Operands are
 * read through any views, as vec4s along whichever axis is contiguous, so AᵀB, ABᵀ and products per attention head need
 * no copies. The order of the sum of an element does not depend on the batch size.
 */
import { CodeWriter, fourFrom, type CodeContext, type Guard, type Operand } from './code';
import { factorIndices, names, type ProductDomain } from './domain';
import type { Group } from './fuse';
import { add, constant, indexOf, scale, substitute, variable, type Index } from './indexMath';
import { ownValues, stretch, writeElement, type Part } from './parts';
import { quotient, sizeCode, type Size } from './sizes';
import { threadProduct, tiles, type Threads } from './threads';
import type { MatMulValue, Value } from './values';

/** Rows and columns of the result per thread; columns come in fours. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

const components = ['x', 'y', 'z', 'w'] as const;
const size = (count: number): Size => ({ count, power: 0 });

export function writeProductPart(group: Group, context: CodeContext, tile: Tile): Part {
  return new ProductWriter(group, context, tile).write();
}

class ProductWriter {
  readonly #writer: CodeWriter;
  readonly #domain: ProductDomain;
  readonly #value: MatMulValue;
  readonly #rowTiles: Threads;
  readonly #columnTiles: Threads;
  /** accumulators[row][quad of columns] */
  readonly #accumulators: string[][];
  readonly #rows: Index[];
  readonly #quads: Index[];
  readonly #batch: Index;

  constructor(
    private readonly group: Group,
    private readonly context: CodeContext,
    private readonly tile: Tile,
  ) {
    this.#writer = new CodeWriter(context, ownValues(group));
    this.#domain = group.domain as ProductDomain;
    this.#value = group.members[0].store.value as MatMulValue;
    const { batch, rows, columns } = this.#domain;
    this.#rowTiles = tiles(rows, tile.rows);
    this.#columnTiles = tiles(columns, tile.columns);
    const row = indexOf(variable('tileRow', quotient(rows, size(tile.rows)) ?? rows));
    const column = indexOf(
      variable('tileColumn', quotient(columns, size(tile.columns)) ?? columns),
    );
    this.#batch = indexOf(variable('matrix', batch));
    this.#rows = Array.from({ length: tile.rows }, (_, i) =>
      add(scale(row, size(tile.rows)), constant(i)),
    );
    this.#quads = Array.from({ length: tile.columns / 4 }, (_, i) =>
      add(scale(column, size(tile.columns / 4)), constant(i)),
    );
    this.#accumulators = [];
  }

  write(): Part {
    const threads = threadProduct(tiles(this.#domain.batch, 1), this.#rowTiles, this.#columnTiles);
    this.#place(threads);
    this.#accumulators.push(
      ...this.#rows.map(() => this.#quads.map(() => this.#writer.variable('vec4f', 'vec4f()'))),
    );
    this.#sum();
    this.#rows.forEach((_, row) => this.#quads.forEach((_quad, quad) => this.#finish(row, quad)));
    return { code: this.#writer.code, threads, helpers: this.#writer.helpers };
  }

  /** Which tile of which matrix thread `t` computes; neighbours in a row are neighbours in memory. */
  #place(threads: Threads): void {
    const writer = this.#writer;
    writer.line(`if (t >= ${threads.code}) { return; }`);
    writer.line(`let tileColumn = t % ${this.#columnTiles.code};`);
    const rest = `(t / ${this.#columnTiles.code})`;
    const isSingle = this.#domain.batch.count === 1 && this.#domain.batch.power === 0;
    writer.line(`let tileRow = ${isSingle ? rest : `${rest} % (${this.#rowTiles.code})`};`);
    if (!isSingle) writer.line(`let matrix = ${rest} / (${this.#rowTiles.code});`);
  }

  #indexA(row: Index, depth: Index): Index[] {
    const { a } = factorIndices(this.#value, this.#domain);
    return this.#replace(a, [names.row, row], [names.depth, depth]);
  }

  #indexB(depth: Index, column: Index): Index[] {
    const { b } = factorIndices(this.#value, this.#domain);
    return this.#replace(b, [names.depth, depth], [names.column, column]);
  }

  #replace(index: readonly Index[], ...replacements: [string, Index][]): Index[] {
    const all = new Map([[names.batch, this.#batch], ...replacements]);
    return index.map((i) => substitute(i, all));
  }

  /** Σ over the inner dimension, four at a time, then what is left; of a split product only this thread's stretch. */
  #sum(): void {
    const { depth, splits } = this.#domain;
    const writer = this.#writer;
    const steps: Size = { ...depth, count: Math.floor(depth.count / 4) };
    const isWhole = depth.count % 4 === 0;
    const fixed = depth.power === 0;
    const stepCode = fixed || isWhole ? sizeCode(steps) : `${sizeCode(depth)} / 4u`;
    const [from, to] = splits > 1 ? stretch(writer, 'matrix', stepCode, splits) : ['0u', stepCode];
    if (!fixed || steps.count > 0) {
      const step = indexOf(variable('k', isWhole || fixed ? steps : depth, 1));
      writer.openLoop();
      this.#fourSteps(step);
      writer.closeLoop(`for (var k = ${from}; k < ${to}; k++)`);
    }
    if (isWhole) return;
    writer.openLoop();
    this.#oneStep(indexOf(variable('k', depth, 1)));
    const first = fixed ? `${4 * steps.count}u` : `4u * (${stepCode})`;
    const isLast = `matrix == ${splits - 1}u`;
    const start = splits > 1 ? `select(${sizeCode(depth)}, ${first}, ${isLast})` : first;
    writer.closeLoop(`for (var k = ${start}; k < ${sizeCode(depth)}; k++)`);
  }

  #oneStep(depth: Index): void {
    const a = this.#rows.map((row) => this.#read(this.#value.a, this.#indexA(row, depth)));
    const b = this.#quads.map((quad) =>
      this.#read(this.#value.b, this.#indexB(depth, fourFrom(quad))),
    );
    this.#rows.forEach((_, row) =>
      b.forEach((factor, quad) => this.#accumulate(row, quad, splat(a[row]), splat(factor))),
    );
  }

  #fourSteps(step: Index): void {
    const { a, b } = this.#value;
    const depth = fourFrom(step);
    const acrossA = this.#loads(a, this.#indexA(add(this.#rows[0], laneOf), stepElement(step, 0)));
    const alongA = this.#loads(a, this.#indexA(this.#rows[0], depth));
    const acrossB = this.#loads(b, this.#indexB(stepElement(step, 0), fourFrom(this.#quads[0])));
    const alongB = this.#loads(b, this.#indexB(depth, scale(this.#quads[0], size(4))));
    if (acrossA < alongA && this.tile.rows % 4 === 0) this.#transposedA(step);
    else if (alongB < acrossB) this.#dotProducts(depth);
    else this.#rowsOfA(step);
  }

  /** Reads of an operand as lanes at `index`: 1 where four neighbours are one vec4. */
  #loads(value: Value, index: readonly Index[]): number {
    const writer = new CodeWriter(this.context, ownValues(this.group));
    writer.openLoop();
    writer.value(value, index);
    return writer.innerLoads;
  }

  /** A contiguous along the inner dimension, B along columns. */
  #rowsOfA(step: Index): void {
    const a = this.#rows.map((row) => this.#read(this.#value.a, this.#indexA(row, fourFrom(step))));
    components.forEach((_, i) => {
      this.#quads.forEach((quad, column) => {
        const b = this.#read(this.#value.b, this.#indexB(stepElement(step, i), fourFrom(quad)));
        a.forEach((factor, row) => this.#accumulate(row, column, component(factor, i), splat(b)));
      });
    });
  }

  /** A contiguous along rows: AᵀB of weight gradients. */
  #transposedA(step: Index): void {
    components.forEach((_, i) => {
      const depth = stepElement(step, i);
      const a = this.#rows
        .filter((_row, row) => row % 4 === 0)
        .map((row) => this.#read(this.#value.a, this.#indexA(add(row, laneOf), depth)));
      this.#quads.forEach((quad, column) => {
        const b = this.#read(this.#value.b, this.#indexB(depth, fourFrom(quad)));
        this.#rows.forEach((_row, row) => {
          const factor = component(a[Math.floor(row / 4)], row % 4);
          this.#accumulate(row, column, factor, splat(b));
        });
      });
    });
  }

  /** Both contiguous along the inner dimension: ABᵀ. */
  #dotProducts(depth: Index): void {
    const a = this.#rows.map((row) => this.#read(this.#value.a, this.#indexA(row, depth)));
    this.#quads.forEach((quad, column) => {
      components.forEach((name, i) => {
        const at = add(scale(quad, size(4)), constant(i));
        const b = this.#read(this.#value.b, this.#indexB(depth, at));
        a.forEach((factor, row) => {
          const sum = `${this.#accumulators[row][column]}.${name}`;
          this.#writer.line(`${sum} += dot(${splat(factor)}, ${splat(b)});`);
        });
      });
    });
  }

  #read(value: Value, index: readonly Index[]): Operand {
    return this.#writer.value(value, index);
  }

  #accumulate(row: number, column: number, a: string, b: string): void {
    const sum = this.#accumulators[row][column];
    this.#writer.line(`${sum} = fma(${a}, ${b}, ${sum});`);
  }

  /** Work on the result and writing it, for four neighbours of one row. */
  #finish(row: number, quad: number): void {
    const { members } = this.group;
    const replacements = new Map([
      [names.batch, this.#batch],
      [names.row, this.#rows[row]],
      [names.column, fourFrom(this.#quads[quad])],
    ]);
    const result: Operand = { code: this.#accumulators[row][quad], width: 4, depth: 0 };
    this.#writer.nextPoint();
    this.#writer.provide(this.#value, result);
    const guard = this.#guard(row, quad);
    for (const member of members) {
      writeElement(this.#writer, this.group, member, replacements, guard);
    }
  }

  /** Which elements of the tile lie in the matrix. */
  #guard(row: number, quad: number): Guard {
    const { rows, columns } = this.#domain;
    const below = (index: Index, end: Size): string =>
      `${this.#writer.indexCode(index)} < ${sizeCode(end)}`;
    const first = scale(this.#quads[quad], size(4));
    const isWholeRow = rows.count % this.tile.rows === 0;
    const isWholeQuad = columns.count % 4 === 0;
    const all = [
      ...(isWholeRow ? [] : [below(this.#rows[row], rows)]),
      ...(isWholeQuad && columns.count % this.tile.columns !== 0 ? [below(first, columns)] : []),
    ];
    const lane = (number: number): string => below(add(first, constant(number)), columns);
    return { all: all.join(' && ') || null, lane: isWholeQuad ? null : lane };
  }
}

const laneOf = fourFrom(constant(0));

function stepElement(step: Index, number: number): Index {
  return add(scale(step, size(4)), constant(number));
}

const splat = ({ code, width }: Operand): string => (width === 4 ? code : `vec4f(${code})`);

const component = ({ code, width }: Operand, number: number): string =>
  `vec4f(${width === 4 ? `${code}.${components[number]}` : code})`;
