/** Wrapper of samplerStep.wgsl. */
import type { Kernel } from '../../gpu/pipelines';
import { createKernel } from '../../gpu/pipelines';
import { noiseSource } from '../noise/noise';
import { joinSources, lanesFor, rowWorkgroups, shared } from '../shared/dispatch';
import { structLayout } from '../shared/structLayout';
import samplerStepSource from './samplerStep.wgsl?raw';

export const samplerStepLayout = structLayout('SamplerStepSettings', {
  step: 'u32',
  firstRow: 'u32',
  rows: 'u32',
  dimensions: 'u32',
  sharedWeight: 'f32',
  ownWeight: 'f32',
  zero: 'u32',
});

/** Shader for rows of `dimensions` elements. */
export const samplerStepShader = (dimensions: number): string =>
  joinSources(
    noiseSource,
    shared.stepConstants,
    shared.lanes(lanesFor(dimensions)),
    shared.logProb,
    samplerStepSource,
  );

/** What the shader binds, by the names there. */
export const samplerStepBuffers = [
  'settings',
  'steps',
  'velocities',
  'keys',
  'latents',
  'logProbs',
] as const;

export type SamplerStepKernel = Kernel<(typeof samplerStepBuffers)[number]>;

export const createSamplerStepKernel = (
  device: GPUDevice,
  dimensions: number,
): Promise<SamplerStepKernel> =>
  createKernel(device, {
    label: 'sampler step',
    source: samplerStepShader(dimensions),
    buffers: samplerStepBuffers,
  });

/** Workgroups for `children` children. */
export const samplerStepWorkgroups = (children: number, dimensions: number): number =>
  rowWorkgroups(children, lanesFor(dimensions));
