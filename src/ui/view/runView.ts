/**
 * What there is to draw of a run at a position: the journal's view of it, with the tree to walk on and the sampler
 * steps that grew it. A live run, an opened file and a recording look the same to whoever draws.
 */
import { plannedSteps } from '../../config/plan';
import type { IterationPlan } from '../../config/plan';
import type { SamplerStep } from '../../core/sampler';
import { TreeIndex } from '../../core/tree';
import type { EventOf, Phase, RunDescription } from '../../journal/events';
import type { Journal } from '../../journal/journal';
import { findScene } from '../../scenes';
import { sampleSize } from '../../scenes/scene';
import type { Landscape } from '../../scenes/scene';

export interface RunView {
  readonly position: number;
  /** Iteration in progress, counted from 0; at the start, the first. */
  readonly iteration: number;
  /** The phase just done; 'start' before the first. */
  readonly phase: Phase | 'start';
  readonly run: RunDescription;
  /** Dimensions D of one sample. */
  readonly dimensions: number;
  readonly data: Float32Array;
  readonly baseSamples: Float32Array;
  readonly tree: TreeIndex;
  /** One entry per sampler step (length T). */
  readonly steps: readonly SamplerStep[];
  readonly grown: EventOf<'tree-grown'> | null;
  readonly scored: EventOf<'leaves-scored'> | null;
  readonly fused: EventOf<'rewards-fused'> | null;
  readonly normalised: EventOf<'advantages-set'> | null;
  readonly pruned: EventOf<'edges-pruned'> | null;
  readonly updated: EventOf<'weights-updated'> | null;
  readonly evaluation: EventOf<'evaluated'> | null;
  readonly landscape: Landscape | null;
}

/** What all iterations of a run with equal plans share. */
interface PlanFrame {
  readonly tree: TreeIndex;
  readonly steps: readonly SamplerStep[];
}

const frames = new WeakMap<RunDescription, Map<string, PlanFrame>>();

function frameOf({ run, plan }: { run: RunDescription; plan: IterationPlan }): PlanFrame {
  const known = frames.get(run) ?? new Map<string, PlanFrame>();
  frames.set(run, known);
  const key = JSON.stringify(plan);
  let frame = known.get(key);
  if (!frame) {
    frame = { tree: new TreeIndex(plan.shape), steps: plannedSteps(run.settings, plan) };
    known.set(key, frame);
  }
  return frame;
}

/**
 * The run as it stood at a position; null in an empty journal. `previous` is given back itself when it shows the same
 * events, so that nothing is drawn again.
 */
export function runView(
  journal: Journal,
  position: number,
  previous: RunView | null = null,
): RunView | null {
  const { started } = journal;
  if (!started || position < 0 || position > journal.positions) return null;
  const { place, plan, record, evaluation, landscape } = journal.view(position);
  if (!plan) return null;
  const view: RunView = {
    position,
    iteration: place?.iteration ?? journal.firstIteration,
    phase: place?.phase ?? 'start',
    run: started.run,
    dimensions: sampleSize(findScene(started.run.scene)),
    data: started.data,
    baseSamples: started.baseSamples,
    ...frameOf({ run: started.run, plan }),
    grown: record?.tree ?? null,
    scored: record?.scores ?? null,
    fused: record?.fused ?? null,
    normalised: record?.advantages ?? null,
    pruned: record?.pruned ?? null,
    updated: record?.update ?? null,
    evaluation,
    landscape,
  };
  return previous && sameView(previous, view) ? previous : view;
}

function sameView(a: RunView, b: RunView): boolean {
  return (Object.keys(b) as (keyof RunView)[]).every((key) => a[key] === b[key]);
}

/** Latent of a node as a view into the tree's latents [D]; null where the journal keeps none. */
export function latentOf(view: RunView, node: number): Float32Array | null {
  const { grown, dimensions: d } = view;
  return grown && grown.latents.length > 0
    ? grown.latents.subarray(node * d, (node + 1) * d)
    : null;
}

/** Numbers of the leaves below `node`: first in leaf order, and how many. */
export function leavesBelow(tree: TreeIndex, node: number): { first: number; count: number } {
  const depth = tree.depthOf(node);
  const count = tree.widths[tree.shape.steps] / tree.widths[depth];
  return { first: (node - tree.offsets[depth]) * count, count };
}

/** Clock readings of the phases done so far in the iteration, null for those to come. */
export function phaseMilliseconds(view: RunView): Readonly<Record<Phase, number | null>> {
  const { grown, scored, fused, normalised, pruned, updated } = view;
  return {
    rollout: grown?.milliseconds ?? null,
    score: scored?.milliseconds ?? null,
    fuse: fused?.milliseconds ?? null,
    normalise: normalised?.milliseconds ?? null,
    prune: pruned?.milliseconds ?? null,
    update: updated?.milliseconds ?? null,
  };
}

/** Network evaluations of the iteration: those that grew the trees, those of updates without and with gradient. */
export function networkEvaluations(view: RunView): {
  rollout: number | null;
  replay: number | null;
  gradient: number | null;
} {
  const { grown, updated } = view;
  const sum = (pick: 'forwardEvaluations' | 'gradientEvaluations'): number | null =>
    updated ? updated.updates.reduce((total, update) => total + update[pick], 0) : null;
  return {
    rollout: grown?.forwardEvaluations ?? null,
    replay: sum('forwardEvaluations'),
    gradient: sum('gradientEvaluations'),
  };
}
