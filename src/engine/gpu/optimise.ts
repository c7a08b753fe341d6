/**
 * One optimiser step on the device, nothing read before its end: per micro-batch the network forward, the reference,
 * dL/dv and the network backward; then the global norm and AdamW, which refuses by itself what is not finite.
 */
import { ROW } from '../../core/objective';
import {
  ADAMW_STATISTICS,
  NORM_WORKGROUPS,
  accumulateLayout,
  adamwLayout,
  adamwUniforms,
  squaredNormLayout,
  vectorCount,
  vectorWorkgroups,
} from '../../kernels/adamw/adamw';
import { gatherLayout, gatherWorkgroups } from '../../kernels/gather/gather';
import {
  STATISTICS_LENGTH,
  policyGradientLayout,
  policyGradientWorkgroups,
  rowStatisticsLayout,
  totalsFrom,
  totalsLayout,
} from '../../kernels/policy_gradient/policyGradient';
import type { PolicyGradientTotals } from '../../kernels/policy_gradient/policyGradient.twin';
import type { UpdateRequest } from '../engine';
import type { EngineContext } from './context';
import type { NodeBuffers } from './descent';

export interface OptimisationResult {
  readonly totals: PolicyGradientTotals;
  readonly gradientNorm: number;
  /** False: something was not finite, and weights and moments are as before. */
  readonly applied: boolean;
}

/** Buffers of one update. */
interface UpdateBuffers {
  /** Int32 [rows, 4] */
  readonly rows: GPUBuffer;
  /** (advantage, weight) per node. */
  readonly edges: GPUBuffer;
  readonly rowStatistics: GPUBuffer;
  readonly statistics: GPUBuffer;
  readonly partialNorms: GPUBuffer;
  /** Sum over micro-batches; unused when there is one. */
  readonly total: GPUBuffer;
}

/** One AdamW step after `updates` steps, on edges of the nodes given. */
export async function optimise(
  context: EngineContext,
  nodes: NodeBuffers,
  request: UpdateRequest,
  updates: number,
): Promise<OptimisationResult> {
  const { recorder, kernels, gradientBatch } = context;
  const count = request.rows.length / ROW.width;
  const parts = Math.ceil(count / gradientBatch);
  const buffers = upload(context, request, parts !== 1);
  recorder.begin(parts * 3 + 3);
  if (parts === 0) recorder.clear(buffers.total, context.model.parameterLength);
  const maxChildren = largestChildCount(request.rows);
  for (let first = 0; first < count; first += gradientBatch) {
    const rows = Math.min(gradientBatch, count - first);
    gatherRows(context, nodes, buffers, first, rows);
    recorder.plan(context.gradient, rows, 0);
    recorder.plan(context.reference, rows);
    differentiate(context, nodes, buffers, request, first, rows, maxChildren);
    recorder.plan(context.gradient, rows, 1);
    if (parts > 1) addGradients(context, buffers, first === 0);
    recorder.pause();
  }
  const { rowStatistics, statistics } = buffers;
  recorder.kernel(
    kernels.totals,
    totalsLayout,
    { rows: count },
    'update',
    { rowStatistics, statistics },
    1,
  );
  step(context, buffers, parts === 1, request, updates);
  const [read] = await recorder.finish([{ buffer: statistics, floats: STATISTICS_LENGTH }]);
  return {
    totals: totalsFrom(read),
    gradientNorm: Math.sqrt(read[ADAMW_STATISTICS.squaredNorm]),
    applied: read[ADAMW_STATISTICS.applied] === 1,
  };
}

function largestChildCount(rows: Int32Array): number {
  let largest = 0;
  for (let at = ROW.childCount; at < rows.length; at += ROW.width) {
    largest = Math.max(largest, rows[at]);
  }
  return largest;
}

function upload(
  { device, memory, model }: EngineContext,
  { rows, advantages, edgeWeights }: UpdateRequest,
  accumulates: boolean,
): UpdateBuffers {
  const count = rows.length / ROW.width;
  const buffers: UpdateBuffers = {
    rows: memory.storage('rows', rows.byteLength),
    edges: memory.storage('edges', advantages.length * 8),
    rowStatistics: memory.storage('row statistics', count * rowStatisticsLayout.byteLength),
    statistics: memory.storage('statistics', STATISTICS_LENGTH * 4),
    partialNorms: memory.storage('partial norms', NORM_WORKGROUPS * 4),
    total: memory.storage('gradient total', accumulates ? model.parameterLength * 4 : 0),
  };
  const edges = new Float32Array(advantages.length * 2);
  for (let i = 0; i < advantages.length; i++) {
    edges[i * 2] = advantages[i];
    edges[i * 2 + 1] = edgeWeights[i];
  }
  device.queue.writeBuffer(buffers.rows, 0, rows as Int32Array<ArrayBuffer>);
  device.queue.writeBuffer(buffers.edges, 0, edges);
  return buffers;
}

function gatherRows(
  context: EngineContext,
  nodes: NodeBuffers,
  buffers: UpdateBuffers,
  firstRow: number,
  rows: number,
): void {
  const { recorder, kernels, inputs, dimensions, conditionLength } = context;
  const { steps, latents, conditions } = nodes;
  recorder.kernel(
    kernels.gather,
    gatherLayout,
    { listed: 1, step: 0, firstRow, rows, dimensions, conditionLength },
    'update',
    { steps, rows: buffers.rows, latents, conditions, ...inputs },
    gatherWorkgroups(rows, dimensions, conditionLength),
  );
}

function differentiate(
  context: EngineContext,
  nodes: NodeBuffers,
  buffers: UpdateBuffers,
  { objective }: UpdateRequest,
  firstRow: number,
  rows: number,
  maxChildren: number,
): void {
  const { recorder, kernels, gradient, reference, dimensions } = context;
  const { steps, latents, logProbs } = nodes;
  const { clip, referenceWeight, referenceTerm } = objective;
  recorder.kernel(
    kernels.policyGradient,
    policyGradientLayout,
    {
      firstRow,
      rows,
      dimensions,
      maxChildren,
      clip,
      referenceWeight,
      velocityTerm: referenceTerm === 'velocity' ? 1 : 0,
    },
    'update',
    {
      steps,
      rows: buffers.rows,
      velocities: gradient.binding('v'),
      references: reference.binding('v'),
      latents,
      logProbs,
      edges: buffers.edges,
      dv: gradient.binding('dv'),
      rowStatistics: buffers.rowStatistics,
    },
    policyGradientWorkgroups(rows, dimensions),
  );
}

function addGradients(context: EngineContext, { total }: UpdateBuffers, first: boolean): void {
  const { recorder, kernels, parameters, model } = context;
  recorder.kernel(
    kernels.accumulate,
    accumulateLayout,
    { length: vectorCount(model.parameterLength), first: first ? 1 : 0 },
    'update',
    { gradients: parameters.gradients, total },
    vectorWorkgroups(model.parameterLength),
  );
}

function step(
  context: EngineContext,
  { total, partialNorms, statistics }: UpdateBuffers,
  single: boolean,
  { optimizer }: UpdateRequest,
  updates: number,
): void {
  const { recorder, kernels, model } = context;
  const { weights, firstMoment, secondMoment } = context.parameters;
  const length = model.parameterLength;
  const gradients = single ? context.parameters.gradients : total;
  const set = single ? 'one batch' : 'micro-batches';
  recorder.kernel(
    kernels.squaredNorm,
    squaredNormLayout,
    { length: vectorCount(length) },
    set,
    { gradients, partialNorms },
    NORM_WORKGROUPS,
  );
  recorder.kernel(
    kernels.adamw,
    adamwLayout,
    adamwUniforms(length, updates, optimizer),
    set,
    { gradients, partialNorms, weights, firstMoment, secondMoment, statistics },
    vectorWorkgroups(length),
  );
}
