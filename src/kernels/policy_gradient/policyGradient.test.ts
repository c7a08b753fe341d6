import { describe, expect, it } from 'vitest';
import { samplerSteps, sigmaSchedule } from '../../core/sampler';
import type { Objective, Reduction } from '../../core/objective';
import { NOISE_STREAM, normals, sampleKeys } from '../noise/noise.twin';
import { samplerStep } from '../sampler_step/samplerStep.twin';
import type { PolicyGradientInput, PolicyGradientTotals } from './policyGradient.twin';
import { LOG_RATIO_LIMIT, emptyTotals, policyGradient } from './policyGradient.twin';

const steps = samplerSteps('flow-sde', 0.7, sigmaSchedule(10), (i) => i < 9);
const plain: Objective = { clip: Infinity, referenceWeight: 0, referenceTerm: 'kl' };

interface Case {
  readonly dimensions?: number;
  readonly children?: number;
  readonly step?: number;
  readonly reduction?: Reduction;
  readonly objective?: Objective;
  readonly advantage?: number;
  readonly weight?: number;
}

const gaussian = (count: number, seed: number): Float32Array => {
  const out = new Float32Array(count);
  normals(seed, 1, NOISE_STREAM.initial, count, out, 0);
  return out;
};

/** Two parents, each with K children, rolled out with `velocities`; nodes 0 and 1 are the parents. */
function rolledOut(options: Case = {}): PolicyGradientInput {
  const { dimensions = 2, children = 2, step = 4, reduction = 'sum', weight = 0.25 } = options;
  const nodes = 2 + 2 * children;
  const latents = gaussian(nodes * dimensions, 3);
  const logProbs = new Float32Array(nodes);
  const velocities = gaussian(2 * dimensions, 4);
  samplerStep(
    {
      parents: latents.slice(0, 2 * dimensions),
      velocities,
      childKeys: sampleKeys(1, 0, 2 * children),
      parentKeys: sampleKeys(1, 1, 2),
      childrenPerParent: children,
      step: steps[step],
      branchIndependence: 4,
      reduction,
      dimensions,
    },
    { latents: latents.subarray(2 * dimensions), logProbs: logProbs.subarray(2) },
  );
  return {
    rows: Int32Array.of(0, 2, children, step, 1, 2 + children, children, step),
    velocities,
    references: gaussian(2 * dimensions, 5),
    latents,
    logProbs,
    advantages: new Float32Array(nodes).fill(options.advantage ?? 1),
    edgeWeights: new Float32Array(nodes).fill(weight),
    steps,
    reduction,
    objective: options.objective ?? plain,
    dimensions,
  };
}

function run(input: PolicyGradientInput): { dv: Float32Array; statistics: PolicyGradientTotals } {
  const out = { dv: new Float32Array(input.velocities.length), statistics: emptyTotals() };
  policyGradient(input, out);
  return out;
}

/** The whole loss of the module's header in float64, written out again without the twin. */
function loss(input: PolicyGradientInput, v: Float64Array): number {
  const { rows, latents, dimensions: d, reduction, objective } = input;
  let total = 0;
  for (let row = 0; row < rows.length / 4; row++) {
    const [node, first, count, stepIndex] = rows.subarray(row * 4, row * 4 + 4);
    const { cx, cv, std } = input.steps[stepIndex];
    const perDimension = reduction === 'mean' ? d : 1;
    for (let child = first; child < first + count; child++) {
      let logProb = 0;
      let reference = 0;
      for (let i = 0; i < d; i++) {
        const velocity = v[row * d + i];
        const z = (latents[child * d + i] - cx * latents[node * d + i] - cv * velocity) / std;
        logProb += (-0.5 * z * z - Math.log(std * Math.sqrt(2 * Math.PI))) / perDimension;
        const drift = velocity - input.references[row * d + i];
        reference +=
          objective.referenceTerm === 'velocity'
            ? drift ** 2
            : (cv * drift) ** 2 / (2 * std * std * perDimension);
      }
      const ratio = Math.exp(logProb - input.logProbs[child]);
      const a = input.advantages[child];
      const clipped = Math.min(Math.max(ratio, 1 - objective.clip), 1 + objective.clip);
      const surrogate = Math.max(-a * ratio, -a * clipped);
      total += input.edgeWeights[child] * (surrogate + objective.referenceWeight * reference);
    }
  }
  return total;
}

/** Moves the velocities of a rolled-out case so far that every ratio is away from 1. */
function moved(options: Case, distance: number): PolicyGradientInput {
  const input = rolledOut(options);
  return {
    ...input,
    velocities: input.velocities.map((v, i) => v + (i % 2 ? -distance : distance)),
  };
}

function expectGradient(input: PolicyGradientInput): void {
  const { dv } = run(input);
  const step = 1e-5;
  dv.forEach((derivative, i) => {
    const up = Float64Array.from(input.velocities);
    const down = Float64Array.from(input.velocities);
    up[i] += step;
    down[i] -= step;
    const difference = (loss(input, up) - loss(input, down)) / (2 * step);
    expect(Math.abs(derivative - difference)).toBeLessThan(
      1e-5 * Math.max(1, Math.abs(difference)),
    );
  });
}

describe('policyGradient', () => {
  it.each([
    ['sum', 2, 1],
    ['sum', 5, 2],
    ['mean', 2, 3],
    ['mean', 7, 2],
  ] as const)(
    '∂logProb/∂v = (x′−μ)·c_v/std²: %s form, D = %i, K = %i',
    (reduction, dimensions, children) => {
      // At ratio 1, without clip, the loss of one edge is −A·ρ and its gradient −A·w·∂logProb/∂v.
      const input = rolledOut({ reduction, dimensions, children, advantage: -1, weight: 1 });
      const { dv } = run(input);
      const { cx, cv, std } = steps[4];
      dv.forEach((derivative, i) => {
        const row = Math.floor(i / dimensions);
        let expected = 0;
        for (let c = 0; c < children; c++) {
          const child = (2 + row * children + c) * dimensions + (i % dimensions);
          const distance = input.latents[child] - cx * input.latents[i] - cv * input.velocities[i];
          expected += (distance * cv) / std ** 2 / (reduction === 'mean' ? dimensions : 1);
        }
        expect(derivative).toBeCloseTo(expected, 4);
      });
      expectGradient(input);
    },
  );

  it.each([
    [1, 0.5, 'inside'],
    [-1, 0.5, 'inside'],
    [1, 0.001, 'outside'],
    [-1, 0.001, 'outside'],
  ] as const)(
    'is the gradient of the whole loss: A = %i, clip %f (ratios %s it)',
    (advantage, clip, where) => {
      for (const referenceTerm of ['kl', 'velocity'] as const) {
        const objective: Objective = { clip, referenceWeight: 0.3, referenceTerm };
        const input = moved({ advantage, objective, dimensions: 5, children: 3 }, 0.02);
        const { statistics } = run(input);
        expect(statistics.ratioDeviation).toBeGreaterThan(0.001);
        if (where === 'inside') expect(statistics.clipped).toBe(0);
        else expect(statistics.clipped).toBeGreaterThan(0);
        expect(statistics.clipped).toBeLessThan(statistics.edges);
        expectGradient(input);
        const total = statistics.policyLoss + objective.referenceWeight * statistics.referenceLoss;
        expect(total).toBeCloseTo(loss(input, Float64Array.from(input.velocities)), 6);
      }
    },
  );

  it('clips only moves away from ratio 1 that the advantage asks for', () => {
    const objective = { ...plain, clip: 0.001 };
    const up = run(moved({ advantage: 1, objective, children: 1 }, 0.05)).statistics;
    const down = run(moved({ advantage: -1, objective, children: 1 }, 0.05)).statistics;
    expect(up.edges).toBe(2);
    expect(up.clipped + down.clipped).toBe(2);
  });

  it.each([1, 2, 5, 7, 1728])('unchanged weights give ratio exactly 1: D = %i', (dimensions) => {
    for (const reduction of ['sum', 'mean'] as const) {
      const { statistics } = run(rolledOut({ dimensions, reduction }));
      expect(statistics.ratioDeviation).toBe(0);
      expect(statistics.ratioSum).toBe(4);
    }
  });

  it.each([
    ['sum', 1],
    ['mean', 5],
  ] as const)('the KL term is the %s of the Gaussian KL, ½κ²‖Δv‖²', (reduction, divisor) => {
    const objective: Objective = { clip: Infinity, referenceWeight: 1, referenceTerm: 'kl' };
    const options = { objective, dimensions: 5, children: 1, advantage: 0, weight: 1 };
    const input = rolledOut({ ...options, reduction });
    const { dv, statistics } = run(input);
    const { cx, cv, std } = steps[4];
    let divergence = 0;
    let squares = 0;
    input.velocities.forEach((v, i) => {
      const mean = cx * input.latents[i] + cv * v;
      const reference = cx * input.latents[i] + cv * input.references[i];
      divergence += (mean - reference) ** 2 / (2 * std ** 2) / divisor;
      squares += (v - input.references[i]) ** 2 / divisor;
    });
    expect(statistics.referenceLoss).toBeCloseTo(divergence, 6);
    expect(statistics.referenceLoss).toBeCloseTo(0.5 * steps[4].klFactor * squares, 6);
    expect(dv.every((x) => x !== 0)).toBe(true);
  });

  it('with β = 0 the reference term is measured and pulls at nothing', () => {
    const input = rolledOut({ advantage: 0 });
    const { dv, statistics } = run(input);
    expect(statistics.referenceLoss).toBeGreaterThan(0);
    expect([...dv]).toEqual(new Array(4).fill(0));
  });

  it('edges without weight contribute nothing', () => {
    const objective: Objective = { clip: 0.1, referenceWeight: 1, referenceTerm: 'velocity' };
    const idle = run(rolledOut({ weight: 0, objective }));
    expect(idle.statistics).toEqual(emptyTotals());
    expect([...idle.dv]).toEqual(new Array(4).fill(0));
  });

  it('steps without noise contribute the KL that they would have with it, and nothing else', () => {
    for (const reduction of ['sum', 'mean'] as const) {
      const objective: Objective = { clip: 0.1, referenceWeight: 0.3, referenceTerm: 'kl' };
      const input = rolledOut({ step: 9, reduction, objective });
      const noisy = samplerSteps('flow-sde', 0.7, sigmaSchedule(10), () => true)[9];
      const factor = (noisy.cv / noisy.std) ** 2 / (reduction === 'mean' ? 2 : 1);
      const differences = input.velocities.map((v, i) => v - input.references[i]);
      const squares = differences.reduce((sum, x) => sum + x * x, 0);
      const { dv, statistics } = run(input);
      expect(statistics).toEqual({ ...emptyTotals(), referenceLoss: expect.any(Number) as number });
      expect(statistics.referenceLoss).toBeCloseTo(0.5 * 0.5 * factor * squares, 5);
      dv.forEach((x, i) => expect(x).toBeCloseTo(0.3 * 0.5 * factor * differences[i], 5));
    }
  });

  it('micro-batches add up to the whole', () => {
    const input = moved({ children: 3, objective: { ...plain, clip: 0.01 } }, 0.02);
    const whole = run(input);
    const statistics = emptyTotals();
    const dv = new Float32Array(4);
    for (const row of [0, 1]) {
      const part = {
        ...input,
        rows: input.rows.subarray(row * 4, row * 4 + 4),
        velocities: input.velocities.subarray(row * 2, row * 2 + 2),
        references: input.references.subarray(row * 2, row * 2 + 2),
      };
      policyGradient(part, { dv: dv.subarray(row * 2, row * 2 + 2), statistics });
    }
    expect(dv).toEqual(whole.dv);
    expect(statistics.edges).toBe(whole.statistics.edges);
    expect(statistics.policyLoss).toBeCloseTo(whole.statistics.policyLoss, 12);
  });

  it('a policy far away keeps its ratios finite', () => {
    const { statistics, dv } = run(moved({ advantage: -1 }, 1e4));
    expect(statistics.nonFinite).toBe(false);
    expect(statistics.ratioSum).toBeLessThan(4 * Math.exp(LOG_RATIO_LIMIT));
    expect(dv.every((x) => Number.isFinite(x))).toBe(true);
  });

  it('NaN velocities are reported', () => {
    const input = rolledOut();
    input.velocities[1] = NaN;
    expect(run(input).statistics.nonFinite).toBe(true);
  });
});
