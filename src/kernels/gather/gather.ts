/** Wrapper of gather.wgsl. */
import type { PlanBinding } from '../../gpu/buffers';
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

export type GatherBuffers = Readonly<
  Record<
    'settings' | 'steps' | 'rows' | 'latents' | 'conditions' | 'x' | 't' | 'cond',
    GPUBuffer | PlanBinding
  >
>;

export const createGatherKernel = (device: GPUDevice): Promise<Kernel> =>
  createKernel(device, { label: 'gather', source: gatherShader });

/** Workgroups for `rows` rows. */
export const gatherWorkgroups = (
  rows: number,
  dimensions: number,
  conditionLength: number,
): number => Math.ceil((rows * Math.max(dimensions, conditionLength)) / THREADS);
