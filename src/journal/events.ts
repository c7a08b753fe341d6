/**
 * The journal: the ordered record of everything a run did. The trainer writes it; the page draws it, `*.espalier` files
 * hold it, the terminal prints from it and tests read it. A view of a run is a function of its journal and a position.
 *
 * Per-node arrays are in the node order of core/tree.ts over all trees of the iteration. `milliseconds` are clock
 * readings and the only fields that may differ between two runs of one seed on the CPU tier.
 */
import type { AlgorithmName } from '../algorithms';
import type { IterationPlan } from '../config/plan';
import type { Settings } from '../config/properties';
import type { ErrorData } from '../core/errors';
import type { EngineName, EngineState, UpdateStatistics } from '../engine/engine';
import type { Landscape } from '../scenes/scene';

/** The six phases of one iteration, always in this order (ARCHITECTURE.md). */
export const phases = ['rollout', 'score', 'fuse', 'normalise', 'prune', 'update'] as const;

export type Phase = (typeof phases)[number];

/** What computes: a hardware adapter, the CPU (also when the adapter is software), or a recorded run. */
export type Tier = 'webgpu' | 'cpu';

export interface ModelIdentity {
  readonly name: string;
  readonly sha256: string;
  readonly parameters: number;
}

/**
 * Which sums the CPU tier makes. It goes up whenever the same settings come to give other bytes, so that a run of an
 * earlier one is not called exact when it goes on. 2: a batch is cut into shards, whose gradients are added in a tree.
 */
export const numerics = 2;

/** Everything that fixes a run: with the CPU tier, the same description gives the same journal. */
export interface RunDescription {
  readonly scene: string;
  readonly algorithm: AlgorithmName;
  readonly settings: Settings;
  readonly model: ModelIdentity;
  readonly tier: Tier;
  readonly engine: EngineName;
  /** The `numerics` of the program that trained it. */
  readonly numerics: number;
}

/** A point from which training continues exactly. `iteration` is the next one, and so the RNG position. */
export interface Checkpoint {
  readonly iteration: number;
  readonly state: EngineState;
  readonly policy: CheckpointPolicy;
}

/** What a checkpoint's numbers belong to: only over the same can training go on. */
export interface CheckpointPolicy {
  readonly name: string;
  /** Of the policy's file. */
  readonly sha256: string;
  /** Which of its weights are trained: "all", "blocks" or, with the rank, "lora 8". */
  readonly trained: string;
}

export function checkpointPolicy(
  { name, sha256 }: ModelIdentity,
  { trainedWeights, loraRank }: Settings,
): CheckpointPolicy {
  const trained = trainedWeights === 'lora' ? `lora ${loraRank}` : trainedWeights;
  return { name, sha256, trained };
}

interface InIteration {
  /** Counted from 0. */
  readonly iteration: number;
  readonly milliseconds: number;
}

export type JournalEvent =
  | {
      readonly type: 'run-started';
      readonly version: string;
      readonly run: RunDescription;
      /** First iteration of this run; > 0 when it continues from a checkpoint. */
      readonly iteration: number;
      /** Samples of the scene's data [n, D], drawn once, that metrics compare with. */
      readonly data: Float32Array;
      /** Samples of the reference policy [n, D]. */
      readonly baseSamples: Float32Array;
      readonly milliseconds: number;
    }
  | ({
      readonly type: 'tree-grown';
      /** The forest of this iteration; readers take its form from here and not from the settings. */
      readonly plan: IterationPlan;
      /** [nodes, D]; empty in picture scenes, whose latents are too many to keep. */
      readonly latents: Float32Array;
      /** Picture scenes: the clean estimate x̂0 of every node of the first tree, depth by depth; else empty. */
      readonly estimates: Float32Array;
      /** Log-prob of the edge into each node [nodes]; 0 for roots and ODE edges. */
      readonly logProbs: Float32Array;
      readonly forwardEvaluations: number;
    } & InIteration)
  | ({
      readonly type: 'leaves-scored';
      /** [leaves], the nodes of depth T in order. */
      readonly rewards: Float32Array;
      readonly mean: number;
      readonly best: number;
      readonly worst: number;
    } & InIteration)
  | ({
      readonly type: 'rewards-fused';
      /** Fused reward of every node [nodes]; a leaf's is its reward. */
      readonly fusedRewards: Float32Array;
    } & InIteration)
  | ({
      readonly type: 'advantages-set';
      /** Advantage of the edge into each node [nodes]. */
      readonly advantages: Float32Array;
    } & InIteration)
  | ({
      readonly type: 'edges-pruned';
      /** 1 where the edge into the node is trained [nodes]. */
      readonly kept: Uint8Array;
      readonly keptEdges: number;
      readonly edges: number;
    } & InIteration)
  | ({
      readonly type: 'weights-updated';
      /** One entry per optimiser step. */
      readonly updates: readonly UpdateStatistics[];
    } & InIteration)
  | ({
      readonly type: 'evaluated';
      /** Fresh ODE samples of the current policy [n, D]; in picture scenes only the first few. */
      readonly samples: Float32Array;
      readonly reward: number;
      /** By metric name. */
      readonly metrics: Readonly<Record<string, number>>;
    } & InIteration)
  | ({ readonly type: 'landscape-painted'; readonly landscape: Landscape } & InIteration)
  | ({ readonly type: 'checkpoint'; readonly state: EngineState } & InIteration)
  | ({
      readonly type: 'run-ended';
      readonly reason: 'finished' | 'stopped' | 'failed';
      readonly error: ErrorData | null;
    } & InIteration);

export type EventType = JournalEvent['type'];

export type EventOf<T extends EventType> = Extract<JournalEvent, { type: T }>;

/** The event that ends each phase. */
export const phaseEvent = {
  rollout: 'tree-grown',
  score: 'leaves-scored',
  fuse: 'rewards-fused',
  normalise: 'advantages-set',
  prune: 'edges-pruned',
  update: 'weights-updated',
} as const satisfies Record<Phase, EventType>;
