/** Wrappers of policyGradient.wgsl and totals.wgsl. */
import type { Kernel } from '../../gpu/pipelines';
import { createKernel } from '../../gpu/pipelines';
import { joinSources, lanesFor, rowWorkgroups, shared } from '../shared/dispatch';
import { structLayout } from '../shared/structLayout';
import type { PolicyGradientTotals } from './policyGradient.twin';
import policyGradientSource from './policyGradient.wgsl?raw';
import totalsSource from './totals.wgsl?raw';

export const policyGradientLayout = structLayout('PolicyGradientSettings', {
  firstRow: 'u32',
  rows: 'u32',
  dimensions: 'u32',
  maxChildren: 'u32',
  clip: 'f32',
  referenceWeight: 'f32',
  velocityTerm: 'u32',
});

export const totalsLayout = structLayout('TotalsSettings', { rows: 'u32' });

/** Struct of one row's statistics, and the first eight numbers of the statistics buffer. */
export const rowStatisticsLayout = structLayout('RowStatistics', {
  policyLoss: 'f32',
  referenceLoss: 'f32',
  ratioSum: 'f32',
  ratioDeviation: 'f32',
  clipped: 'f32',
  edges: 'f32',
  nonFinite: 'f32',
  reserved: 'f32',
});

/** Numbers in the statistics buffer: the totals, then what adamw.wgsl adds. */
export const STATISTICS_LENGTH = 12;

/** Shader for rows of `dimensions` elements. */
export const policyGradientShader = (dimensions: number): string =>
  joinSources(
    shared.stepConstants,
    shared.lanes(lanesFor(dimensions)),
    shared.logProb,
    policyGradientSource,
  );

export const totalsShader = totalsSource;

/** What the shaders bind, by the names there. */
export const policyGradientBuffers = [
  'settings',
  'steps',
  'rows',
  'velocities',
  'references',
  'latents',
  'logProbs',
  'edges',
  'dv',
  'rowStatistics',
] as const;

export const totalsBuffers = ['settings', 'rowStatistics', 'statistics'] as const;

export type PolicyGradientKernel = Kernel<(typeof policyGradientBuffers)[number]>;

export const createPolicyGradientKernel = (
  device: GPUDevice,
  dimensions: number,
): Promise<PolicyGradientKernel> =>
  createKernel(device, {
    label: 'policy gradient',
    source: policyGradientShader(dimensions),
    buffers: policyGradientBuffers,
  });

export type TotalsKernel = Kernel<(typeof totalsBuffers)[number]>;

export const createTotalsKernel = (device: GPUDevice): Promise<TotalsKernel> =>
  createKernel(device, {
    label: 'policy gradient totals',
    source: totalsShader,
    buffers: totalsBuffers,
  });

/** Workgroups for `rows` rows. */
export const policyGradientWorkgroups = (rows: number, dimensions: number): number =>
  rowWorkgroups(rows, lanesFor(dimensions));

/** The totals from the numbers that totals.wgsl wrote. */
export function totalsFrom(statistics: Float32Array): PolicyGradientTotals {
  const [policyLoss, referenceLoss, ratioSum, ratioDeviation, clipped, edges, nonFinite] =
    statistics;
  return {
    policyLoss,
    referenceLoss,
    ratioSum,
    ratioDeviation,
    clipped,
    edges,
    nonFinite: nonFinite !== 0,
  };
}
