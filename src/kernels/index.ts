/**
 * Every kernel: what it computes, its shader, its CPU twin, and a check that runs one against the other on a small seeded
 * case. The page's self-check at start-up, the browser tests and the GPU tests all go through this list.
 */
import { accumulateShader, adamwShader, squaredNormShader } from './adamw/adamw';
import { checkAdamw } from './adamw/adamw.check';
import { gatherShader } from './gather/gather';
import { checkGather } from './gather/gather.check';
import { fillShader, wordsShader } from './noise/noise';
import { checkFill, checkWords } from './noise/noise.check';
import { policyGradientShader, totalsShader } from './policy_gradient/policyGradient';
import { checkPolicyGradient } from './policy_gradient/policyGradient.check';
import { samplerStepShader } from './sampler_step/samplerStep';
import { checkSamplerStep } from './sampler_step/samplerStep.check';

export interface KernelCheck {
  readonly kernel: string;
  readonly largestError: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

export interface KernelEntry {
  readonly name: string;
  /** WGSL text of each of its shaders, by name; where it depends on the sample size, for samples of two numbers. */
  readonly shaders: Readonly<Record<string, string>>;
  /** File below src/kernels, and the functions in it. */
  readonly twin: string;
  /** Largest difference between shader and twin that passes: relative, or absolute below 1. */
  readonly tolerance: number;
  check(device: GPUDevice): Promise<KernelCheck>;
}

type Description = Omit<KernelEntry, 'check'>;

function entry(
  description: Description,
  error: (device: GPUDevice) => Promise<number>,
): KernelEntry {
  return {
    ...description,
    async check(device) {
      const largestError = await error(device);
      const { name: kernel, tolerance } = description;
      return { kernel, largestError, tolerance, passed: largestError <= tolerance };
    },
  };
}

export const kernels: readonly KernelEntry[] = [
  entry(
    // The random words behind all noise, from a key and a counter.
    {
      name: 'threefry',
      shaders: { words: wordsShader },
      twin: 'noise/noise.twin.ts: threefry2x32',
      tolerance: 0,
    },
    checkWords,
  ),
  entry(
    // Initial latents: standard normal numbers by Box–Muller.
    {
      name: 'noise',
      shaders: { fill: fillShader },
      twin: 'noise/noise.twin.ts: normals',
      tolerance: 1e-5,
    },
    checkFill,
  ),
  entry(
    // Network inputs x, σ and condition of nodes anywhere in the tree.
    {
      name: 'gather',
      shaders: { gather: gatherShader },
      twin: 'gather/gather.twin.ts: gather',
      tolerance: 0,
    },
    checkGather,
  ),
  entry(
    // Children x′ = c_x·x + c_v·v + std·z with branch noise, and the log-prob of each edge.
    {
      name: 'sampler step',
      shaders: { samplerStep: samplerStepShader(2) },
      twin: 'sampler_step/samplerStep.twin.ts: samplerStep',
      tolerance: 1e-4,
    },
    checkSamplerStep,
  ),
  entry(
    // dL/dv of the clipped policy loss and the reference term, summed over siblings.
    {
      name: 'policy gradient',
      shaders: { policyGradient: policyGradientShader(2), totals: totalsShader },
      twin: 'policy_gradient/policyGradient.twin.ts: policyGradient',
      tolerance: 1e-4,
    },
    checkPolicyGradient,
  ),
  entry(
    // One optimiser step with global-norm clipping.
    {
      name: 'adamw',
      shaders: {
        accumulate: accumulateShader,
        squaredNorm: squaredNormShader,
        adamw: adamwShader,
      },
      twin: 'adamw/adamw.twin.ts: adamw, accumulate',
      tolerance: 1e-5,
    },
    checkAdamw,
  ),
];

/** Runs every kernel against its twin, one after the other. */
export async function checkKernels(device: GPUDevice): Promise<KernelCheck[]> {
  const results: KernelCheck[] = [];
  for (const kernel of kernels) results.push(await kernel.check(device));
  return results;
}
