import { describe, expect, it } from 'vitest';
import {
  accumulateBuffers,
  accumulateLayout,
  accumulateShader,
  adamwBuffers,
  adamwLayout,
  adamwShader,
  squaredNormBuffers,
  squaredNormLayout,
  squaredNormShader,
} from '../adamw/adamw';
import { gatherBuffers, gatherLayout, gatherShader, type GatherKernel } from '../gather/gather';
import { fillBuffers, fillLayout, fillShader } from '../noise/noise';
import {
  policyGradientBuffers,
  policyGradientLayout,
  policyGradientShader,
  rowStatisticsLayout,
  totalsBuffers,
  totalsLayout,
  totalsShader,
} from '../policy_gradient/policyGradient';
import {
  samplerStepBuffers,
  samplerStepLayout,
  samplerStepShader,
} from '../sampler_step/samplerStep';
import { declaredBindings } from '../../gpu/pipelines';
import { foldedGrid } from './dispatch';
import { MAX_STEPS, stepConstantsLayout, stepTable } from './stepConstants';
import { declaredFields, structLayout } from './structLayout';

describe('struct layouts', () => {
  it.each([
    ['fill', fillLayout, fillShader],
    ['gather', gatherLayout, gatherShader],
    ['sampler step', samplerStepLayout, samplerStepShader(2)],
    ['step constants', stepConstantsLayout, samplerStepShader(2)],
    ['policy gradient', policyGradientLayout, policyGradientShader(2)],
    ['row statistics', rowStatisticsLayout, policyGradientShader(2)],
    ['totals', totalsLayout, totalsShader],
    ['accumulate', accumulateLayout, accumulateShader],
    ['squared norm', squaredNormLayout, squaredNormShader],
    ['adamw', adamwLayout, adamwShader],
  ])('of %s are the structs the shader declares', (_, layout, source) => {
    expect(declaredFields(source, layout.struct)).toEqual(layout.fields);
  });

  it('reading a struct of the shader ignores comments and knows when there is none', () => {
    const source = 'struct A {\n  // b: f32,\n  a: u32, // c: u32\n  d: vec2f\n}';
    expect(declaredFields(source, 'A')).toEqual([
      { name: 'a', type: 'u32' },
      { name: 'd', type: 'vec2f' },
    ]);
    expect(declaredFields(source, 'B')).toEqual([]);
  });

  it('write fields in order, infinity as the largest float', () => {
    const layout = structLayout('S', { a: 'u32', b: 'f32', c: 'f32' });
    const view = new DataView(new ArrayBuffer(16));
    layout.write(view, 4, { a: 7, b: 0.5, c: Infinity });
    expect(view.getUint32(4, true)).toBe(7);
    expect(view.getFloat32(8, true)).toBe(0.5);
    expect(view.getFloat32(12, true)).toBeGreaterThan(3.4e38);
    expect(Number.isFinite(view.getFloat32(12, true))).toBe(true);
  });
});

describe('buffers', () => {
  it.each([
    ['fill', fillBuffers, fillShader],
    ['gather', gatherBuffers, gatherShader],
    ['sampler step', samplerStepBuffers, samplerStepShader(2)],
    ['policy gradient', policyGradientBuffers, policyGradientShader(2)],
    ['totals', totalsBuffers, totalsShader],
    ['accumulate', accumulateBuffers, accumulateShader],
    ['squared norm', squaredNormBuffers, squaredNormShader],
    ['adamw', adamwBuffers, adamwShader],
  ])('of %s are those the shader declares', (_, buffers, source) => {
    const declared = declaredBindings(source).map(({ name }) => name);
    expect([...declared].sort()).toEqual([...buffers].sort());
  });

  it('that are missing or misnamed do not compile', () => {
    const binds = (kernel: GatherKernel, all: Parameters<GatherKernel['bind']>[0]) => {
      const { steps, ...others } = all;
      // @ts-expect-error steps is missing
      kernel.bind(others);
      // @ts-expect-error step is not the name of a buffer
      kernel.bind({ ...others, step: steps });
      return kernel.bind(all);
    };
    expect(binds).toBeTypeOf('function');
  });
});

describe('the table of steps', () => {
  const step = { sigma: 0.5, sigmaNext: 0.4, cx: 1, cv: -0.1, std: 0.2, klFactor: 0.25 };
  const nodes = { firstNode: 1, firstChild: 2, nodesPerTree: 1, childrenPerNode: 1 };

  it('holds 48 bytes a step, the stride of a uniform array', () => {
    expect(stepConstantsLayout.byteLength % 16).toBe(0);
    expect(stepTable([step], [nodes], 'sum', 2).byteLength).toBe(48);
  });

  it('refuses more steps than it can hold', () => {
    const many = new Array<typeof step>(MAX_STEPS + 1).fill(step);
    expect(() => stepTable(many, [], 'sum', 2)).toThrow(
      expect.objectContaining({ code: 'bad-setting' }) as Error,
    );
  });
});

it('grids beyond 65 535 workgroups are folded into two dimensions', () => {
  expect(foldedGrid(65_535)).toEqual([65_535, 1]);
  const [x, y] = foldedGrid(200_001);
  expect(y).toBe(4);
  expect(x).toBeLessThanOrEqual(65_535);
  expect(x * y).toBeGreaterThanOrEqual(200_001);
});
