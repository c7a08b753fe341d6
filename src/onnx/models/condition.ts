/**
 * How a prompt enters the transformer: as a vector added to the time embedding, and optionally as tokens of its own.
 *
 * A `slots` condition is a row of one-hot slots, one after the other (docs/scenes.md §3.1: [n, shape, colour, relation,
 * …]). Every slot has an embedding table; the vector is the sum over slots of E_slot[value]. A prompt token is a sum of
 * (slot, table) look-ups, so that two tokens may share one table and a slot may have one table per token ("object
 * tokens"). All look-ups together are one Gemm with a constant 0/1 routing matrix and one Gemm with the tables.
 */
import { EspalierError } from '../../core/errors';
import type { GraphBuilder } from '../builder';
import { type Initialiser, linear } from './layers';

/** Embeds the value of slot `slot` with table `table`; tables 0 … slots−1 belong to the slots, later ones are extra. */
export interface SlotLookup {
  readonly slot: number;
  readonly table: number;
}

export type Condition =
  | { readonly kind: 'vector'; readonly size: number }
  | {
      readonly kind: 'slots';
      /** Number of values of every slot. */
      readonly sizes: readonly number[];
      /** Sizes of tables beyond those of the slots. */
      readonly extraTables?: readonly number[];
      /** The look-ups that make up each prompt token. */
      readonly tokens?: readonly (readonly SlotLookup[])[];
    };

export interface ConditionTensors {
  /** [N, dim], added to the time embedding. */
  readonly vector: string | null;
  /** [N, tokenCount, dim], put in front of the patches. */
  readonly tokens: string | null;
  readonly tokenCount: number;
}

const TABLE_DEVIATION = 0.5;

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** Numbers in one `cond`. */
export const conditionSize = (condition: Condition): number =>
  condition.kind === 'vector' ? condition.size : sum(condition.sizes);

/** Adds the input `cond` [N, size] and its embedding. */
export function addCondition(
  builder: GraphBuilder,
  source: Initialiser,
  condition: Condition,
  dim: number,
): ConditionTensors {
  const size = conditionSize(condition);
  const cond = builder.input('cond', [-1, size]);
  if (condition.kind === 'vector') {
    const vector = linear(builder, source, 'condition', cond, { inputs: size, outputs: dim });
    return { vector, tokens: null, tokenCount: 0 };
  }
  const tableSizes = [...condition.sizes, ...(condition.extraTables ?? [])];
  const rows = sum(tableSizes);
  const weights = source.normals(rows * dim, TABLE_DEVIATION);
  const tables = builder.parameter('condition.tables', [rows, dim], weights);
  const slots = condition.sizes.map((_, slot) => ({ slot, table: slot }));
  const sums = [slots, ...(condition.tokens ?? [])];
  const routing = routingMatrix(condition.sizes, tableSizes, sums);
  const width = sums.length * rows;
  const routed = builder.add('Gemm', [
    cond,
    builder.constant('condition_routing', [size, width], routing),
  ]);
  const hot = builder.add('Reshape', [routed, builder.ints([-1, rows])]);
  const embedded = builder.add('Gemm', [hot, tables]);
  const tokenCount = sums.length - 1;
  if (tokenCount === 0) return { vector: embedded, tokens: null, tokenCount };
  const parted = builder.add('Reshape', [embedded, builder.ints([-1, sums.length, dim])]);
  const sizes = builder.ints([1, tokenCount]);
  const name = builder.addMany('Split', [parted, sizes], 2, { axis: 1 });
  const vector = builder.add('Reshape', [name[0], builder.ints([-1, dim])]);
  return { vector, tokens: name[1], tokenCount };
}

/** [slot values, sums × table rows] with a 1 where a slot value selects a table row in a sum. */
function routingMatrix(
  slotSizes: readonly number[],
  tableSizes: readonly number[],
  sums: readonly (readonly SlotLookup[])[],
): Float32Array {
  const width = sums.length * sum(tableSizes);
  const matrix = new Float32Array(sum(slotSizes) * width);
  sums.forEach((lookups, index) => {
    for (const { slot, table } of lookups) {
      if (slotSizes[slot] !== tableSizes[table]) {
        throw new EspalierError('bad-setting', 'slotSize', { slot, table });
      }
      const firstRow = sum(slotSizes.slice(0, slot));
      const firstColumn = index * sum(tableSizes) + sum(tableSizes.slice(0, table));
      for (let value = 0; value < slotSizes[slot]; value++) {
        matrix[(firstRow + value) * width + firstColumn + value] = 1;
      }
    }
  });
  return matrix;
}
