import { describe, expect, test } from 'vitest';
import { sampleKeys } from '../kernels/noise/noise.twin';
import { samplerStep } from '../kernels/sampler_step/samplerStep.twin';
import { samplerNames, samplerSteps, sigmaSchedule } from './sampler';
import type { SamplerName, SamplerStep } from './sampler';

/** The reference tables are printed to two decimals, some rounded up; half a unit and a little is their precision. */
function expectNear(values: number[], reference: readonly number[]): void {
  expect(values).toHaveLength(reference.length);
  values.forEach((value, i) => expect(Math.abs(value - reference[i])).toBeLessThan(0.006));
}

const allButLast = (count: number) => (step: number) => step < count - 1;

function stepsOf(sampler: SamplerName, noise: number, count: number, shift = 1): SamplerStep[] {
  return samplerSteps(sampler, noise, sigmaSchedule(count, shift), allButLast(count));
}

/** Variance ratio to the true marginal after each step, for data N(0, S²) and the optimal (linear) velocity. */
function varianceRatios(steps: readonly SamplerStep[], spread: number): number[] {
  const s2 = spread * spread;
  const marginal = (sigma: number): number => (1 - sigma) ** 2 * s2 + sigma ** 2;
  let variance = 1;
  return steps.map(({ sigma, sigmaNext, cx, cv, std }) => {
    variance = (cx + cv * velocitySlope(sigma, s2)) ** 2 * variance + std * std;
    return variance / marginal(sigmaNext);
  });
}

/** v/x of the optimal velocity: x̂0 = (1−σ)S²/((1−σ)²S² + σ²)·x and v = (x − x̂0)/σ. */
function velocitySlope(sigma: number, s2: number): number {
  return (1 - ((1 - sigma) * s2) / ((1 - sigma) ** 2 * s2 + sigma ** 2)) / sigma;
}

test('schedules match the reference values', () => {
  const shifted = sigmaSchedule(10, 3).map((sigma) => Number(sigma.toFixed(4)));
  expect(shifted).toEqual([
    1, 0.9643, 0.9231, 0.875, 0.8182, 0.75, 0.6667, 0.5625, 0.4286, 0.25, 0,
  ]);
  expect(sigmaSchedule(4)).toEqual([1, 0.75, 0.5, 0.25, 0]);
});

test('without noise every sampler is the Euler ODE step, bit for bit', () => {
  const euler = stepsOf('ode', 0.7, 10);
  for (const sampler of samplerNames) expect(stepsOf(sampler, 0, 10)).toEqual(euler);
});

test('CPS keeps the total noise: q² + std² = σ′²', () => {
  for (const noise of [0.2, 0.5, 0.8]) {
    for (const { sigmaNext, cx, std } of stepsOf('cps', noise, 10)) {
      const q = cx - (1 - sigmaNext);
      if (std > 0) expect(q * q + std * std).toBeCloseTo(sigmaNext * sigmaNext, 14);
    }
  }
});

describe('velocity sensitivity κ matches docs/methods.md §2.2', () => {
  const kappa = (sampler: SamplerName, noise: number): number[] =>
    samplerSteps(sampler, noise, sigmaSchedule(10), () => true).map(({ klFactor }) =>
      Math.sqrt(klFactor),
    );
  test('Flow-SDE', () => {
    expectNear(
      kappa('flow-sde', 0.7).slice(1),
      [0.19, 0.28, 0.37, 0.46, 0.56, 0.69, 0.86, 1.13, 1.69],
    );
  });
  test('Dance-SDE', () => {
    expectNear(
      kappa('dance-sde', 0.3),
      [1.05, 1.06, 1.07, 1.07, 1.09, 1.1, 1.13, 1.17, 1.24, 1.48],
    );
  });
  test('CPS', () => {
    expectNear(kappa('cps', 0.8).slice(0, 9), [0.12, 0.2, 0.3, 0.39, 0.5, 0.63, 0.79, 1.03, 1.63]);
  });
});

test('a deterministic step knows the KL that it would have with noise', () => {
  for (const sampler of samplerNames) {
    const factors = (stochastic: boolean): number[] =>
      samplerSteps(sampler, 0.7, sigmaSchedule(10), () => stochastic).map((s) => s.klFactor);
    expect(factors(false)).toEqual(factors(true));
    expect(factors(false).every(Number.isFinite)).toBe(true);
    expect(factors(false)[4] > 0).toBe(sampler !== 'ode');
  }
});

describe('noise after a step relative to σ′ matches the table of docs/methods.md §2.3', () => {
  const excess = (sampler: SamplerName, noise: number, shift: number): number[] =>
    stepsOf(sampler, noise, 10, shift)
      .slice(0, 9)
      .map(({ sigma, sigmaNext, cx, cv, std }) => {
        const epsilon = cx * sigma + cv;
        return Math.sqrt(epsilon * epsilon + std * std) / sigmaNext;
      });
  test.each([
    ['flow-sde', 0.7, 1, [1.07, 1.08, 1.04, 1.03, 1.03, 1.04, 1.05, 1.1, 1.31]],
    ['flow-sde', 0.7, 3, [1.04, 1.06, 1.03, 1.02, 1.02, 1.02, 1.03, 1.07, 1.24]],
    ['dance-sde', 0.3, 1, [1, 1, 1, 1, 1, 1.01, 1.01, 1.04, 1.23]],
    ['dance-sde', 0.7, 1, [1, 1.01, 1.01, 1.01, 1.02, 1.04, 1.09, 1.26, 2.23]],
    ['cps', 0.8, 1, [1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ] as const)('%s %f, shift %f', (sampler, noise, shift, reference) => {
    expectNear(excess(sampler, noise, shift), reference);
  });
});

describe('marginal variance on Gaussian data matches the table of docs/methods.md §2.4', () => {
  const round = (x: number): number => Number(x.toFixed(3));
  const final = (steps: SamplerStep[], spread: number): number =>
    round(varianceRatios(steps, spread).at(-1) ?? NaN);
  const largest = (steps: SamplerStep[], spread: number): number =>
    Math.max(...varianceRatios(steps, spread));

  test.each([
    ['ode', 0, 0.773, 0.987, 0.997, 0.445, 0.963],
    ['flow-sde', 0.7, 0.931, 1.009, 1.006, 0.695, 0.986],
    ['dance-sde', 0.7, 0.838, 0.991, 0.998, 1.244, 1.036],
    ['cps', 0.8, 0.524, 0.642, 0.651, 0.346, 0.612],
  ] as const)('%s %f', (sampler, noise, broad10, broad200, broad1000, narrow10, narrow200) => {
    expect(final(stepsOf(sampler, noise, 10), 1)).toBe(broad10);
    expect(final(stepsOf(sampler, noise, 200), 1)).toBe(broad200);
    expect(final(stepsOf(sampler, noise, 1000), 1)).toBe(broad1000);
    expect(final(stepsOf(sampler, noise, 10), 0.12)).toBe(narrow10);
    expect(final(stepsOf(sampler, noise, 200), 0.12)).toBe(narrow200);
  });
  test('the first Flow-SDE step keeps the early marginals too wide, however many steps', () => {
    expect(largest(stepsOf('flow-sde', 0.7, 10), 1)).toBeCloseTo(1.19, 2);
    expect(largest(stepsOf('flow-sde', 0.7, 1000), 1)).toBeCloseTo(1.095, 3);
    expect(largest(stepsOf('dance-sde', 0.7, 10), 0.12)).toBeCloseTo(2.31, 2);
  });
});

test.each([
  ['flow-sde', 0.7, 0.931],
  ['dance-sde', 0.7, 0.838],
  ['cps', 0.8, 0.524],
] as const)(
  'the stochastic step itself reaches those variances within 1 % (%s)',
  (sampler, noise, expected) => {
    const count = 200_000;
    const dimensions = 2;
    let latents = new Float32Array(count);
    const rows = count / dimensions;
    let keys = sampleKeys(7, 0, rows);
    latents = Float32Array.from(unitNormals(rows, dimensions));
    stepsOf(sampler, noise, 10).forEach((step, i) => {
      const velocities = latents.map((x) => velocitySlope(step.sigma, 1) * x);
      const childKeys = sampleKeys(7, i + 1, rows);
      const out = { latents: new Float32Array(count), logProbs: new Float32Array(rows) };
      const request = {
        childrenPerParent: 1,
        step,
        branchIndependence: Infinity,
        reduction: 'sum',
        dimensions,
      } as const;
      samplerStep({ ...request, parents: latents, velocities, childKeys, parentKeys: keys }, out);
      latents = out.latents;
      keys = childKeys;
    });
    const variance = latents.reduce((sum, x) => sum + x * x, 0) / count;
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.01);
  },
);

/** Unit Gaussian start, drawn by the noise kernel's twin through a step that is noise only. */
function unitNormals(rows: number, dimensions: number): Float32Array {
  const out = { latents: new Float32Array(rows * dimensions), logProbs: new Float32Array(rows) };
  const zeros = new Float32Array(rows * dimensions);
  const step: SamplerStep = { sigma: 1, sigmaNext: 1, cx: 0, cv: 0, std: 1, klFactor: 0 };
  const keys = sampleKeys(11, 0, rows);
  const request = {
    childrenPerParent: 1,
    step,
    branchIndependence: Infinity,
    reduction: 'sum',
    dimensions,
  } as const;
  samplerStep(
    { ...request, parents: zeros, velocities: zeros, childKeys: keys, parentKeys: keys },
    out,
  );
  return out.latents;
}
