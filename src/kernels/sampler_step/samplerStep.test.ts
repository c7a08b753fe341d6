import { describe, expect, it } from 'vitest';
import type { SamplerStep } from '../../core/sampler';
import { samplerSteps, sigmaSchedule } from '../../core/sampler';
import { NOISE_STREAM, normals, sampleKeys } from '../noise/noise.twin';
import type { SamplerStepInput } from './samplerStep.twin';
import { edgeLogProb, logNormalizer, samplerStep } from './samplerStep.twin';

const sde = samplerSteps('flow-sde', 0.7, sigmaSchedule(10), (i) => i < 9);
const pureNoise: SamplerStep = { sigma: 0.5, sigmaNext: 0.4, cx: 0, cv: 0, std: 1, klFactor: 0 };

function request(over: Partial<SamplerStepInput> & { rows: number }): SamplerStepInput {
  const { rows, ...rest } = over;
  const dimensions = over.dimensions ?? 2;
  const childrenPerParent = over.childrenPerParent ?? 1;
  const gaussian = (seed: number): Float32Array => {
    const out = new Float32Array(rows * dimensions);
    normals(seed, 1, NOISE_STREAM.initial, out.length, out, 0);
    return out;
  };
  return {
    parents: gaussian(1),
    velocities: gaussian(2),
    parentKeys: sampleKeys(3, 0, rows),
    childKeys: sampleKeys(3, 1, rows * childrenPerParent),
    childrenPerParent,
    step: sde[4],
    branchIndependence: Infinity,
    reduction: 'sum',
    dimensions,
    ...rest,
  };
}

function run(input: SamplerStepInput): { latents: Float32Array; logProbs: Float32Array } {
  const out = {
    latents: new Float32Array(input.parents.length * input.childrenPerParent),
    logProbs: new Float32Array(input.childKeys.length / 2),
  };
  samplerStep(input, out);
  return out;
}

describe('samplerStep', () => {
  it.each(['flow-sde', 'dance-sde', 'cps'] as const)(
    'without noise, %s is the Euler step bit for bit, with log-prob 0 and equal children',
    (sampler) => {
      const [step] = samplerSteps(sampler, 0, sigmaSchedule(10), () => true);
      const input = request({ rows: 4, step, childrenPerParent: 3 });
      const { latents, logProbs } = run(input);
      expect([...logProbs]).toEqual(new Array(12).fill(0));
      latents.forEach((x, i) => {
        const from = Math.floor(i / 6) * 2 + (i % 2);
        const h = step.sigma - step.sigmaNext;
        expect(x).toBe(Math.fround(input.parents[from] - h * input.velocities[from]));
      });
    },
  );

  it.each([1, 2, 4, 8, Infinity])(
    'siblings of independence s = %s have variance 1 and correlation 1/(1+s²)',
    (branchIndependence) => {
      const rows = 50_000;
      const input = request({ rows, step: pureNoise, childrenPerParent: 2, branchIndependence });
      const { latents } = run(input);
      let product = 0;
      let square = 0;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < 2; i++) {
          const a = latents[row * 4 + i];
          const b = latents[row * 4 + 2 + i];
          product += a * b;
          square += a * a + b * b;
        }
      }
      const pairs = rows * 2;
      expect(Math.abs(square / (2 * pairs) - 1)).toBeLessThan(0.01);
      expect(Math.abs(product / pairs - 1 / (1 + branchIndependence ** 2))).toBeLessThan(0.01);
    },
  );

  it('a single child moves by its own noise, whatever s is', () => {
    const first = run(request({ rows: 5, branchIndependence: 1 }));
    const second = run(request({ rows: 5, branchIndependence: Infinity }));
    expect(first).toEqual(second);
  });

  it.each([1, 2, 5, 7])('keeps the density of N(μ, std²): D = %i', (dimensions) => {
    const step = sde[4];
    const input = request({ rows: 3, dimensions, childrenPerParent: 2 });
    const { latents, logProbs } = run(input);
    logProbs.forEach((logProb, child) => {
      let density = 1;
      for (let i = 0; i < dimensions; i++) {
        const from = Math.floor(child / 2) * dimensions + i;
        const mean = step.cx * input.parents[from] + step.cv * input.velocities[from];
        const z = (latents[child * dimensions + i] - mean) / step.std;
        density *= Math.exp(-0.5 * z * z) / (step.std * Math.sqrt(2 * Math.PI));
      }
      expect(logProb).toBeCloseTo(Math.log(density), 5);
    });
  });

  it('the mean form is the sum form divided by D', () => {
    const sum = run(request({ rows: 6, dimensions: 5 }));
    const mean = run(request({ rows: 6, dimensions: 5, reduction: 'mean' }));
    expect(mean.latents).toEqual(sum.latents);
    mean.logProbs.forEach((x, i) => expect(x).toBeCloseTo(sum.logProbs[i] / 5, 6));
  });

  it('replayed from the stored latents, the log-prob is the very same number', () => {
    const input = request({
      rows: 200,
      dimensions: 5,
      childrenPerParent: 3,
      branchIndependence: 4,
    });
    const { latents, logProbs } = run(input);
    const { parents, velocities, step } = input;
    const normalizer = logNormalizer(step.std);
    logProbs.forEach((logProb, child) => {
      const from = Math.floor(child / 3) * 5;
      const to = child * 5;
      const edge = { next: latents, to, x: parents, from, v: velocities, own: from };
      const form = { dimensions: 5, step, normalizer, reduction: 'sum' } as const;
      expect(edgeLogProb({ ...edge, ...form })).toBe(logProb);
    });
  });

  it('does not depend on how many nodes are grown at once', () => {
    const whole = request({ rows: 8, childrenPerParent: 2, branchIndependence: 4 });
    const part = {
      ...whole,
      parents: whole.parents.subarray(10, 12),
      velocities: whole.velocities.subarray(10, 12),
      parentKeys: whole.parentKeys.subarray(10, 12),
      childKeys: whole.childKeys.subarray(20, 24),
    };
    const all = run(whole);
    const one = run(part);
    expect(one.latents).toEqual(all.latents.slice(20, 24));
    expect(one.logProbs).toEqual(all.logProbs.slice(10, 12));
  });
});
