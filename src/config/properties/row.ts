/**
 * The form of a row of the property table, and the type that it gives its setting: a row is the only place where a
 * setting is written down, and `Settings` follows from the rows.
 */

interface Common {
  readonly key: string;
  /** Mathematical symbol, where the field has one. */
  readonly symbol?: string;
  /** Hidden behind "advanced" in the page. */
  readonly advanced?: boolean;
}

/** What is written down of a property; its words are `setting.KEY.…` in the catalogue. */
export type Row = Common &
  (
    | {
        readonly kind: 'integer' | 'number';
        readonly min: number;
        readonly max: number;
        readonly initial: number;
        /** Slider scale; 'log' needs min > 0. */
        readonly scale?: 'linear' | 'log';
        readonly step?: number;
      }
    | { readonly kind: 'choice'; readonly options: readonly string[]; readonly initial: string }
    | {
        readonly kind: 'integer-list';
        readonly min: number;
        readonly max: number;
        readonly initial: readonly number[];
      }
    /** A name whose valid choices depend on the scene (the reward). */
    | { readonly kind: 'name'; readonly initial: string }
  );

/** The values that a row allows; of a choice one of its options. */
export type ValueOf<R extends Row> = R extends { readonly kind: 'integer' | 'number' }
  ? number
  : R extends { readonly kind: 'choice'; readonly options: readonly (infer Option)[] }
    ? Option
    : R extends { readonly kind: 'integer-list' }
      ? readonly number[]
      : string;

/** Rows as literal types. A row that begins with a value which it does not allow does not compile. */
export const rows = <const R extends readonly Row[]>(
  own: R & { readonly [I in keyof R]: Row & { readonly initial: ValueOf<R[I]> } },
): R => own;
