/** Wrappers of accumulate.wgsl, squaredNorm.wgsl and adamw.wgsl. */
import type { OptimizerSettings } from '../../core/objective';
import type { PlanBinding } from '../../gpu/buffers';
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

export type AccumulateBuffers = Readonly<
  Record<'settings' | 'gradients' | 'total', GPUBuffer | PlanBinding>
>;
export type SquaredNormBuffers = Readonly<
  Record<'settings' | 'gradients' | 'partialNorms', GPUBuffer | PlanBinding>
>;
export type AdamwBuffers = Readonly<
  Record<
    | 'settings'
    | 'gradients'
    | 'partialNorms'
    | 'weights'
    | 'firstMoment'
    | 'secondMoment'
    | 'statistics',
    GPUBuffer | PlanBinding
  >
>;

export const createAccumulateKernel = (device: GPUDevice): Promise<Kernel> =>
  createKernel(device, { label: 'accumulate gradients', source: accumulateSource });

export const createSquaredNormKernel = (device: GPUDevice): Promise<Kernel> =>
  createKernel(device, { label: 'squared gradient norm', source: squaredNormSource });

export const createAdamwKernel = (device: GPUDevice): Promise<Kernel> =>
  createKernel(device, { label: 'adamw', source: adamwSource });

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
