import { describe, expect, test } from 'vitest';
import { Network } from '../engine/network';
import { buildDit } from '../onnx/models/dit';
import { testNormal } from '../onnx/models/testNormal';
import { policyFromGraph } from '../onnx/policy';
import { flowBatch, flowMatchingLoss, weightedLoss } from './flowMatching';
import type { BatchOptions } from './flowMatching';
import { regressionLearner } from './regression';

const wasm = { provider: 'wasm' } as const;
const model = policyFromGraph(
  buildDit({
    ...{ channels: 1, height: 2, width: 2, patch: 1, dim: 4, blocks: 1, heads: 1, mlpRatio: 1 },
    ...{ normal: testNormal(), prediction: 'x0', zeroStart: false, timeFeatures: 4 },
    condition: { kind: 'vector', size: 2 },
  }),
);
const size = 6;
const data = Float32Array.from({ length: size * 4 }, (_, i) => ((i * 5) % 7) / 3 - 1);
const cond = Float32Array.from({ length: size * 2 }, (_, i) => i % 2);
const drawn = (options: BatchOptions) => flowBatch(data, size, 9, options, cond);

describe('one run per training step', () => {
  test('gives the loss and the gradient of two runs with the loss between them', async () => {
    const batch = drawn({ prediction: 'v', timeShift: 1 });
    const weights = model.initialWeights;
    const network = await Network.create(model, wasm);
    const dv = new Float32Array(data.length);
    const loss = flowMatchingLoss(await network.forward(weights, batch), batch.target, dv);
    const expected = new Float32Array(weights.length);
    await network.gradient(weights, batch, dv, expected);
    const learner = await regressionLearner(model, wasm);
    const gradients = new Float32Array(weights.length);
    expect(await learner.step(weights, batch, gradients)).toBeCloseTo(loss, 6);
    gradients.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
    expect(expected.some((value) => Math.abs(value) > 0.01)).toBe(true);
    await network.destroy();
    await learner.close();
  });

  test('follows weighted losses: the gradient is what central differences give', async () => {
    const batch = drawn({ prediction: 'x0', timeShift: 2 });
    const learner = await regressionLearner(model, wasm);
    const network = await Network.create(model, wasm);
    const lossAt = async (weights: Float32Array) =>
      weightedLoss(await network.forward(weights, batch), batch);
    const gradients = new Float32Array(model.parameterLength);
    await learner.step(model.initialWeights, batch, gradients);
    const head = model.parameters.find(({ name }) => name.startsWith('final.head'))!;
    for (const at of [head.offset, head.offset + 2]) {
      const [above, below] = [model.initialWeights.slice(), model.initialWeights.slice()];
      above[at] += 0.02;
      below[at] -= 0.02;
      const difference = ((await lossAt(above)) - (await lossAt(below))) / 0.04;
      expect(Math.abs(difference - gradients[at])).toBeLessThan(1e-3);
    }
    await network.destroy();
    await learner.close();
  });
});
