/**
 * The storage buffers of one kernel under construction, and the WGSL that reads and writes them.
 *
 * Storages inside the same GPU buffer (weights in one flat parameter buffer) share a binding: element offsets are literals.
 * A buffer is declared as array<vec4f> where every access is a whole aligned vec4, as array<f32> where none is, and twice
 * where both happen and room is left. Since the choice is known only after the code is written, code is written twice:
 * first to collect the accesses, then (`settle`) for real.
 */
import { add, constant, divide, scale, type Index } from './indexMath';
import { MAX_BINDINGS } from './fuse';
import type { Storage } from './realise';

/** Where a storage lies: `key` tells buffers apart, `offset` counts elements. */
export interface Location {
  readonly key: unknown;
  readonly offset: number;
  /** End of the storage, in elements from the start of the buffer. */
  readonly end: number;
}

interface BoundBuffer {
  readonly key: unknown;
  readonly name: string;
  written: boolean;
  /** Elements of the buffer that the binding covers. */
  start: number;
  end: number;
  vectors: boolean;
  scalars: boolean;
}

/** A binding of the finished kernel. */
export interface KernelBinding {
  readonly name: string;
  readonly key: unknown;
  readonly start: number;
  readonly end: number;
  readonly declaration: string;
}

/** Elements of alignment of a binding's start: 256 bytes. */
const ALIGNMENT = 64;
const quad = { count: 4, power: 0 } as const;

export class BindingTable {
  readonly #buffers = new Map<unknown, BoundBuffer>();
  #settled = false;

  constructor(private readonly locate: (storage: Storage) => Location) {}

  /** Announces an access before any code is written. */
  touch(storage: Storage, written: boolean): void {
    const { key, offset, end } = this.locate(storage);
    const known = this.#buffers.get(key);
    if (!known) {
      const name = `b${this.#buffers.size}`;
      const use = { vectors: false, scalars: false };
      this.#buffers.set(key, { key, name, written, start: offset, end, ...use });
      return;
    }
    known.written ||= written;
    known.start = Math.min(known.start, offset);
    known.end = Math.max(known.end, end);
  }

  /** A table with the same buffers that forgets every access: for code that may be thrown away. */
  trial(): BindingTable {
    const table = new BindingTable(this.locate);
    this.#buffers.forEach((buffer, key) => table.#buffers.set(key, { ...buffer }));
    return table;
  }

  /** From now on code is final. */
  settle(): void {
    this.#settled = true;
    let room = MAX_BINDINGS - this.#buffers.size;
    for (const buffer of this.#buffers.values()) {
      if (!buffer.vectors || !buffer.scalars) continue;
      if (!buffer.written && room-- > 0) continue;
      buffer.vectors = false;
    }
  }

  /** The buffer of `storage` and the position of element `index` of the storage in the binding. */
  #resolve(storage: Storage, index: Index): { buffer: BoundBuffer; at: Index } {
    const { key, offset } = this.locate(storage);
    const buffer = this.#buffers.get(key)!;
    const start = Math.floor(buffer.start / ALIGNMENT) * ALIGNMENT;
    return { buffer, at: add(index, constant(offset - start)) };
  }

  /** Reads one float; `code` turns an index into WGSL. */
  load(storage: Storage, index: Index, code: (index: Index) => string): string {
    const { buffer, at } = this.#resolve(storage, index);
    if (!this.#settled) buffer.scalars = true;
    return `${buffer.name}[${code(at)}]`;
  }

  /** Reads the vec4 number `index` (in units of four elements) of the storage. */
  loadVector(storage: Storage, index: Index, code: (index: Index) => string): string {
    const { buffer, at } = this.#resolve(storage, scale(index, quad));
    if (!this.#settled) buffer.vectors = true;
    if (buffer.vectors) return `${buffer.name}v[${code(divide(at, quad))}]`;
    const lanes = [0, 1, 2, 3].map((lane) => `${buffer.name}[${code(add(at, constant(lane)))}]`);
    return `vec4f(${lanes.join(', ')})`;
  }

  /** Statements that write one float. */
  store(storage: Storage, index: Index, value: string, code: (index: Index) => string): string[] {
    const { buffer, at } = this.#resolve(storage, index);
    if (!this.#settled) buffer.scalars = true;
    return [`${buffer.name}[${code(at)}] = ${value};`];
  }

  /** Statements that write the vec4 number `index` of the storage. */
  storeVector(
    storage: Storage,
    index: Index,
    value: string,
    code: (index: Index) => string,
  ): string[] {
    const { buffer, at } = this.#resolve(storage, scale(index, quad));
    if (!this.#settled) buffer.vectors = true;
    if (buffer.vectors) return [`${buffer.name}v[${code(divide(at, quad))}] = ${value};`];
    return [0, 1, 2, 3].map(
      (lane) => `${buffer.name}[${code(add(at, constant(lane)))}] = ${value}.${'xyzw'[lane]};`,
    );
  }

  /** What the kernel declares, in binding order. */
  declared(): KernelBinding[] {
    return [...this.#buffers.values()].flatMap(({ key, name, written, start, end, ...use }) => {
      const access = written ? 'read_write' : 'read';
      const range = { key, start: Math.floor(start / ALIGNMENT) * ALIGNMENT, end };
      const views = [
        ...(use.scalars || !use.vectors ? [{ name, type: 'f32' }] : []),
        ...(use.vectors ? [{ name: `${name}v`, type: 'vec4f' }] : []),
      ];
      return views.map((view) => ({
        ...range,
        name: view.name,
        declaration: `var<storage, ${access}> ${view.name}: array<${view.type}>;`,
      }));
    });
  }
}
