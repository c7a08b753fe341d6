/** samplerStep.wgsl beside samplerStep.twin.ts. */
import { samplerSteps, sigmaSchedule } from '../../core/sampler';
import { NOISE_STREAM, normals, sampleKeys } from '../noise/noise.twin';
import { STEP_TABLE_BYTES, stepTable } from '../shared/stepConstants';
import { largestError, withScratch } from '../shared/scratch';
import { createSamplerStepKernel, samplerStepLayout, samplerStepWorkgroups } from './samplerStep';
import type { SamplerStepInput, SamplerStepOutput } from './samplerStep.twin';
import { branchWeights, samplerStep } from './samplerStep.twin';

/** Standard normal numbers for test inputs. */
export function testNormals(length: number, seed: number): Float32Array {
  const out = new Float32Array(length);
  normals(seed, 1, NOISE_STREAM.initial, length, out, 0);
  return out;
}

/** A seeded request; `over` replaces any part of it. */
export function samplerStepCase(
  rows: number,
  dimensions: number,
  childrenPerParent: number,
  over: Partial<SamplerStepInput> = {},
): SamplerStepInput {
  return {
    parents: testNormals(rows * dimensions, 1),
    velocities: testNormals(rows * dimensions, 2),
    parentKeys: sampleKeys(3, 0, rows),
    childKeys: sampleKeys(3, 1, rows * childrenPerParent),
    childrenPerParent,
    step: samplerSteps('flow-sde', 0.7, sigmaSchedule(10), () => true)[4],
    branchIndependence: 4,
    reduction: 'sum',
    dimensions,
    ...over,
  };
}

/** The children by the twin. */
export function samplerStepOnCpu(input: SamplerStepInput): SamplerStepOutput {
  const children = input.childKeys.length / 2;
  const out = {
    latents: new Float32Array(children * input.dimensions),
    logProbs: new Float32Array(children),
  };
  samplerStep(input, out);
  return out;
}

/** The children by the device. */
export function samplerStepOnGpu(
  device: GPUDevice,
  input: SamplerStepInput,
): Promise<SamplerStepOutput> {
  const { parents, dimensions, childrenPerParent, step, reduction } = input;
  const rows = parents.length / dimensions;
  const children = rows * childrenPerParent;
  const nodes = {
    firstNode: 0,
    firstChild: rows,
    nodesPerTree: 1,
    childrenPerNode: childrenPerParent,
  };
  const { shared, own } =
    childrenPerParent > 1 ? branchWeights(input.branchIndependence) : { shared: 0, own: 1 };
  return withScratch(device, async (scratch) => {
    const all = new Float32Array((rows + children) * dimensions);
    all.set(parents);
    const latents = scratch.storage('latents', all);
    const logProbs = scratch.empty('logProbs', rows + children);
    const keys = Uint32Array.of(...input.parentKeys, ...input.childKeys);
    const buffers = {
      settings: scratch.uniform(samplerStepLayout, {
        step: 0,
        firstRow: 0,
        rows,
        dimensions,
        sharedWeight: shared,
        ownWeight: own,
        zero: 0,
      }),
      steps: scratch.uniformBytes(
        'steps',
        stepTable([step], [nodes], reduction, dimensions),
        STEP_TABLE_BYTES,
      ),
      velocities: scratch.storage('velocities', input.velocities),
      keys: scratch.storage('keys', keys),
      latents,
      logProbs,
    };
    const kernel = await createSamplerStepKernel(device, dimensions);
    scratch.run(kernel, buffers, samplerStepWorkgroups(children, dimensions));
    return {
      latents: (await scratch.read(latents, all.length)).subarray(rows * dimensions),
      logProbs: (await scratch.read(logProbs, rows + children)).subarray(rows),
    };
  });
}

/** Largest error of latents and log-probs for two kinds of rows: one lane, and many. */
export async function checkSamplerStep(device: GPUDevice): Promise<number> {
  let largest = 0;
  for (const input of [samplerStepCase(16, 5, 2), samplerStepCase(2, 70, 3)]) {
    const actual = await samplerStepOnGpu(device, input);
    const expected = samplerStepOnCpu(input);
    largest = Math.max(
      largest,
      largestError(actual.latents, expected.latents),
      largestError(actual.logProbs, expected.logProbs),
    );
  }
  return largest;
}
