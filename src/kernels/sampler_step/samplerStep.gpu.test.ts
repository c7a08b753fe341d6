import { afterAll, beforeAll, expect, it } from 'vitest';
import { samplerSteps, sigmaSchedule } from '../../core/sampler';
import type { OpenDevice } from '../../gpu/device';
import { openNodeDevice } from '../../gpu/nodeGpu';
import { largestError } from '../shared/scratch';
import { samplerStepCase, samplerStepOnCpu, samplerStepOnGpu } from './samplerStep.check';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

it.each([
  [7, 2, 1],
  [65, 2, 2],
  [5, 5, 3],
  [9, 33, 2],
  [3, 64, 4],
  [2, 1728, 2],
] as const)('%i rows, D = %i, K = %i: latents and log-probs of the twin', async (rows, d, k) => {
  for (const reduction of ['sum', 'mean'] as const) {
    const input = samplerStepCase(rows, d, k, { reduction });
    const actual = await samplerStepOnGpu(open.device, input);
    const expected = samplerStepOnCpu(input);
    expect(largestError(actual.latents, expected.latents)).toBeLessThan(1e-5);
    expect(largestError(actual.logProbs, expected.logProbs, 1e-2)).toBeLessThan(1e-4);
  }
});

it.each(['flow-sde', 'dance-sde', 'cps'] as const)(
  'every step of %s, all noise levels',
  async (sampler) => {
    for (const step of samplerSteps(sampler, 0.5, sigmaSchedule(6), (i) => i < 5)) {
      const input = samplerStepCase(6, 5, 2, { step, branchIndependence: Infinity });
      const actual = await samplerStepOnGpu(open.device, input);
      const expected = samplerStepOnCpu(input);
      expect(largestError(actual.latents, expected.latents)).toBeLessThan(1e-5);
      expect(largestError(actual.logProbs, expected.logProbs)).toBeLessThan(1e-4);
    }
  },
);

it('a deterministic step gives equal children and log-prob 0', async () => {
  const [step] = samplerSteps('ode', 0, sigmaSchedule(4), () => true);
  const input = samplerStepCase(5, 3, 2, { step });
  const { latents, logProbs } = await samplerStepOnGpu(open.device, input);
  expect(largestError(latents, samplerStepOnCpu(input).latents)).toBeLessThan(1e-6);
  for (let child = 0; child < 10; child += 2) {
    expect(latents.slice(child * 3, child * 3 + 3)).toEqual(
      latents.slice(child * 3 + 3, child * 3 + 6),
    );
  }
  expect([...logProbs]).toEqual(new Array(10).fill(0));
});

it.each([1, 4])(
  '100 000 pairs of siblings with s = %i: variance 1, correlation 1/(1+s²)',
  async (s) => {
    const step = { sigma: 0.5, sigmaNext: 0.4, cx: 0, cv: 0, std: 1, klFactor: 0 };
    const input = samplerStepCase(1000, 100, 2, { step, branchIndependence: s });
    const { latents } = await samplerStepOnGpu(open.device, input);
    let product = 0;
    let squares = 0;
    for (let row = 0; row < 1000; row++) {
      for (let i = row * 200; i < row * 200 + 100; i++) {
        product += latents[i] * latents[i + 100];
        squares += latents[i] ** 2 + latents[i + 100] ** 2;
      }
    }
    expect(Math.abs(squares / 200_000 - 1)).toBeLessThan(0.01);
    expect(Math.abs(product / 100_000 - 1 / (1 + s * s))).toBeLessThan(0.01);
  },
);
