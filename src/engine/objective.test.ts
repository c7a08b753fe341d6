/**
 * The whole way from weights to loss, checked by finite differences (docs/methods.md §7, no. 3): the policy gradient's
 * dL/dv carried through the gradient graph is the derivative of the clipped objective with respect to single weights,
 * for both signs of the advantage, inside and outside the clip. The loss is written out again here in float64.
 */
import { describe, expect, test } from 'vitest';
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import { emptyTotals, policyGradient } from '../kernels/policy_gradient/policyGradient.twin';
import { normals, sampleKeys } from '../kernels/noise/noise.twin';
import { interpret } from '../onnx/interpret';
import type { Feed } from '../onnx/interpret';
import { buildPointMlp } from '../onnx/models/mlp';
import { policyFromGraph } from '../onnx/policy';

const D = 2;
const noise = new Float32Array(4096);
const [key0, key1] = sampleKeys(5, 0, 1);
normals(key0, key1, 0, noise.length, noise, 0);

const model = policyFromGraph(
  buildPointMlp({ width: 6, layers: 2, timeFeatures: 4, maxFrequency: 5, normal: (i) => noise[i] }),
);
const weights = Float64Array.from(model.initialWeights);
for (const { name, offset, length } of model.parameters) {
  if (name.startsWith('out')) for (let i = 0; i < length; i++) weights[offset + i] = noise[i];
}

const [step] = samplerSteps('flow-sde', 0.7, sigmaSchedule(10), () => true).slice(3);
const steps = [step];
const parent = Float32Array.of(0.4, -0.7);
const reference = Float32Array.of(0.1, 0.2);
const clip = 0.2;
const referenceWeight = 0.3;

function feeds(values: Float64Array): Map<string, Feed> {
  const result = new Map<string, Feed>([
    ['x', { shape: [1, D], data: parent }],
    ['t', { shape: [1], data: [Math.fround(step.sigma)] }],
  ]);
  for (const { name, shape, offset, length } of model.parameters) {
    result.set(name, { shape, data: values.subarray(offset, offset + length) });
  }
  return result;
}

const velocity = (values: Float64Array): Float64Array =>
  interpret(model.forward, feeds(values)).get('v')?.data ?? new Float64Array();

/** −½‖(x′ − μ)/std‖² up to its constant. */
function logProb(child: ArrayLike<number>, v: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < D; d++) {
    sum -= (child[d] - step.cx * parent[d] - step.cv * v[d]) ** 2 / (2 * step.std * step.std);
  }
  return sum;
}

const start = velocity(weights);
const child = Float32Array.from(
  start,
  (v, d) => step.cx * parent[d] + step.cv * v + step.std * (d - 0.4),
);

function loss(values: Float64Array, advantage: number, oldLogProb: number): number {
  const v = velocity(values);
  const ratio = Math.exp(logProb(child, v) - oldLogProb);
  const bounded = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
  const policy = Math.max(-advantage * ratio, -advantage * bounded);
  const kappa2 = (step.cv / step.std) ** 2;
  const distance = v.reduce((sum, x, d) => sum + (x - reference[d]) ** 2, 0);
  return policy + referenceWeight * 0.5 * kappa2 * distance;
}

describe.each([
  ['inside the clip', 0.05],
  ['above the clip', 0.5],
  ['below the clip', -0.5],
])('a ratio %s', (_where, logRatio) => {
  test.each([1.5, -1.5])(
    'with advantage %f: three weights move the loss as their gradients say',
    (advantage) => {
      const constant = -D * (Math.log(step.std) + 0.5 * Math.log(2 * Math.PI));
      const oldLogProb = logProb(child, start) - logRatio;
      const dv = new Float32Array(D);
      policyGradient(
        {
          rows: Int32Array.of(0, 1, 1, 0),
          velocities: Float32Array.from(start),
          references: reference,
          latents: Float32Array.of(...parent, ...child),
          logProbs: Float32Array.of(0, oldLogProb + constant),
          advantages: Float32Array.of(0, advantage),
          edgeWeights: Float32Array.of(0, 1),
          steps,
          reduction: 'sum',
          objective: { clip, referenceWeight, referenceTerm: 'kl' },
          dimensions: D,
        },
        { dv, statistics: emptyTotals() },
      );
      const gradients = interpret(
        model.gradient,
        feeds(weights).set('dv', { shape: [1, D], data: dv }),
      );
      for (const name of ['in.weight', 'layer1.weight', 'out.bias']) {
        const parameter = model.parameters.find((candidate) => candidate.name === name);
        if (!parameter) throw new Error(`The network has no ${name}.`);
        const at = parameter.length - 1;
        const moved = (by: number): Float64Array => {
          const values = weights.slice();
          values[parameter.offset + at] += by;
          return values;
        };
        const h = 1e-5;
        const difference =
          (loss(moved(h), advantage, oldLogProb) - loss(moved(-h), advantage, oldLogProb)) /
          (2 * h);
        const derivative = gradients.get(`d_${name}`)?.data[at] ?? NaN;
        expect(Math.abs(derivative - difference)).toBeLessThan(
          2e-5 * Math.max(1, Math.abs(difference)),
        );
        expect(Math.abs(difference)).toBeGreaterThan(1e-4);
      }
    },
  );
});
