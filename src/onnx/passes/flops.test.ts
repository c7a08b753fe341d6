import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../builder';
import { flops } from './flops';
import { buildWorkload } from '../models/workloads';
import { testNormal } from '../models/testNormal';
import { policyFromGraph } from '../policy';

describe('floating-point operations', () => {
  test('are two per multiply-add of the matrix products, and nothing else', () => {
    const builder = new GraphBuilder('g');
    const x = builder.input('x', [-1, 3, 5]);
    const w = builder.constant('w', [5, 7], new Float32Array(35));
    const product = builder.add('MatMul', [x, w]);
    builder.output(builder.add('Sigmoid', [product], {}, 'v'));
    expect(flops(builder.build())).toBe(2 * 3 * 5 * 7);
    expect(flops(builder.build(), 4)).toBe(4 * 2 * 3 * 5 * 7);
  });

  test('of a product over the batch, as in gradients of weights', () => {
    const builder = new GraphBuilder('g');
    const x = builder.input('x', [-1, 5]);
    const dy = builder.input('dy', [-1, 7]);
    builder.output(builder.add('Gemm', [x, dy], { transA: 1 }, 'dw'));
    expect(flops(builder.build(), 6)).toBe(2 * 6 * 5 * 7);
  });

  test('of the MLP 32-128-128-128-2 are two per weight, and its gradient takes nearly three times as many', () => {
    const { forward, gradient } = policyFromGraph(buildWorkload('A', testNormal()).graph);
    expect(flops(forward)).toBe(2 * (32 * 128 + 2 * 128 * 128 + 128 * 2));
    const ratio = flops(gradient) / flops(forward);
    expect(ratio).toBeGreaterThan(2.7);
    expect(ratio).toBeLessThan(3);
  });
});
