/**
 * The storage buffers of one kernel under construction, and the WGSL that reads and writes them.
 *
 * Storages inside the same GPU buffer (weights in one flat parameter buffer) share a binding: element offsets are literals.
 * A buffer is declared as array<vec4f> where every access is a whole aligned vec4, as array<f32> where none is, and twice
 * where both happen and room is left. That is known only when all code is written, so accesses are marked ⟦…⟧ until
 * `render` turns them into WGSL.
 */
import { add, constant, type Index } from './indexMath';
import { MAX_BINDINGS } from './fuse';
import type { Storage } from './realise';

/** Where a storage lies: `key` tells buffers apart, `offset` counts elements (a multiple of 64). */
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
}

/** A binding of the finished kernel. */
export interface KernelBinding {
  readonly name: string;
  readonly key: unknown;
  readonly start: number;
  readonly end: number;
  readonly declaration: string;
}

type CodeOf = (index: Index) => string;

export class BindingTable {
  readonly #buffers = new Map<unknown, BoundBuffer>();

  constructor(private readonly locate: (storage: Storage) => Location) {}

  /** Announces an access; all of them before any code is written. */
  touch(storage: Storage, written: boolean): void {
    const { key, offset, end } = this.locate(storage);
    const known = this.#buffers.get(key);
    if (!known) {
      const name = `b${this.#buffers.size}`;
      this.#buffers.set(key, { key, name, written, start: offset, end });
      return;
    }
    known.written ||= written;
    known.start = Math.min(known.start, offset);
    known.end = Math.max(known.end, end);
  }

  /** One float of a storage, to read or to assign to; `code` turns an index into WGSL. */
  element(storage: Storage, index: Index, code: CodeOf): string {
    const { key, offset } = this.locate(storage);
    const { name, start } = this.#buffers.get(key)!;
    return `${name}⟦${code(add(index, constant(offset - start)))}⟧`;
  }

  /** The vec4 that starts at element 4·`quad`, to read or to assign to. */
  vector(storage: Storage, quad: Index, code: CodeOf): string {
    const { key, offset } = this.locate(storage);
    const { name, start } = this.#buffers.get(key)!;
    return `${name}v⟦${code(add(quad, constant((offset - start) / 4)))}⟧`;
  }

  /** The finished code of a kernel, and what it declares, in binding order. */
  render(code: string): { code: string; bindings: KernelBinding[] } {
    let room = MAX_BINDINGS - this.#buffers.size;
    let text = code;
    const bindings = [...this.#buffers.values()].flatMap(({ key, name, written, start, end }) => {
      const scalars = text.includes(`${name}⟦`);
      const isSplit = scalars && (written || room < 1);
      const vectors = text.includes(`${name}v⟦`) && !isSplit;
      if (scalars && vectors) room--;
      if (isSplit) text = inScalars(text, name);
      const access = written ? 'read_write' : 'read';
      const views = [
        ...(scalars || !vectors ? [{ view: name, type: 'f32' }] : []),
        ...(vectors ? [{ view: `${name}v`, type: 'vec4f' }] : []),
      ];
      return views.map(({ view, type }) => ({
        ...{ key, start, end, name: view },
        declaration: `var<storage, ${access}> ${view}: array<${type}>;`,
      }));
    });
    return { code: text.replaceAll('⟦', '[').replaceAll('⟧', ']'), bindings };
  }
}

/** Every vec4 access to buffer `name` as four scalar ones: two writable views of one buffer are not allowed. */
function inScalars(text: string, name: string): string {
  const at = (quad: string, lane: number): string => `${name}⟦4u * (${quad}) + ${lane}u⟧`;
  return text
    .replace(new RegExp(`${name}v⟦([^⟧]*)⟧ = ([^;]*);`, 'g'), (_, quad: string, value: string) =>
      [0, 1, 2, 3].map((lane) => `${at(quad, lane)} = ${value}[${lane}];`).join(' '),
    )
    .replace(
      new RegExp(`${name}v⟦([^⟧]*)⟧`, 'g'),
      (_, quad: string) => `vec4f(${[0, 1, 2, 3].map((lane) => at(quad, lane)).join(', ')})`,
    );
}
