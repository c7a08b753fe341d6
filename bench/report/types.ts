/** What a benchmark run yields: plain data that the page prints, the terminal prints and `--json` writes. */
import type { AlgorithmName } from '../../src/algorithms';
import type { Phase } from '../../src/journal/events';
import type { EngineId, EngineTier, Pass } from '../engines/engine';
import type { BenchWorkload } from '../workload';

/** One engine running one pass of one workload. */
export interface PassRow {
  readonly engine: EngineId;
  readonly pass: Pass;
  /** Wall milliseconds of every timed round, in order; round i of every row was taken in turn with the others'. */
  readonly rounds: readonly number[];
  /** GPU milliseconds of one run by timestamp queries (sum over its compute passes); null where there are none. */
  readonly gpuMilliseconds: number | null;
  /** Processor milliseconds of the worker thread per run at batch 1; null where the system does not tell. */
  readonly workerMilliseconds: number | null;
  /** Of one run at batch 1; null on the WASM tier. */
  readonly dispatches: number | null;
  readonly submits: number | null;
  /** Page open → result of the first such run at batch 1, in milliseconds; the gradient's includes the forward's. */
  readonly coldStart: number | null;
}

/** A download: as it is, and compressed with gzip. */
export interface Bytes {
  readonly raw: number;
  readonly gzip: number;
}

export interface EngineRow {
  readonly engine: EngineId;
  /** Largest bytes of GPU buffers alive at once at the section's batch size; null on the WASM tier. */
  readonly peakBytes: number | null;
  /** Code and binaries fetched to use the engine. */
  readonly download: Bytes | null;
  /** max |difference| / max |value| against the reference, in the worst tensor. */
  readonly error: number;
  readonly worstTensor: string;
}

/** One workload on one tier. */
export interface Section {
  readonly workload: BenchWorkload;
  readonly title: string;
  readonly tier: EngineTier;
  readonly batch: number;
  readonly passes: readonly PassRow[];
  readonly engines: readonly EngineRow[];
}

/** The scenes of which an iteration is measured. */
export const iterationScenes = ['points/ring', 'glyphs'] as const;

export type IterationScene = (typeof iterationScenes)[number];

/** An engine of ours that the page can train with. */
export type OwnEngine = 'wgsl' | 'ort-wasm';

/** One iteration of a scene, medians over iterations. */
export interface IterationRow {
  readonly scene: IterationScene;
  readonly algorithm: AlgorithmName;
  readonly engine: OwnEngine;
  readonly leaves: number;
  readonly steps: number;
  readonly iterations: number;
  /** Milliseconds of each phase, from the journal. */
  readonly phases: Readonly<Record<Phase, number>>;
  readonly total: number;
  /** Milliseconds of the network's own work in one iteration. */
  readonly network: number;
  /** Median share of an iteration that is not the network's. */
  readonly outside: number;
}

/** Passes of the network that an iteration makes `times` times. */
export interface WorkPart {
  readonly pass: Pass;
  /** Rows of one such pass. */
  readonly batch: number;
  readonly times: number;
}

/** One engine doing the network's work of one iteration. */
export interface WorkRow {
  readonly engine: EngineId;
  /** Wall milliseconds of one pass of every part, round by round. */
  readonly rounds: readonly (readonly number[])[];
  /** As in EngineRow. */
  readonly error: number;
  readonly worstTensor: string;
}

/** The network's work of one glyph iteration on one tier, by every engine. */
export interface WorkSection {
  readonly tier: EngineTier;
  /** How many trees were grown, of how many in the preset. */
  readonly trees: number;
  readonly presetTrees: number;
  readonly parts: readonly WorkPart[];
  readonly rows: readonly WorkRow[];
}

/** A visitor opening the page and making one glyph iteration, with one engine and one state of the cache. */
export interface VisitRow {
  readonly scene: IterationScene;
  readonly engine: OwnEngine;
  readonly cache: 'cold' | 'warm';
  /** Milliseconds from the navigation, one of each per visit: to the first tree, and to the iteration's end. */
  readonly firstTree: readonly number[];
  readonly firstIteration: readonly number[];
  /** Of the first such visit. */
  readonly requests: number;
  readonly download: Bytes;
}

/** The scenes of which is measured what every core is worth. */
export const coresScenes = ['points/ring', 'glyphs', 'sprites'] as const;

/** Milliseconds, iteration by iteration. */
export interface CoresTimes {
  readonly rollout: readonly number[];
  readonly update: readonly number[];
  readonly total: readonly number[];
}

/** A scene on one core and on all of the machine's, in Node. */
export interface CoresRow {
  readonly scene: (typeof coresScenes)[number];
  readonly cores: number;
  readonly alone: CoresTimes;
  readonly all: CoresTimes;
  /** Share of an iteration on one core outside the network. */
  readonly serialShare: number;
  /** Milliseconds of ONNX Runtime alone for an iteration's rows, divided by the cores. */
  readonly floor: number;
  /** Milliseconds of an update at no row. */
  readonly beforeFirstRow: number;
  /** An evaluation by default, in iterations. */
  readonly evaluation: number;
  /** Megabytes that the process grew by, for each worker. */
  readonly memory: number;
}

export interface BenchReport {
  /** Machine, browser and versions, a line each. */
  readonly machine: readonly string[];
  readonly sections: readonly Section[];
  readonly iterations: readonly IterationRow[];
  readonly work: readonly WorkSection[];
  readonly visits: readonly VisitRow[];
  readonly cores: readonly CoresRow[];
  /** What could not run and which results disagree. Empty: all is well. */
  readonly failures: readonly string[];
}
