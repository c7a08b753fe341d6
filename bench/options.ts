/** What can be chosen, in the terminal (`--batch 8`) and in the page's address (`?batch=8`) alike. */
import type { EngineId, EngineTier } from './engines/engine';
import { engineTable } from './engines/registry';
import type { BenchWorkload } from './report/types';

export interface BenchOptions {
  /** Samples of workload B; null: 32, and 4 for WebGPU on a software adapter. */
  readonly batch: number | null;
  /** Samples of workload A. */
  readonly rows: number;
  /** Timed rounds; null: 5 for WebGPU, 15 for WASM. */
  readonly repeats: number | null;
  readonly workloads: readonly BenchWorkload[];
  /** One iteration of points/ring by phase. */
  readonly iteration: boolean;
  /** One iteration of glyphs by phase. */
  readonly glyphs: boolean;
  readonly tiers: readonly EngineTier[];
  readonly engines: readonly EngineId[];
}

const ISSUE_BATCH = 32;
const ISSUE_ROWS = 1024;

const workloads = ['A', 'B'] as const;
const parts = [...workloads, 'iteration', 'glyphs'] as const;
const tiers = ['webgpu', 'wasm'] as const;

/** Everything that `only` understands. */
export const onlyChoices: readonly string[] = [
  ...parts,
  ...tiers,
  ...engineTable.map(({ id }) => id),
];

/** A setting that is not understood; the message is one sentence for the person at the terminal. */
export class OptionError extends Error {}

/** @throws OptionError naming what is wrong and what would be right. */
export function parseOptions(values: ReadonlyMap<string, string>): BenchOptions {
  const full = values.has('full');
  const known = ['batch', 'rows', 'repeats', 'only', 'full'];
  const unknown = [...values.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new OptionError(`There is no option "${unknown}"; there are ${known.join(', ')}.`);
  }
  const only = (values.get('only') ?? '').split(',').filter(Boolean);
  const wrong = only.find((word) => !onlyChoices.includes(word));
  if (wrong !== undefined) {
    throw new OptionError(`"only" does not know "${wrong}"; it knows ${onlyChoices.join(', ')}.`);
  }
  const among = <Word extends string>(words: readonly Word[]): readonly Word[] =>
    words.some((word) => only.includes(word)) ? words.filter((word) => only.includes(word)) : words;
  const chosen = among(parts);
  return {
    batch: count(values, 'batch') ?? (full ? ISSUE_BATCH : null),
    rows: count(values, 'rows') ?? ISSUE_ROWS,
    repeats: count(values, 'repeats'),
    workloads: workloads.filter((workload) => chosen.includes(workload)),
    iteration: chosen.includes('iteration'),
    glyphs: chosen.includes('glyphs'),
    tiers: among(tiers),
    engines: among(engineTable.map(({ id }) => id)),
  };
}

function count(values: ReadonlyMap<string, string>, name: string): number | null {
  const text = values.get(name);
  if (text === undefined) return null;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new OptionError(`"${name}" is a whole number from 1 up, not "${text}".`);
  }
  return value;
}

/** Samples per run of a workload. */
export function batchSize(
  { batch, rows }: BenchOptions,
  workload: BenchWorkload,
  tier: EngineTier,
  software: boolean,
): number {
  if (workload === 'A') return rows;
  return batch ?? (tier === 'webgpu' && software ? 4 : ISSUE_BATCH);
}

/** Timed rounds on a tier. */
export const roundCount = ({ repeats }: BenchOptions, tier: EngineTier): number =>
  repeats ?? (tier === 'webgpu' ? 5 : 15);
