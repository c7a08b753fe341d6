import { describe, expect, it } from 'vitest';
import type { OptimizerSettings } from '../../core/objective';
import { accumulate, adamw, globalNorm, wholePower } from './adamw.twin';

const settings: OptimizerSettings = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: Infinity,
};

const state = (weights: number[]) => ({
  weights: Float32Array.from(weights),
  firstMoment: new Float32Array(weights.length),
  secondMoment: new Float32Array(weights.length),
});

describe('adamw', () => {
  it('takes the first two steps as worked out by hand', () => {
    // Step 1 is w·(1 − .001) − .1·sign(g); step 2 has m̂ and v̂ written out.
    const s = state([1, -2, 3]);
    const rows = [
      [0.5, -1, 0.25],
      [-0.3, 0.2, 0.1],
    ];
    rows.forEach((g, updates) => {
      adamw({ ...s, gradients: Float32Array.from(g), updates, settings });
      if (updates === 0) {
        [0.899, -1.898, 2.897].forEach((w, i) => expect(s.weights[i]).toBeCloseTo(w, 6));
      }
    });
    [0, 1, 2].forEach((i) => {
      const [a, b] = [rows[0][i], rows[1][i]];
      const m = (0.9 * 0.1 * a + 0.1 * b) / (1 - 0.9 ** 2);
      const v = (0.999 * 0.001 * a * a + 0.001 * b * b) / (1 - 0.999 ** 2);
      const before = [0.899, -1.898, 2.897][i];
      expect(s.weights[i]).toBeCloseTo(before * 0.999 - (0.1 * m) / (Math.sqrt(v) + 1e-8), 6);
    });
  });

  it('walks to the minimum of a quadratic', () => {
    const s = state([5, -3]);
    for (let updates = 0; updates < 500; updates++) {
      const gradients = Float32Array.of(2 * (s.weights[0] - 1), 8 * (s.weights[1] - 2));
      adamw({ ...s, gradients, updates, settings: { ...settings, weightDecay: 0 } });
    }
    expect(s.weights[0]).toBeCloseTo(1, 2);
    expect(s.weights[1]).toBeCloseTo(2, 2);
  });

  it('clips by the global norm and reports the norm before clipping', () => {
    const clipped = state([1, 1]);
    const scaled = state([1, 1]);
    const limit = { ...settings, maxGradientNorm: 1 };
    const result = adamw({
      ...clipped,
      gradients: Float32Array.of(3, 4),
      updates: 0,
      settings: limit,
    });
    adamw({ ...scaled, gradients: Float32Array.of(0.6, 0.8), updates: 0, settings });
    expect(result).toEqual({ gradientNorm: 5, applied: true });
    clipped.firstMoment.forEach((m, i) => expect(m).toBeCloseTo(scaled.firstMoment[i], 7));
    clipped.weights.forEach((w, i) => expect(w).toBeCloseTo(scaled.weights[i], 6));
  });

  it('weight decay acts without a gradient, and a zero stays zero', () => {
    const s = state([2, 0]);
    adamw({ ...s, gradients: new Float32Array(2), updates: 0, settings });
    expect(s.weights[0]).toBeCloseTo(2 * (1 - 0.1 * 0.01), 6);
    expect(s.weights[1]).toBe(0);
  });

  it.each([NaN, Infinity, -Infinity])('a gradient of %f changes nothing and is reported', (bad) => {
    const s = state([1, 2]);
    const result = adamw({ ...s, gradients: Float32Array.of(0.5, bad), updates: 3, settings });
    expect(result.applied).toBe(false);
    expect(Number.isFinite(result.gradientNorm)).toBe(false);
    expect(s).toEqual(state([1, 2]));
  });
});

it('wholePower multiplies by squaring', () => {
  expect(wholePower(0.9, 0)).toBe(1);
  expect(wholePower(0.9, 1)).toBe(0.9);
  expect(wholePower(2, 31)).toBe(2 ** 31);
  expect(wholePower(0.999, 1000)).toBeCloseTo(0.999 ** 1000, 12);
});

it('accumulate adds in place', () => {
  const total = Float32Array.of(1, 2);
  accumulate(total, Float32Array.of(0.5, -2));
  expect([...total]).toEqual([1.5, 0]);
  expect(globalNorm(Float32Array.of(3, 4))).toBe(5);
});
