/**
 * A value and its stored form: JSON for everything small, raw little-endian bytes for typed arrays. Codecs are put
 * together like the types they serve, and TypeScript refuses a codec that forgets a field, so what is written, what is
 * checked on reading and what the types promise cannot drift apart. (WebAssembly platforms are all little-endian.)
 */

import { say } from '../content';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One event as stored: JSON, and the bytes that its descriptors of arrays point into. */
export interface Frame {
  readonly header: Readonly<Record<string, Json>>;
  readonly payload: Uint8Array;
}

export interface Codec<T> {
  /** The JSON form; typed arrays are appended to `payload` and described in their place. */
  write(value: T, payload: PayloadWriter): Json;
  /** @throws Mismatch naming the first place where `json` is not a T. */
  read(json: unknown, payload: Uint8Array, path: string): T;
}

/** Thrown by `read`; never leaves src/journal. */
export class Mismatch extends Error {
  constructor(path: string, expected: string) {
    super(say('file.expected', { place: path, expected }));
  }
}

/** Collects the bytes of typed arrays. */
export class PayloadWriter {
  readonly parts: Uint8Array[] = [];
  byteLength = 0;

  add(array: Float32Array | Uint8Array): Json {
    const byteOffset = this.byteLength;
    this.parts.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    this.byteLength += array.byteLength;
    const dtype = array instanceof Float32Array ? 'float32' : 'uint8';
    return { dtype, length: array.length, byteOffset };
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The bytes of an array, in memory of their own. */
function readArray(json: unknown, payload: Uint8Array, path: string, dtype: string, width: number) {
  const expected = say('file.anArray', { type: dtype });
  if (!isRecord(json) || json.dtype !== dtype) throw new Mismatch(path, expected);
  const { length, byteOffset } = json;
  const whole = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
  if (!whole(length) || !whole(byteOffset) || byteOffset + length * width > payload.length) {
    throw new Mismatch(path, expected);
  }
  return new Uint8Array(payload.subarray(byteOffset, byteOffset + length * width));
}

export const float32Array: Codec<Float32Array> = {
  write: (value, payload) => payload.add(value),
  read: (json, payload, path) =>
    new Float32Array(readArray(json, payload, path, 'float32', 4).buffer),
};

export const uint8Array: Codec<Uint8Array> = {
  write: (value, payload) => payload.add(value),
  read: (json, payload, path) => readArray(json, payload, path, 'uint8', 1),
};

const unwritable: Readonly<Record<string, number>> = {
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
  '-0': -0,
};

/** Any double; the four that JSON has no literal for are written as words. */
export const number: Codec<number> = {
  write: (value) => {
    if (Object.is(value, -0)) return '-0';
    return Number.isFinite(value) ? value : String(value);
  },
  read: (json, _payload, path) => {
    if (typeof json === 'number') return json;
    if (typeof json === 'string' && Object.hasOwn(unwritable, json)) return unwritable[json];
    throw new Mismatch(path, say('file.aNumber'));
  },
};

/** A whole number of at least 0. */
export const count: Codec<number> = {
  write: (value) => value,
  read: (json, _payload, path) => {
    if (Number.isSafeInteger(json) && (json as number) >= 0) return json as number;
    throw new Mismatch(path, say('file.aCount'));
  },
};

export const text: Codec<string> = {
  write: (value) => value,
  read: (json, _payload, path) => {
    if (typeof json === 'string') return json;
    throw new Mismatch(path, say('file.aText'));
  },
};

/** A parameter of a sentence: a number that JSON has no literal for is kept as the word it is said with. */
export const textOrNumber: Codec<string | number> = {
  write: (value, payload) => (typeof value === 'string' ? value : number.write(value, payload)),
  read: (json, _payload, path) => {
    if (typeof json === 'string' || typeof json === 'number') return json;
    throw new Mismatch(path, say('file.aTextOrNumber'));
  },
};

/** One of the keys of `table`. */
export function word<T extends string>(table: Readonly<Record<T, unknown>>): Codec<T> {
  return {
    write: (value) => value,
    read: (json, _payload, path) => {
      if (typeof json === 'string' && Object.hasOwn(table, json)) return json as T;
      throw new Mismatch(path, say('file.aWord', { words: Object.keys(table).join(', ') }));
    },
  };
}

export function nullable<T>(inner: Codec<T>): Codec<T | null> {
  return {
    write: (value, payload) => (value === null ? null : inner.write(value, payload)),
    read: (json, payload, path) => (json === null ? null : inner.read(json, payload, path)),
  };
}

export function list<T>(inner: Codec<T>): Codec<readonly T[]> {
  return {
    write: (value, payload) => value.map((entry) => inner.write(entry, payload)),
    read: (json, payload, path) => {
      if (!Array.isArray(json)) throw new Mismatch(path, say('file.aList'));
      return json.map((entry, i) => inner.read(entry, payload, `${path}[${i}]`));
    },
  };
}

/** Any names, each with a value of one kind. */
export function byName<T>(inner: Codec<T>): Codec<Readonly<Record<string, T>>> {
  return {
    write: (value, payload) =>
      Object.fromEntries(
        Object.entries(value).map(([name, entry]) => [name, inner.write(entry, payload)]),
      ),
    read: (json, payload, path) => {
      if (!isRecord(json)) throw new Mismatch(path, say('file.anObject'));
      return Object.fromEntries(
        Object.entries(json).map(([name, entry]) => [
          name,
          inner.read(entry, payload, `${path}.${name}`),
        ]),
      );
    },
  };
}

/** Exactly the fields of T, always in the order of `fields`. */
export function object<T extends object>(fields: { [K in keyof T]-?: Codec<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    write: (value, payload) =>
      Object.fromEntries(names.map((name) => [name, fields[name].write(value[name], payload)])),
    read: (json, payload, path) => {
      if (!isRecord(json)) throw new Mismatch(path, say('file.anObject'));
      const entries = names.map((name) => [
        name,
        fields[name].read(
          Object.hasOwn(json, name) ? json[name] : undefined,
          payload,
          path === '' ? name : `${path}.${name}`,
        ),
      ]);
      return Object.fromEntries(entries) as T;
    },
  };
}
