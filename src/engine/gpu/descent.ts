/**
 * Walks latents down the noise levels on the device: rollouts of whole forests and deterministic samples alike. Per
 * step: gather the network's inputs, run the network, take the sampler step; nothing is read in between.
 */
import type { Reduction } from '../../core/objective';
import type { SamplerStep } from '../../core/sampler';
import type { Rollout, RolloutRequest, SampleRequest } from '../engine';
import { TreeIndex, childrenAt } from '../../core/tree';
import { gatherLayout, gatherWorkgroups } from '../../kernels/gather/gather';
import { fillLayout, fillWorkgroups } from '../../kernels/noise/noise';
import { NOISE_STREAM } from '../../kernels/noise/noise.twin';
import { samplerStepLayout, samplerStepWorkgroups } from '../../kernels/sampler_step/samplerStep';
import { branchWeights } from '../../kernels/sampler_step/samplerStep.twin';
import { STEP_TABLE_BYTES, stepTable } from '../../kernels/shared/stepConstants';
import type { StepNodes } from '../../kernels/shared/stepConstants';
import type { EngineContext } from './context';

/** Buffers of one set of nodes. */
export interface NodeBuffers {
  /** Which set: bind groups are kept under it. */
  readonly set: 'forest' | 'samples';
  /** [nodes, D] */
  readonly latents: GPUBuffer;
  /** [nodes] */
  readonly logProbs: GPUBuffer;
  /** Two words per node. */
  readonly keys: GPUBuffer;
  /** Uniform table of the steps. */
  readonly steps: GPUBuffer;
  readonly conditions: GPUBuffer;
  /** Velocities of the watched rows, level by level [n, D]. */
  readonly watched: GPUBuffer;
}

interface Level {
  readonly step: SamplerStep;
  readonly nodes: StepNodes;
  /** Parents at this depth. */
  readonly rows: number;
  /** How many of them, from the first on, are watched. */
  readonly watched: number;
}

interface Descent {
  readonly set: NodeBuffers['set'];
  readonly nodeCount: number;
  readonly roots: number;
  readonly keys: Uint32Array;
  readonly conditions: Float32Array | null;
  readonly levels: readonly Level[];
  readonly branchIndependence: number;
  readonly reduction: Reduction;
}

/** Grows all trees of a request and reads every node back. */
export async function growForest(
  context: EngineContext,
  request: RolloutRequest,
): Promise<{ rollout: Rollout; nodes: NodeBuffers }> {
  const { shape, steps, nodeKeys, conditions, branchIndependence, reduction, watched } = request;
  const { widths, offsets } = new TreeIndex(shape);
  const nodeCount = offsets[shape.steps + 1];
  const levels = steps.map((step, depth) => ({
    step,
    nodes: {
      firstNode: offsets[depth],
      firstChild: offsets[depth + 1],
      nodesPerTree: widths[depth],
      childrenPerNode: childrenAt(shape, depth),
    },
    rows: widths[depth] * shape.trees,
    watched: watched ? widths[depth] : 0,
  }));
  const roots = offsets[1];
  const random = { keys: nodeKeys, branchIndependence, reduction };
  const nodes = descend(context, {
    set: 'forest',
    nodeCount,
    roots,
    conditions,
    levels,
    ...random,
  });
  const [latents, logProbs, velocities] = await context.recorder.finish([
    { buffer: nodes.latents, floats: nodeCount * context.dimensions },
    { buffer: nodes.logProbs, floats: nodeCount },
    { buffer: nodes.watched, floats: watchedRows(levels) * context.dimensions },
  ]);
  return { rollout: { latents, logProbs, velocities }, nodes };
}

/** Deterministic samples [count, D]: two generations of nodes are enough, each step goes from one to the other. */
export async function drawSamples(
  context: EngineContext,
  request: SampleRequest,
): Promise<Float32Array> {
  const { keys, steps, conditions } = request;
  const count = keys.length / 2;
  const place = (step: number): number => (step % 2) * count;
  const levels = steps.map((step, i) => ({
    step: { ...step, std: 0 },
    nodes: {
      firstNode: place(i),
      firstChild: place(i + 1),
      nodesPerTree: 1,
      childrenPerNode: 1,
    },
    rows: count,
    watched: 0,
  }));
  const nodes = descend(context, {
    set: 'samples',
    nodeCount: 2 * count,
    roots: count,
    keys,
    conditions,
    levels,
    branchIndependence: Infinity,
    reduction: 'sum',
  });
  const { dimensions } = context;
  const floats = 2 * count * dimensions;
  const [latents] = await context.recorder.finish([{ buffer: nodes.latents, floats }]);
  const first = place(steps.length) * dimensions;
  return latents.slice(first, first + count * dimensions);
}

const watchedRows = (levels: readonly Level[]): number =>
  levels.reduce((sum, { watched }) => sum + watched, 0);

function descend(context: EngineContext, descent: Descent): NodeBuffers {
  const { recorder, kernels, dimensions, forwardBatch } = context;
  const { set, roots, levels, nodeCount } = descent;
  const nodes = upload(context, descent);
  const parts = levels.reduce((sum, { rows }) => sum + Math.ceil(rows / forwardBatch), 0);
  recorder.begin(1 + 2 * parts);
  recorder.clear(nodes.logProbs, nodeCount);
  const { keys, latents } = nodes;
  recorder.kernel(
    kernels.fill,
    fillLayout,
    { rows: roots, dimensions, stream: NOISE_STREAM.initial },
    set,
    { keys, latents },
    fillWorkgroups(roots, dimensions),
  );
  const weights = branchWeights(descent.branchIndependence);
  const velocities = context.forward.binding('v');
  let watched = 0;
  levels.forEach((level, step) => {
    for (let first = 0; first < level.rows; first += forwardBatch) {
      const rows = Math.min(forwardBatch, level.rows - first);
      gatherDepth(context, nodes, step, first, rows);
      recorder.plan(context.forward, rows);
      takeStep(context, nodes, level, step, first, rows, weights);
      const seen = Math.max(0, Math.min(rows, level.watched - first));
      recorder.copy(velocities, nodes.watched, watched * dimensions, seen * dimensions);
      watched += seen;
      recorder.pause();
    }
  });
  return nodes;
}

/** Buffers for a descent, with its keys, conditions and steps in them. */
function upload(context: EngineContext, descent: Descent): NodeBuffers {
  const { device, memory, dimensions } = context;
  const { set, nodeCount, keys, conditions, levels, reduction } = descent;
  const nodes: NodeBuffers = {
    set,
    latents: memory.storage(`${set} latents`, nodeCount * dimensions * 4),
    logProbs: memory.storage(`${set} log-probs`, nodeCount * 4),
    keys: memory.storage(`${set} keys`, nodeCount * 8),
    steps: memory.uniform(`${set} steps`, STEP_TABLE_BYTES),
    conditions: memory.storage(`${set} conditions`, conditions?.byteLength ?? 0),
    watched: memory.storage(`${set} watched velocities`, watchedRows(levels) * dimensions * 4),
  };
  const table = stepTable(
    levels.map(({ step }) => step),
    levels.map((level) => level.nodes),
    reduction,
    dimensions,
  );
  const { queue } = device;
  queue.writeBuffer(nodes.steps, 0, table);
  queue.writeBuffer(nodes.keys, 0, keys as Uint32Array<ArrayBuffer>);
  if (conditions) {
    queue.writeBuffer(nodes.conditions, 0, conditions as Float32Array<ArrayBuffer>);
  }
  return nodes;
}

function gatherDepth(
  context: EngineContext,
  nodes: NodeBuffers,
  step: number,
  firstRow: number,
  rows: number,
): void {
  const { recorder, kernels, inputs, memory, dimensions, conditionLength } = context;
  const { set, steps, latents, conditions } = nodes;
  recorder.kernel(
    kernels.gather,
    gatherLayout,
    { listed: 0, step, firstRow, rows, dimensions, conditionLength },
    set,
    { steps, rows: memory.storage('rows', 0), latents, conditions, ...inputs },
    gatherWorkgroups(rows, dimensions, conditionLength),
  );
}

function takeStep(
  context: EngineContext,
  nodes: NodeBuffers,
  level: Level,
  step: number,
  firstRow: number,
  rows: number,
  weights: { readonly shared: number; readonly own: number },
): void {
  const { recorder, kernels, forward, dimensions } = context;
  const { set, steps, keys, latents, logProbs } = nodes;
  const { childrenPerNode } = level.nodes;
  const split = childrenPerNode > 1;
  recorder.kernel(
    kernels.samplerStep,
    samplerStepLayout,
    {
      step,
      firstRow,
      rows,
      dimensions,
      sharedWeight: split ? weights.shared : 0,
      ownWeight: split ? weights.own : 1,
      zero: 0,
    },
    set,
    { steps, velocities: forward.binding('v'), keys, latents, logProbs },
    samplerStepWorkgroups(rows * childrenPerNode, dimensions),
  );
}
