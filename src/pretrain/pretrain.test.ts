import { describe, expect, test } from 'vitest';
import { EspalierError } from '../core/errors';
import { decodeCheckpoint, encodeCheckpoint, fingerprintOf } from './checkpoint';
import { flowBatch } from './flowMatching';
import { pretrain, startTraining, twoPassLearner } from './pretrain';
import type { PretrainOptions, TrainingState } from './pretrain';
import { learningRateAt, updateAverage } from './schedule';

const initialWeights = new Float32Array([0, 0]);

/** v = w whatever the input: one velocity for everything. */
const constantNetwork: Parameters<typeof twoPassLearner>[0] = {
  forward: (weights, { size }) =>
    Promise.resolve(Float32Array.from({ length: size * 2 }, (_, i) => weights[i % 2])),
  gradient: (weights, batch, dv, gradients) => {
    gradients.fill(0);
    dv.forEach((value, i) => (gradients[i % 2] += value));
    return constantNetwork.forward(weights, batch);
  },
};

const data = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count * 2 }, (_, i) => (i % 2 === 0 ? 1.5 : -0.5) + (seed % 3) - 1);

const options: PretrainOptions = {
  seed: 3,
  steps: 300,
  batch: 64,
  learningRate: 0.05,
  warmUp: 10,
  beta1: 0.9,
  beta2: 0.99,
  weightDecay: 0,
  maxGradientNorm: Infinity,
  average: 0.9,
  draw: (dataSeed, noiseSeed) => flowBatch(data(64, dataSeed), 64, noiseSeed),
};

async function trained(
  changes: Partial<PretrainOptions> = {},
  state = startTraining(initialWeights),
): Promise<TrainingState> {
  await pretrain(twoPassLearner(constantNetwork), state, { ...options, ...changes });
  return state;
}

describe('pre-training', () => {
  test('a network that knows one velocity learns minus the mean of the data, E[ε − x0]', async () => {
    const { average } = await trained();
    expect(Math.abs(average[0] + 1.5)).toBeLessThan(0.2);
    expect(Math.abs(average[1] - 0.5)).toBeLessThan(0.2);
  });

  test('gives the same weights for the same seed and leaves the initial ones alone', async () => {
    const [once, again] = [await trained({ steps: 20 }), await trained({ steps: 20 })];
    const other = await trained({ steps: 20, seed: 4 });
    expect(again).toEqual(once);
    expect(other.average).not.toEqual(once.average);
    expect([...initialWeights]).toEqual([0, 0]);
  });

  test('weight decay and a limit on the gradient change the course', async () => {
    const plain = await trained({ steps: 20 });
    for (const change of [{ weightDecay: 0.5 }, { maxGradientNorm: 0.01, beta2: 0.5 }]) {
      expect((await trained({ steps: 20, ...change })).weights).not.toEqual(plain.weights);
    }
  });

  test('reports every step with its loss, which falls', async () => {
    const losses: number[] = [];
    await trained({ onStep: (step, loss) => void (losses[step] = loss) });
    expect(losses.length).toBe(300);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(losses.slice(-50))).toBeLessThan(mean(losses.slice(0, 10)));
  });

  test('stops with a named error when a gradient is not finite', async () => {
    const broken: typeof constantNetwork = {
      ...constantNetwork,
      forward: (_, { size }) => Promise.resolve(new Float32Array(size * 2).fill(NaN)),
    };
    const failed = pretrain(twoPassLearner(broken), startTraining(initialWeights), options);
    await expect(failed).rejects.toBeInstanceOf(EspalierError);
    await expect(failed).rejects.toMatchObject({ code: 'not-a-number' });
  });
});

describe('a checkpoint', () => {
  const { draw: _, ...course } = options;
  const fingerprint = fingerprintOf(initialWeights, course);

  test('goes on to the same bits as training that never stopped', async () => {
    let saved = new Uint8Array();
    await trained({
      onStep: (step, __, state) => {
        if (step === 6) saved = Uint8Array.from(encodeCheckpoint(state, fingerprint));
      },
      steps: 20,
    });
    // As a Node buffer inside a larger one, which is how files are read.
    const read = Buffer.concat([Buffer.alloc(5), saved]).subarray(5);
    const state = decodeCheckpoint(read, fingerprint, 2)!;
    expect(state.steps).toBe(7);
    expect(await trained({ steps: 20 }, state)).toEqual(await trained({ steps: 20 }));
  });

  test('of another start or course, cut off or of something else, is not gone on with', () => {
    const bytes = encodeCheckpoint(startTraining(initialWeights), fingerprint);
    expect(decodeCheckpoint(bytes, fingerprint, 2)).toEqual(startTraining(initialWeights));
    const others = [
      fingerprintOf(new Float32Array([0, 1]), course),
      fingerprintOf(initialWeights, { ...course, steps: 301 }),
    ];
    for (const other of others) expect(decodeCheckpoint(bytes, other, 2)).toBeNull();
    expect(decodeCheckpoint(bytes.subarray(0, -4), fingerprint, 2)).toBeNull();
    expect(decodeCheckpoint(new Uint8Array(3), fingerprint, 2)).toBeNull();
    const noHeader = bytes.slice().fill(32, 4, 8);
    expect(decodeCheckpoint(noHeader, fingerprint, 2)).toBeNull();
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

  test('it can hold for a while and end above zero', () => {
    const schedule = { peak: 2, warmUp: 10, steps: 1000, hold: 0.6, floor: 0.05 };
    expect([10, 300, 600].map((step) => learningRateAt(step, schedule))).toEqual([2, 2, 2]);
    expect(learningRateAt(800, schedule)).toBeCloseTo(1.05, 12);
    expect(learningRateAt(1000, schedule)).toBeCloseTo(0.1, 12);
  });

  test('the average of constant weights closes in by the decay each time', () => {
    const average = new Float32Array([0, 8]);
    updateAverage(average, new Float32Array([4, 8]), 0.75);
    expect([...average]).toEqual([1, 8]);
    updateAverage(average, new Float32Array([4, 8]), 0.75);
    expect([...average]).toEqual([1.75, 8]);
  });
});
