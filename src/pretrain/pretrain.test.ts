import { describe, expect, test } from 'vitest';
import { EspalierError } from '../core/errors';
import type { PolicyModel } from '../onnx/graph';
import { pretrain } from './pretrain';
import type { PretrainOptions, TrainableNetwork } from './pretrain';
import { learningRateAt, updateAverage } from './schedule';

const model = { initialWeights: new Float32Array([0, 0]) } as PolicyModel;

/** v = w whatever the input: one velocity for everything. */
const constantNetwork: TrainableNetwork = {
  model,
  forward: (weights, { size }) =>
    Promise.resolve(Float32Array.from({ length: size * 2 }, (_, i) => weights[i % 2])),
  gradient: (weights, batch, dv, gradients) => {
    gradients.fill(0);
    dv.forEach((value, i) => (gradients[i % 2] += value));
    return constantNetwork.forward(weights, batch);
  },
};

const options: PretrainOptions = {
  seed: 3,
  steps: 300,
  batch: 64,
  learningRate: 0.05,
  warmUp: 10,
  beta1: 0.9,
  beta2: 0.99,
  average: 0.9,
  data: (count, seed) =>
    Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 1.5 : -0.5) + (seed % 3) - 1),
};

describe('pre-training', () => {
  test('a network that knows one velocity learns minus the mean of the data, E[ε − x0]', async () => {
    const weights = await pretrain(constantNetwork, options);
    expect(Math.abs(weights[0] + 1.5)).toBeLessThan(0.2);
    expect(Math.abs(weights[1] - 0.5)).toBeLessThan(0.2);
  });

  test('gives the same weights for the same seed and leaves the initial ones alone', async () => {
    const once = await pretrain(constantNetwork, { ...options, steps: 20 });
    const again = await pretrain(constantNetwork, { ...options, steps: 20 });
    const other = await pretrain(constantNetwork, { ...options, steps: 20, seed: 4 });
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
    expect([...model.initialWeights]).toEqual([0, 0]);
  });

  test('reports every step with its loss, which falls', async () => {
    const losses: number[] = [];
    const onStep = (step: number, loss: number) => (losses[step] = loss);
    await pretrain(constantNetwork, { ...options, onStep });
    expect(losses.length).toBe(300);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(losses.slice(-50))).toBeLessThan(mean(losses.slice(0, 10)));
  });

  test('stops with a named error when a gradient is not finite', async () => {
    const broken: TrainableNetwork = {
      ...constantNetwork,
      forward: (_, { size }) => Promise.resolve(new Float32Array(size * 2).fill(NaN)),
    };
    const failed = pretrain(broken, options);
    await expect(failed).rejects.toBeInstanceOf(EspalierError);
    await expect(failed).rejects.toMatchObject({ code: 'not-a-number' });
  });
});

describe('schedules', () => {
  test('the learning rate rises to its peak during the warm-up and falls in a line', () => {
    const schedule = { peak: 1, warmUp: 50, steps: 1000 };
    expect(learningRateAt(0, schedule)).toBeCloseTo(0.02, 12);
    expect(learningRateAt(49, schedule)).toBeCloseTo(0.951, 12);
    expect(learningRateAt(500, schedule)).toBe(0.5);
    expect(learningRateAt(999, schedule)).toBeCloseTo(0.001, 12);
  });

  test('the average of constant weights closes in by the decay each time', () => {
    const average = new Float32Array([0, 8]);
    updateAverage(average, new Float32Array([4, 8]), 0.75);
    expect([...average]).toEqual([1, 8]);
    updateAverage(average, new Float32Array([4, 8]), 0.75);
    expect([...average]).toEqual([1.75, 8]);
  });
});
