/** accumulate.wgsl, squaredNorm.wgsl and adamw.wgsl beside adamw.twin.ts. */
import type { OptimizerSettings } from '../../core/objective';
import { NOISE_STREAM, normals } from '../noise/noise.twin';
import { largestError, withScratch } from '../shared/scratch';
import {
  ADAMW_STATISTICS,
  NORM_WORKGROUPS,
  accumulateLayout,
  adamwLayout,
  adamwUniforms,
  createAccumulateKernel,
  createAdamwKernel,
  createSquaredNormKernel,
  squaredNormLayout,
  vectorCount,
  vectorWorkgroups,
} from './adamw';
import type { AdamwResult } from './adamw.twin';
import { accumulate, adamw } from './adamw.twin';

/** Numbers in the statistics buffer that this check makes. */
const STATISTICS = 12;

export interface AdamwCase {
  readonly length: number;
  readonly settings: OptimizerSettings;
  /** Gradients of each step; each is the sum of the two micro-batches given. */
  readonly gradients: readonly (readonly [Float32Array, Float32Array])[];
}

export interface AdamwOutcome {
  readonly weights: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  readonly results: readonly AdamwResult[];
}

const gaussian = (length: number, seed: number, scale: number): Float32Array => {
  const out = new Float32Array(length);
  normals(seed, 2, NOISE_STREAM.initial, length, out, 0);
  return out.map((z) => z * scale);
};

/** Seeded gradients that shrink from step to step. */
export function adamwCase(length: number, steps: number, settings: OptimizerSettings): AdamwCase {
  return {
    length,
    settings,
    gradients: Array.from({ length: steps }, (_, i) => [
      gaussian(length, 2 * i, 0.1 / (i + 1)),
      gaussian(length, 2 * i + 1, 0.1 / (i + 1)),
    ]),
  };
}

const startWeights = (length: number): Float32Array => gaussian(length, 1000, 1);

/** All steps by the twin. */
export function adamwOnCpu({ length, settings, gradients }: AdamwCase): AdamwOutcome {
  const state = {
    weights: startWeights(length),
    firstMoment: new Float32Array(length),
    secondMoment: new Float32Array(length),
  };
  const results = gradients.map(([first, second], updates) => {
    const total = first.slice();
    accumulate(total, second);
    return adamw({ ...state, gradients: total, updates, settings });
  });
  return { ...state, results };
}

/** All steps by the device. */
export function adamwOnGpu(
  device: GPUDevice,
  { length, settings, gradients }: AdamwCase,
): Promise<AdamwOutcome> {
  return withScratch(device, async (scratch) => {
    const accumulateKernel = await createAccumulateKernel(device);
    const normKernel = await createSquaredNormKernel(device);
    const adamwKernel = await createAdamwKernel(device);
    const state = {
      weights: scratch.storage('weights', startWeights(length)),
      firstMoment: scratch.empty('firstMoment', length),
      secondMoment: scratch.empty('secondMoment', length),
    };
    const total = scratch.empty('total', length);
    const partialNorms = scratch.empty('partialNorms', NORM_WORKGROUPS);
    const statistics = scratch.empty('statistics', STATISTICS);
    const workgroups = vectorWorkgroups(length);
    const results: AdamwResult[] = [];
    for (const [updates, parts] of gradients.entries()) {
      for (const [i, part] of parts.entries()) {
        const sizes = { length: vectorCount(length), first: i === 0 ? 1 : 0 };
        const sum = {
          settings: scratch.uniform(accumulateLayout, sizes),
          gradients: scratch.storage('gradients', part),
          total,
        };
        scratch.run(accumulateKernel, sum, workgroups);
      }
      const norm = {
        settings: scratch.uniform(squaredNormLayout, { length: vectorCount(length) }),
        gradients: total,
        partialNorms,
      };
      scratch.run(normKernel, norm, NORM_WORKGROUPS);
      const step = {
        settings: scratch.uniform(adamwLayout, adamwUniforms(length, updates, settings)),
        gradients: total,
        partialNorms,
        ...state,
        statistics,
      };
      scratch.run(adamwKernel, step, workgroups);
      const read = await scratch.read(statistics, STATISTICS);
      results.push({
        gradientNorm: Math.sqrt(read[ADAMW_STATISTICS.squaredNorm]),
        applied: read[ADAMW_STATISTICS.applied] === 1,
      });
    }
    return {
      weights: await scratch.read(state.weights, length),
      firstMoment: await scratch.read(state.firstMoment, length),
      secondMoment: await scratch.read(state.secondMoment, length),
      results,
    };
  });
}

/** Largest error of weights, moments and gradient norms. */
export function adamwError(actual: AdamwOutcome, expected: AdamwOutcome): number {
  const norms = ({ results }: AdamwOutcome): number[] => results.map((r) => r.gradientNorm);
  const applied = ({ results }: AdamwOutcome): string => results.map((r) => r.applied).join();
  if (applied(actual) !== applied(expected)) return Infinity;
  return Math.max(
    largestError(actual.weights, expected.weights),
    largestError(actual.firstMoment, expected.firstMoment),
    largestError(actual.secondMoment, expected.secondMoment),
    largestError(norms(actual), norms(expected)),
  );
}

/** Largest error after three steps, clipped by the global norm. */
export async function checkAdamw(device: GPUDevice): Promise<number> {
  const settings: OptimizerSettings = {
    learningRate: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.01,
    maxGradientNorm: 1,
  };
  const input = adamwCase(333, 3, settings);
  return adamwError(await adamwOnGpu(device, input), adamwOnCpu(input));
}
