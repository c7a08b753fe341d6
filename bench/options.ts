/** What can be chosen, in the terminal (`--batch 8`) and in the page's address (`?batch=8`) alike. */
import type { EngineId, EngineTier } from './engines/engine';
import { engineEntry, engineTable } from './engines/registry';
import type { OwnEngine } from './report/types';
import type { PassWorkload } from './workload';

export interface BenchOptions {
  /** Samples of workload B; null: 32, and 4 for WebGPU on a software adapter. */
  readonly batch: number | null;
  /** Nothing is made smaller on a software adapter. */
  readonly full: boolean;
  /** Samples of workload A. */
  readonly rows: number;
  /** Timed rounds; null: 5 for WebGPU, 15 for WASM. */
  readonly repeats: number | null;
  readonly workloads: readonly PassWorkload[];
  /** One iteration of points/ring by phase. */
  readonly iteration: boolean;
  /** One iteration of glyphs by phase, and its network's work by every engine. */
  readonly glyphs: boolean;
  /** Opening the real page; only the terminal can. */
  readonly page: boolean;
  /** What every core is worth in Node; only the terminal can. */
  readonly cores: boolean;
  readonly tiers: readonly EngineTier[];
  readonly engines: readonly EngineId[];
}

const ISSUE_BATCH = 32;
const ISSUE_ROWS = 1024;

/** Profiles in which the page is opened. */
const VISITS = 3;

const workloads = ['A', 'B'] as const;
const parts = [...workloads, 'iteration', 'glyphs', 'page', 'cores'] as const;
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
    full,
    batch: count(values, 'batch') ?? (full ? ISSUE_BATCH : null),
    rows: count(values, 'rows') ?? ISSUE_ROWS,
    repeats: count(values, 'repeats'),
    workloads: workloads.filter((workload) => chosen.includes(workload)),
    iteration: chosen.includes('iteration'),
    glyphs: chosen.includes('glyphs'),
    page: chosen.includes('page'),
    cores: chosen.includes('cores'),
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
  workload: PassWorkload,
  tier: EngineTier,
  software: boolean,
): number {
  if (workload === 'A') return rows;
  return batch ?? (tier === 'webgpu' && software ? 4 : ISSUE_BATCH);
}

/** Timed rounds of the network's work of an iteration, which is as long as many passes. */
export const workRoundCount = (
  { repeats }: BenchOptions,
  tier: EngineTier,
  software: boolean,
): number => repeats ?? (tier === 'webgpu' && software ? 2 : 5);

/** Timed rounds on a tier. */
export const roundCount = ({ repeats }: BenchOptions, tier: EngineTier): number =>
  repeats ?? (tier === 'webgpu' ? 5 : 15);

/** Our engine of each chosen tier, as it runs whole iterations. */
export const ownEngines = ({ tiers: chosen, engines }: BenchOptions): OwnEngine[] =>
  (['ort-wasm', 'wgsl'] as const).filter(
    (id) => engines.includes(id) && chosen.includes(engineEntry(id).tier),
  );

/** With which engines the page is opened, and how often: WGSL on a software adapter only when everything is wanted. */
export const visitPlan = (
  options: BenchOptions,
  hardware: boolean,
): { engines: OwnEngine[]; repeats: number } => ({
  engines: ownEngines(options).filter((id) => id !== 'wgsl' || hardware || options.full),
  repeats: Math.min(VISITS, options.repeats ?? VISITS),
});
