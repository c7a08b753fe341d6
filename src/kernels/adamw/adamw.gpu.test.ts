import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OptimizerSettings } from '../../core/objective';
import type { OpenDevice } from '../../gpu/device';
import { openNodeDevice } from '../../gpu/nodeGpu';
import { adamwCase, adamwError, adamwOnCpu, adamwOnGpu } from './adamw.check';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

const settings: OptimizerSettings = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: Infinity,
};

it('100 steps end at the weights and moments of the twin', async () => {
  const input = adamwCase(130, 100, settings);
  const actual = await adamwOnGpu(open.device, input);
  expect(adamwError(actual, adamwOnCpu(input))).toBeLessThan(1e-5);
});

it.each([1, 4, 257, 40_000])('%i parameters, clipped by the global norm', async (length) => {
  const input = adamwCase(length, 2, { ...settings, maxGradientNorm: 0.05 });
  const actual = await adamwOnGpu(open.device, input);
  expect(actual.results.every(({ applied }) => applied)).toBe(true);
  expect(adamwError(actual, adamwOnCpu(input))).toBeLessThan(1e-5);
});

it.each([NaN, Infinity])(
  'a gradient of %f leaves weights and moments as they were',
  async (bad) => {
    const input = adamwCase(300, 2, settings);
    input.gradients[1][0][123] = bad;
    const actual = await adamwOnGpu(open.device, input);
    expect(actual.results.map(({ applied }) => applied)).toEqual([true, false]);
    const first = adamwOnCpu({ ...input, gradients: input.gradients.slice(0, 1) });
    expect(adamwError({ ...actual, results: first.results }, first)).toBeLessThan(1e-5);
  },
);
