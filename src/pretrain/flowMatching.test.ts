import { describe, expect, test } from 'vitest';
import { flowBatch, flowMatchingLoss, weightedLoss } from './flowMatching';

const data = Float32Array.from({ length: 400 }, (_, i) => (i % 7) - 3);

describe('a training batch', () => {
  const { x, t, target } = flowBatch(data, 200, 5);

  test('lies on straight paths from data to the noise that target and data imply', () => {
    for (let i = 0; i < x.length; i++) {
      const time = t[i >> 1];
      expect(x[i]).toBeCloseTo((1 - time) * data[i] + time * (target[i] + data[i]), 5);
    }
  });

  test('has one time in each of N equal stretches of (0, 1)', () => {
    t.forEach((time, i) => expect(Math.floor(time * 200 + 1e-4)).toBe(i));
    expect(t[0]).toBeGreaterThan(0);
    expect(t[199]).toBeLessThan(1);
  });

  test('noises with standard normal numbers', () => {
    const noise = flowBatch(new Float32Array(20_000), 10_000, 1).target;
    const mean = noise.reduce((a, b) => a + b) / noise.length;
    const variance = noise.reduce((a, b) => a + b * b, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  test('follows from its seed', () => {
    expect(flowBatch(data, 200, 5)).toEqual({ size: 200, x, t, target, cond: null, weight: null });
    expect(flowBatch(data, 200, 6).x).not.toEqual(x);
  });
});

describe('the loss', () => {
  const { target } = flowBatch(data, 200, 5);
  const v = target.map((value, i) => value + ((i * 13) % 11) / 7 - 0.5);

  test('is the mean square of v − target', () => {
    const dv = new Float32Array(4);
    const loss = flowMatchingLoss(
      new Float32Array([1, 2, 3, 4]),
      new Float32Array([1, 0, 0, 4]),
      dv,
    );
    expect(loss).toBe(13 / 4);
    expect([...dv]).toEqual([0, 1, 1.5, 0]);
  });

  test('has the gradient that central differences give', () => {
    const dv = new Float32Array(v.length);
    const unused = new Float32Array(v.length);
    flowMatchingLoss(v, target, dv);
    for (const i of [0, 1, 57, 399]) {
      const [above, below] = [v.slice(), v.slice()];
      above[i] += 0.5;
      below[i] -= 0.5;
      const difference =
        flowMatchingLoss(above, target, unused) - flowMatchingLoss(below, target, unused);
      expect(difference).toBeCloseTo(dv[i], 7);
    }
  });
});

describe('x0-prediction', () => {
  const batch = flowBatch(data, 200, 5, { prediction: 'x0', timeShift: 1.5 });
  const plain = flowBatch(data, 200, 5);

  test('shifts the times towards noise and keeps them on (0, 1)', () => {
    batch.t.forEach((time, i) => {
      const uniform = plain.t[i];
      expect(time).toBeCloseTo((1.5 * uniform) / (1 + 0.5 * uniform), 6);
    });
  });

  test('weighs the error of the velocity so that it is the error of x̂0', () => {
    const prediction = data.map((value, i) => value + ((i * 7) % 5) / 10);
    const v = batch.x.map((value, i) => (value - prediction[i]) / Math.max(batch.t[i >> 1], 0.05));
    const error = data.reduce((sum, value, i) => sum + (prediction[i] - value) ** 2, 0);
    expect(weightedLoss(v, batch)).toBeCloseTo(error / data.length, 5);
  });

  test('has the same paths as v-prediction where the times are the same', () => {
    const unshifted = flowBatch(data, 200, 5, { prediction: 'x0', timeShift: 1 });
    expect(unshifted.x).toEqual(plain.x);
    plain.target.forEach((value, i) => {
      const time = plain.t[i >> 1];
      expect(unshifted.target[i]).toBeCloseTo(value * (time / Math.max(time, 0.05)), 3);
    });
  });
});
