import { describe, expect, it } from 'vitest';
import {
  accumulateLayout,
  accumulateShader,
  adamwLayout,
  adamwShader,
  squaredNormLayout,
  squaredNormShader,
} from '../adamw/adamw';
import { gatherLayout, gatherShader } from '../gather/gather';
import { fillLayout, fillShader } from '../noise/noise';
import {
  policyGradientLayout,
  policyGradientShader,
  rowStatisticsLayout,
  totalsLayout,
  totalsShader,
} from '../policy_gradient/policyGradient';
import { samplerStepLayout, samplerStepShader } from '../sampler_step/samplerStep';
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
