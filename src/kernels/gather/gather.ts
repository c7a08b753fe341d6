/** Wrapper of gather.wgsl. */
import type { Kernel } from '../../gpu/pipelines';
import { createKernel } from '../../gpu/pipelines';
import { THREADS, joinSources, shared } from '../shared/dispatch';
import { structLayout } from '../shared/structLayout';
import gatherSource from './gather.wgsl?raw';

export const gatherLayout = structLayout('GatherSettings', {
  listed: 'u32',
  step: 'u32',
  firstRow: 'u32',
  rows: 'u32',
  dimensions: 'u32',
  conditionLength: 'u32',
});

export const gatherShader = joinSources(shared.stepConstants, gatherSource);

/** What the shader binds, by the names there. */
export const gatherBuffers = [
  'settings',
  'steps',
  'rows',
  'latents',
  'conditions',
  'x',
  't',
  'cond',
] as const;

export type GatherKernel = Kernel<(typeof gatherBuffers)[number]>;

export const createGatherKernel = (device: GPUDevice): Promise<GatherKernel> =>
  createKernel(device, { label: 'gather', source: gatherShader, buffers: gatherBuffers });

/** Workgroups for `rows` rows. */
export const gatherWorkgroups = (
  rows: number,
  dimensions: number,
  conditionLength: number,
): number => Math.ceil((rows * Math.max(dimensions, conditionLength)) / THREADS);
