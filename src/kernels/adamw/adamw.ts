/** Wrappers of accumulate.wgsl, squaredNorm.wgsl and adamw.wgsl. */
import type { OptimizerSettings } from '../../core/objective';
import type { Kernel } from '../../gpu/pipelines';
import { createKernel } from '../../gpu/pipelines';
import { THREADS } from '../shared/dispatch';
import { structLayout } from '../shared/structLayout';
import { wholePower } from './adamw.twin';
import accumulateSource from './accumulate.wgsl?raw';
import adamwSource from './adamw.wgsl?raw';
import squaredNormSource from './squaredNorm.wgsl?raw';

export const accumulateLayout = structLayout('AccumulateSettings', { length: 'u32', first: 'u32' });

export const squaredNormLayout = structLayout('SquaredNormSettings', { length: 'u32' });

export const adamwLayout = structLayout('AdamwSettings', {
  length: 'u32',
  learningRate: 'f32',
  keep: 'f32',
  beta1: 'f32',
  beta2: 'f32',
  complement1: 'f32',
  complement2: 'f32',
  epsilon: 'f32',
  correction1: 'f32',
  correction2: 'f32',
  maxGradientNorm: 'f32',
});

export const adamwShader = adamwSource;
export const accumulateShader = accumulateSource;
export const squaredNormShader = squaredNormSource;

/** Workgroups of squaredNorm.wgsl, and the number of partial sums that adamw.wgsl adds up. */
export const NORM_WORKGROUPS = 64;

/** Places in the statistics buffer that adamw.wgsl writes. */
export const ADAMW_STATISTICS = { squaredNorm: 8, applied: 9 } as const;

/** What the shaders bind, by the names there. */
export const accumulateBuffers = ['settings', 'gradients', 'total'] as const;
export const squaredNormBuffers = ['settings', 'gradients', 'partialNorms'] as const;
export const adamwBuffers = [
  'settings',
  'gradients',
  'partialNorms',
  'weights',
  'firstMoment',
  'secondMoment',
  'statistics',
] as const;

export type AccumulateKernel = Kernel<(typeof accumulateBuffers)[number]>;

export const createAccumulateKernel = (device: GPUDevice): Promise<AccumulateKernel> =>
  createKernel(device, {
    label: 'accumulate gradients',
    source: accumulateSource,
    buffers: accumulateBuffers,
  });

export type SquaredNormKernel = Kernel<(typeof squaredNormBuffers)[number]>;

export const createSquaredNormKernel = (device: GPUDevice): Promise<SquaredNormKernel> =>
  createKernel(device, {
    label: 'squared gradient norm',
    source: squaredNormSource,
    buffers: squaredNormBuffers,
  });

export type AdamwKernel = Kernel<(typeof adamwBuffers)[number]>;

export const createAdamwKernel = (device: GPUDevice): Promise<AdamwKernel> =>
  createKernel(device, { label: 'adamw', source: adamwSource, buffers: adamwBuffers });

/** vec4s that hold `length` numbers. */
export const vectorCount = (length: number): number => Math.ceil(length / 4);

/** Workgroups of accumulate and adamw for `length` numbers. */
export const vectorWorkgroups = (length: number): number =>
  Math.ceil(vectorCount(length) / THREADS);

/** Uniforms of the step after `updates` steps on `length` numbers. */
export function adamwUniforms(
  length: number,
  updates: number,
  settings: OptimizerSettings,
): Parameters<typeof adamwLayout.write>[2] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradientNorm } = settings;
  return {
    length: vectorCount(length),
    learningRate,
    keep: 1 - learningRate * weightDecay,
    beta1,
    beta2,
    complement1: 1 - beta1,
    complement2: 1 - beta2,
    epsilon,
    correction1: 1 / (1 - wholePower(beta1, updates + 1)),
    correction2: 1 / (1 - wholePower(beta2, updates + 1)),
    maxGradientNorm,
  };
}
