/** Wrappers of noise.wgsl: initial latents on the device, and the words behind them for the self-check. */
import type { Kernel } from '../../gpu/pipelines';
import { createKernel } from '../../gpu/pipelines';
import { THREADS, joinSources } from '../shared/dispatch';
import { structLayout } from '../shared/structLayout';
import fillSource from './fill.wgsl?raw';
import noiseSource from './noise.wgsl?raw';
import wordsSource from './words.wgsl?raw';

/** Functions that draw noise, to be put in front of a shader that uses them. */
export { noiseSource };

export const fillLayout = structLayout('FillSettings', {
  rows: 'u32',
  dimensions: 'u32',
  stream: 'u32',
});

export const fillShader = joinSources(noiseSource, fillSource);
export const wordsShader = joinSources(noiseSource, wordsSource);

/** What the shader binds, by the names there. */
export const fillBuffers = ['settings', 'keys', 'latents'] as const;

export type FillKernel = Kernel<(typeof fillBuffers)[number]>;

/** Fills rows of standard normal numbers. */
export const createFillKernel = (device: GPUDevice): Promise<FillKernel> =>
  createKernel(device, { label: 'noise fill', source: fillShader, buffers: fillBuffers });

export const createWordsKernel = (device: GPUDevice): Promise<Kernel> =>
  createKernel(device, { label: 'noise words', source: wordsShader });

/** Workgroups that fill `rows` rows of `dimensions` elements. */
export const fillWorkgroups = (rows: number, dimensions: number): number =>
  Math.ceil((rows * Math.ceil(dimensions / 2)) / THREADS);
