/**
 * Makes a policy: flow matching with AdamW from random weights to averaged ones (scenes.md S1). The network is the CPU
 * tier's, one thread, so the result is the same bytes on every machine.
 */
import { EspalierError } from '../core/errors';
import { adamw } from '../kernels/adamw/adamw.twin';
import { threefry2x32 } from '../kernels/noise/noise.twin';
import type { Network } from '../engine/network';
import { flowBatch, flowMatchingLoss } from './flowMatching';
import { learningRateAt, updateAverage } from './schedule';

export interface PretrainOptions {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly warmUp: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Decay of the averaged weights, which are the result. */
  readonly average: number;
  /** Draws `count` samples of the data [count, D]. */
  readonly data: (count: number, seed: number) => Float32Array;
  /** Told after every step; the loss is that of the step's batch, before the step. */
  readonly onStep?: (step: number, loss: number) => void;
}

const STEP_STREAM = 0x70726574;

/** What training needs of a network. */
export type TrainableNetwork = Pick<Network, 'model' | 'forward' | 'gradient'>;

/** Averaged weights in the model's flat layout. @throws EspalierError 'not-a-number' when training runs away. */
export async function pretrain(
  network: TrainableNetwork,
  options: PretrainOptions,
): Promise<Float32Array> {
  const { seed, steps, batch, beta1, beta2 } = options;
  const weights = network.model.initialWeights.slice();
  const average = weights.slice();
  const gradients = new Float32Array(weights.length);
  const firstMoment = new Float32Array(weights.length);
  const secondMoment = new Float32Array(weights.length);
  for (let step = 0; step < steps; step++) {
    const [dataSeed, noiseSeed] = threefry2x32(seed, STEP_STREAM, step, 0);
    const { size, x, t, target } = flowBatch(options.data(batch, dataSeed), batch, noiseSeed);
    const inputs = { size, x, t, cond: null };
    const dv = new Float32Array(x.length);
    const loss = flowMatchingLoss(await network.forward(weights, inputs), target, dv);
    await network.gradient(weights, inputs, dv, gradients);
    const schedule = { peak: options.learningRate, warmUp: options.warmUp, steps };
    const { applied } = adamw({
      weights,
      gradients,
      firstMoment,
      secondMoment,
      updates: step,
      settings: {
        learningRate: learningRateAt(step, schedule),
        beta1,
        beta2,
        epsilon: 1e-8,
        weightDecay: 0,
        maxGradientNorm: Infinity,
      },
    });
    if (!applied) {
      throw new EspalierError(
        'not-a-number',
        `The gradient of step ${step} is not finite.`,
        'No file was written. Lower the learning rate.',
      );
    }
    updateAverage(average, weights, options.average);
    options.onStep?.(step, loss);
  }
  return average;
}
