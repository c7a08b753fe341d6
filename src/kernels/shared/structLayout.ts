/**
 * One writer per uniform struct. A layout lists the struct's fields in order, all of them 32-bit scalars, so a field's
 * place is its index and no padding can creep in; layouts.test.ts holds every layout against the WGSL text.
 */

export type ScalarType = 'u32' | 'f32';

export interface StructField {
  readonly name: string;
  readonly type: ScalarType;
}

/** Memory layout of a WGSL struct of scalars, with its writer. */
export interface StructLayout<Name extends string> {
  /** Name of the struct in the shader. */
  readonly struct: string;
  readonly fields: readonly StructField[];
  readonly byteLength: number;
  /**
   * Writes one struct at `byteOffset`. An infinite number is written as the largest finite float32, because shader
   * compilers may assume that infinity does not occur.
   */
  write(target: DataView, byteOffset: number, values: Readonly<Record<Name, number>>): void;
}

const LARGEST_FLOAT = 3.4028234663852886e38;

/** A layout from field names and types in the struct's order. */
export function structLayout<const Fields extends Readonly<Record<string, ScalarType>>>(
  struct: string,
  fields: Fields,
): StructLayout<keyof Fields & string> {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type }));
  return {
    struct,
    fields: list,
    byteLength: list.length * 4,
    write(target, byteOffset, values) {
      list.forEach(({ name, type }, i) => {
        const value = values[name as keyof Fields & string];
        const at = byteOffset + i * 4;
        if (type === 'u32') target.setUint32(at, value, true);
        else target.setFloat32(at, finite(value), true);
      });
    },
  };
}

function finite(value: number): number {
  if (value === Infinity) return LARGEST_FLOAT;
  return value === -Infinity ? -LARGEST_FLOAT : value;
}

/** Fields of `struct` as the WGSL text declares them. */
export function declaredFields(source: string, struct: string): { name: string; type: string }[] {
  const text = source.replace(/\/\/.*$/gm, '');
  const body = new RegExp(`struct\\s+${struct}\\s*\\{([^}]*)\\}`).exec(text)?.[1] ?? '';
  return [...body.matchAll(/(\w+)\s*:\s*([^,\n]+)/g)].map(([, name, type]) => ({
    name,
    type: type.trim(),
  }));
}
