/** policyGradient.wgsl and totals.wgsl beside policyGradient.twin.ts. */
import { ROW } from '../../core/objective';
import type { Objective, Reduction } from '../../core/objective';
import type { SamplerStep } from '../../core/sampler';
import { samplerSteps, sigmaSchedule } from '../../core/sampler';
import { samplerStepCase, samplerStepOnCpu, testNormals } from '../sampler_step/samplerStep.check';
import type { SamplerStepOutput } from '../sampler_step/samplerStep.twin';
import type { StepNodes } from '../shared/stepConstants';
import { STEP_TABLE_BYTES, stepTable } from '../shared/stepConstants';
import { largestErrorOfScale, withScratch } from '../shared/scratch';
import {
  STATISTICS_LENGTH,
  createPolicyGradientKernel,
  createTotalsKernel,
  policyGradientLayout,
  policyGradientWorkgroups,
  totalsFrom,
  totalsLayout,
} from './policyGradient';
import type { PolicyGradientInput, PolicyGradientTotals } from './policyGradient.twin';
import { emptyTotals, policyGradient } from './policyGradient.twin';

export interface PolicyGradientCase {
  readonly parents: number;
  readonly dimensions: number;
  readonly children: number;
  readonly reduction: Reduction;
  readonly objective: Objective;
  readonly advantage: (node: number) => number;
  /** How far the velocities have moved since the rollout. */
  readonly distance: number;
  /** Who rolled out; by default the twin. */
  readonly rollout?: SamplerStepOutput;
}

export interface PolicyGradientResult {
  readonly dv: Float32Array;
  readonly totals: PolicyGradientTotals;
}

const nowhere: StepNodes = { firstNode: 0, firstChild: 0, nodesPerTree: 1, childrenPerNode: 1 };

/** Parents are the first nodes, their children follow; every step is the one of `samplerStepCase`. */
export function policyGradientCase(options: PolicyGradientCase): PolicyGradientInput {
  const { parents, dimensions, children, reduction, objective, distance } = options;
  const step = samplerSteps('flow-sde', 0.7, sigmaSchedule(10), () => true)[4];
  const deterministic: SamplerStep = { ...step, std: 0 };
  const grown = samplerStepCase(parents, dimensions, children, { step, reduction });
  const rollout = options.rollout ?? samplerStepOnCpu(grown);
  const nodes = parents * (1 + children);
  const rows = new Int32Array(parents * 4);
  for (let p = 0; p < parents; p++) rows.set([p, parents + p * children, children, 0], p * 4);
  return {
    rows,
    velocities: grown.velocities.map((v, i) => v + (i % 2 === 0 ? distance : -distance)),
    references: testNormals(parents * dimensions, 5),
    latents: Float32Array.of(...grown.parents, ...rollout.latents),
    logProbs: Float32Array.of(...new Float32Array(parents), ...rollout.logProbs),
    advantages: Float32Array.from({ length: nodes }, (_, node) => options.advantage(node)),
    edgeWeights: new Float32Array(nodes).fill(1 / (parents * children)),
    steps: [step, deterministic],
    reduction,
    objective,
    dimensions,
  };
}

/** dL/dv and totals by the twin. */
export function policyGradientOnCpu(input: PolicyGradientInput): PolicyGradientResult {
  const totals = emptyTotals();
  const dv = new Float32Array(input.velocities.length);
  policyGradient(input, { dv, statistics: totals });
  return { dv, totals };
}

/** dL/dv and totals by the device. */
export function policyGradientOnGpu(
  device: GPUDevice,
  input: PolicyGradientInput,
): Promise<PolicyGradientResult> {
  const { rows, dimensions, steps, objective } = input;
  const count = rows.length / 4;
  const table = stepTable(
    steps,
    steps.map(() => nowhere),
    input.reduction,
    dimensions,
  );
  const edges = new Float32Array(input.advantages.length * 2);
  input.advantages.forEach((advantage, i) => edges.set([advantage, input.edgeWeights[i]], i * 2));
  return withScratch(device, async (scratch) => {
    const dv = scratch.empty('dv', count * dimensions);
    const rowStatistics = scratch.empty('rowStatistics', count * 8);
    const statistics = scratch.empty('statistics', STATISTICS_LENGTH);
    const settings = scratch.uniform(policyGradientLayout, {
      firstRow: 0,
      rows: count,
      dimensions,
      maxChildren: Math.max(...rows.filter((_, i) => i % 4 === 2)),
      clip: objective.clip,
      referenceWeight: objective.referenceWeight,
      velocityTerm: objective.referenceTerm === 'velocity' ? 1 : 0,
    });
    const buffers = {
      settings,
      steps: scratch.uniformBytes('steps', table, STEP_TABLE_BYTES),
      rows: scratch.storage('rows', rows),
      velocities: scratch.storage('velocities', input.velocities),
      references: scratch.storage('references', input.references),
      latents: scratch.storage('latents', input.latents),
      logProbs: scratch.storage('logProbs', input.logProbs),
      edges: scratch.storage('edges', edges),
      dv,
      rowStatistics,
    };
    const kernel = await createPolicyGradientKernel(device, dimensions);
    scratch.run(kernel, buffers, policyGradientWorkgroups(count, dimensions));
    const totals = { settings: scratch.uniform(totalsLayout, { rows: count }), rowStatistics };
    scratch.run(await createTotalsKernel(device), { ...totals, statistics }, 1);
    return {
      dv: await scratch.read(dv, count * dimensions),
      totals: totalsFrom(await scratch.read(statistics, STATISTICS_LENGTH)),
    };
  });
}

/** Error of dL/dv as a share of its largest element, and of each total. */
export function policyGradientError(
  actual: PolicyGradientResult,
  expected: PolicyGradientResult,
): number {
  const losses = ({ totals }: PolicyGradientResult): number[] => [
    totals.policyLoss,
    totals.referenceLoss,
    totals.ratioSum,
    totals.ratioDeviation,
  ];
  const counts = ({ totals }: PolicyGradientResult): string =>
    [totals.clipped, totals.edges, totals.nonFinite].join();
  if (counts(actual) !== counts(expected)) return Infinity;
  return Math.max(
    largestErrorOfScale(actual.dv, expected.dv),
    largestErrorOfScale(losses(actual), losses(expected)),
  );
}

/** Largest error with edges clipped, advantages of both signs, a reference term, and a row that is only held to it. */
export async function checkPolicyGradient(device: GPUDevice): Promise<number> {
  let largest = 0;
  for (const dimensions of [5, 70]) {
    const input = policyGradientCase({
      parents: 6,
      dimensions,
      children: 3,
      reduction: 'sum',
      objective: { clip: 0.02, referenceWeight: 0.3, referenceTerm: 'kl' },
      advantage: (node) => (node % 2 === 0 ? 1 : -0.5),
      distance: 0.02,
    });
    input.rows[ROW.step] = 1;
    const actual = await policyGradientOnGpu(device, input);
    largest = Math.max(largest, policyGradientError(actual, policyGradientOnCpu(input)));
  }
  return largest;
}
