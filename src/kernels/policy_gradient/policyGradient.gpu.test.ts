import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenDevice } from '../../gpu/device';
import { openNodeDevice } from '../../gpu/nodeGpu';
import { samplerStepCase, samplerStepOnGpu } from '../sampler_step/samplerStep.check';
import type { PolicyGradientCase } from './policyGradient.check';
import {
  policyGradientCase,
  policyGradientError,
  policyGradientOnCpu,
  policyGradientOnGpu,
} from './policyGradient.check';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

const plain: PolicyGradientCase = {
  parents: 5,
  dimensions: 2,
  children: 2,
  reduction: 'sum',
  objective: { clip: Infinity, referenceWeight: 0, referenceTerm: 'kl' },
  advantage: () => 1,
  distance: 0.02,
};

it.each([
  [2, 1],
  [2, 4],
  [5, 3],
  [33, 2],
  [64, 2],
  [1728, 2],
] as const)('D = %i, K = %i: gradients and totals of the twin', async (dimensions, children) => {
  for (const reduction of ['sum', 'mean'] as const) {
    for (const referenceTerm of ['kl', 'velocity'] as const) {
      const objective = { clip: Infinity, referenceWeight: 0.3, referenceTerm };
      const input = policyGradientCase({ ...plain, dimensions, children, reduction, objective });
      const actual = await policyGradientOnGpu(open.device, input);
      expect(policyGradientError(actual, policyGradientOnCpu(input))).toBeLessThan(1e-4);
    }
  }
});

it.each([
  [1, 0.5, 'inside'],
  [-1, 0.5, 'inside'],
  [1, 0.005, 'outside'],
  [-1, 0.005, 'outside'],
] as const)('A = %i, clip %f: ratios %s the clip', async (advantage, clip, where) => {
  const objective = { ...plain.objective, clip };
  const input = policyGradientCase({ ...plain, objective, advantage: () => advantage });
  const actual = await policyGradientOnGpu(open.device, input);
  if (where === 'inside') expect(actual.totals.clipped).toBe(0);
  else expect(actual.totals.clipped).toBeGreaterThan(0);
  expect(policyGradientError(actual, policyGradientOnCpu(input))).toBeLessThan(1e-4);
});

it.each([2, 5, 33, 64, 1728])(
  'the device replays its own steps with ratio exactly 1: D = %i',
  async (d) => {
    for (const reduction of ['sum', 'mean'] as const) {
      const grown = samplerStepCase(5, d, 2, { reduction });
      const rollout = await samplerStepOnGpu(open.device, grown);
      const input = policyGradientCase({
        ...plain,
        dimensions: d,
        reduction,
        distance: 0,
        rollout,
      });
      const { totals } = await policyGradientOnGpu(open.device, input);
      expect(totals.ratioDeviation).toBe(0);
      expect(totals.ratioSum).toBe(10);
    }
  },
);

it('edges without weight contribute nothing, steps without noise their reference term alone', async () => {
  for (const referenceTerm of ['kl', 'velocity'] as const) {
    for (const referenceWeight of [0, 1]) {
      const objective = { ...plain.objective, referenceWeight, referenceTerm };
      const input = policyGradientCase({ ...plain, objective });
      input.edgeWeights.fill(0, 5, 7);
      input.rows[4 + 3] = 1;
      const actual = await policyGradientOnGpu(open.device, input);
      expect(actual.dv.subarray(0, 2).every((x) => x === 0)).toBe(true);
      expect(actual.dv.subarray(2, 4).every((x) => x === 0)).toBe(referenceWeight === 0);
      expect(actual.totals.edges).toBe(6);
      expect(policyGradientError(actual, policyGradientOnCpu(input))).toBeLessThan(1e-4);
    }
  }
});

it('rows may have different numbers of children', async () => {
  const input = policyGradientCase({ ...plain, children: 3 });
  input.rows[2] = 1;
  input.rows[4 + 2] = 0;
  const actual = await policyGradientOnGpu(open.device, input);
  expect(actual.totals.edges).toBe(10);
  expect(policyGradientError(actual, policyGradientOnCpu(input))).toBeLessThan(1e-4);
});

it('more rows than one workgroup are all counted', async () => {
  const input = policyGradientCase({ ...plain, parents: 300 });
  const actual = await policyGradientOnGpu(open.device, input);
  expect(actual.totals.edges).toBe(600);
  expect(policyGradientError(actual, policyGradientOnCpu(input))).toBeLessThan(1e-4);
});

it('a NaN velocity is reported, and ratios far away stay finite', async () => {
  const broken = policyGradientCase(plain);
  broken.velocities[3] = NaN;
  expect((await policyGradientOnGpu(open.device, broken)).totals.nonFinite).toBe(true);
  const far = policyGradientCase({ ...plain, distance: 1e4, advantage: () => -1 });
  const { totals, dv } = await policyGradientOnGpu(open.device, far);
  expect(totals.nonFinite).toBe(false);
  expect(dv.every((x) => Number.isFinite(x))).toBe(true);
});
