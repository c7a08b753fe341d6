/**
 * Makes a policy: regression to velocities (flowMatching.ts) with AdamW, from given weights to averaged ones. Every
 * batch is a function of (seed, step) and all that is carried from step to step is `TrainingState`, so training that
 * goes on from a checkpoint gives the same bits as training that never stopped.
 */
import { streams } from '../core/streams';
import { EspalierError } from '../core/errors';
import { adamw } from '../kernels/adamw/adamw.twin';
import { threefry2x32 } from '../kernels/noise/noise.twin';
import type { Network } from '../engine/network';
import { flowMatchingLoss } from './flowMatching';
import type { FlowBatch } from './flowMatching';
import { learningRateAt, updateAverage } from './schedule';
import type { LearningRateSchedule } from './schedule';

/** Everything about the course of training but its data. */
export interface Training extends Omit<LearningRateSchedule, 'peak'> {
  readonly seed: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
  /** Largest global norm of a gradient; Infinity never clips. */
  readonly maxGradientNorm: number;
  /** Decay of the averaged weights, which are the result. */
  readonly average: number;
}

export interface PretrainOptions extends Training {
  /** The batch of one step. Pure. */
  readonly draw: (dataSeed: number, noiseSeed: number) => FlowBatch;
  /** Told after every step; the loss is that of the step's batch, before the step. May be waited for. */
  readonly onStep?: (step: number, loss: number, state: TrainingState) => void | Promise<void>;
}

/** What training carries from one step to the next; flat vectors of the model's layout, changed in place. */
export interface TrainingState {
  /** Steps taken. */
  steps: number;
  readonly weights: Float32Array;
  readonly average: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** Computes losses: writes dL/dw over `gradients` and returns L. */
export interface Learner {
  step(weights: Float32Array, batch: FlowBatch, gradients: Float32Array): Promise<number>;
}

export const startTraining = (initialWeights: Float32Array): TrainingState => ({
  steps: 0,
  weights: initialWeights.slice(),
  average: initialWeights.slice(),
  firstMoment: new Float32Array(initialWeights.length),
  secondMoment: new Float32Array(initialWeights.length),
});

/** A learner of two network runs per step, with the loss of v-prediction between them. */
export const twoPassLearner = (network: Pick<Network, 'forward' | 'gradient'>): Learner => ({
  async step(weights, batch, gradients) {
    const dv = new Float32Array(batch.x.length);
    const loss = flowMatchingLoss(await network.forward(weights, batch), batch.target, dv);
    await network.gradient(weights, batch, dv, gradients);
    return loss;
  },
});

/**
 * Takes `state` from where it stands to the last step; its averaged weights are the policy.
 * @throws EspalierError 'not-a-number' when training runs away.
 */
export async function pretrain(
  learner: Learner,
  state: TrainingState,
  options: PretrainOptions,
): Promise<void> {
  const { seed, beta1, beta2, weightDecay, maxGradientNorm } = options;
  const gradients = new Float32Array(state.weights.length);
  while (state.steps < options.steps) {
    const step = state.steps;
    const [dataSeed, noiseSeed] = threefry2x32(seed, streams.pretraining, step, 0);
    const loss = await learner.step(state.weights, options.draw(dataSeed, noiseSeed), gradients);
    const { applied } = adamw({
      ...state,
      gradients,
      updates: step,
      settings: {
        learningRate: learningRateAt(step, { ...options, peak: options.learningRate }),
        beta1,
        beta2,
        epsilon: 1e-8,
        weightDecay,
        maxGradientNorm,
      },
    });
    if (!applied) {
      throw new EspalierError('not-a-number', 'gradientNotFinite', { step });
    }
    updateAverage(state.average, state.weights, options.average);
    state.steps = step + 1;
    await options.onStep?.(step, loss, state);
  }
}
