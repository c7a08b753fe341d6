/** gather.wgsl beside gather.twin.ts: copies, so equal. */
import type { StepNodes } from '../shared/stepConstants';
import { STEP_TABLE_BYTES, stepTable } from '../shared/stepConstants';
import { largestError, withScratch } from '../shared/scratch';
import { createGatherKernel, gatherLayout, gatherWorkgroups } from './gather';
import type { GatherOutput } from './gather.twin';
import { gather } from './gather.twin';

export interface GatherCase {
  /** Two steps; two trees of one root that splits in two at step 0. */
  readonly sigmas: readonly [number, number];
  /** Listed rows [n, 4], or null for the nodes at `depth`. */
  readonly rows: Int32Array | null;
  readonly depth: number;
  readonly dimensions: number;
  readonly conditionLength: number;
}

const trees = 2;
const nodes: readonly StepNodes[] = [
  { firstNode: 0, firstChild: 2, nodesPerTree: 1, childrenPerNode: 2 },
  { firstNode: 2, firstChild: 6, nodesPerTree: 2, childrenPerNode: 1 },
];

const numbered = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i + 0.5);

const rowCount = ({ rows, depth }: GatherCase): number =>
  rows ? rows.length / 4 : nodes[depth].nodesPerTree * trees;

/** Inputs of the network by the twin. */
export function gatherOnCpu(options: GatherCase): GatherOutput {
  const { rows, depth, sigmas, dimensions, conditionLength } = options;
  const count = rowCount(options);
  const steps = Array.from({ length: count }, (_, row) => (rows ? rows[row * 4 + 3] : depth));
  const node = steps.map((step, row) => (rows ? rows[row * 4] : nodes[step].firstNode + row));
  const out = {
    x: new Float32Array(count * dimensions),
    t: new Float32Array(count),
    cond: new Float32Array(count * conditionLength),
  };
  gather(
    {
      nodes: node,
      trees: node.map((n, row) => {
        const { firstNode, nodesPerTree } = nodes[steps[row]];
        return Math.floor((n - firstNode) / nodesPerTree);
      }),
      sigmas: steps.map((step) => sigmas[step]),
      latents: numbered(6 * dimensions),
      conditions: conditionLength > 0 ? numbered(trees * conditionLength) : null,
      dimensions,
      conditionLength,
    },
    out,
  );
  return out;
}

/** Inputs of the network by the device. */
export function gatherOnGpu(device: GPUDevice, options: GatherCase): Promise<GatherOutput> {
  const { rows, depth, sigmas, dimensions, conditionLength } = options;
  const count = rowCount(options);
  const steps = sigmas.map((sigma) => ({
    sigma,
    sigmaNext: 0,
    cx: 1,
    cv: -1,
    std: 0,
    klFactor: 0,
  }));
  return withScratch(device, async (scratch) => {
    const x = scratch.empty('x', count * dimensions);
    const t = scratch.empty('t', count);
    const cond = scratch.empty('cond', Math.max(1, count * conditionLength));
    const buffers = {
      settings: scratch.uniform(gatherLayout, {
        listed: rows ? 1 : 0,
        step: depth,
        firstRow: 0,
        rows: count,
        dimensions,
        conditionLength,
      }),
      steps: scratch.uniformBytes(
        'steps',
        stepTable(steps, nodes, 'sum', dimensions),
        STEP_TABLE_BYTES,
      ),
      rows: scratch.storage('rows', rows ?? new Int32Array(4)),
      latents: scratch.storage('latents', numbered(6 * dimensions)),
      conditions: scratch.storage('conditions', numbered(Math.max(1, trees * conditionLength))),
      x,
      t,
      cond,
    };
    const workgroups = gatherWorkgroups(count, dimensions, conditionLength);
    scratch.run(await createGatherKernel(device), buffers, workgroups);
    return {
      x: await scratch.read(x, count * dimensions),
      t: await scratch.read(t, count),
      cond: (await scratch.read(cond, Math.max(1, count * conditionLength))).slice(
        0,
        count * conditionLength,
      ),
    };
  });
}

/** Largest error of three listed rows of five elements with conditions of three. */
export async function checkGather(device: GPUDevice): Promise<number> {
  const options: GatherCase = {
    sigmas: [1, 0.5],
    rows: Int32Array.of(4, 8, 1, 1, 1, 4, 2, 0, 2, 6, 1, 1),
    depth: 0,
    dimensions: 5,
    conditionLength: 3,
  };
  const actual = await gatherOnGpu(device, options);
  const expected = gatherOnCpu(options);
  return Math.max(
    largestError(actual.x, expected.x),
    largestError(actual.t, expected.t),
    largestError(actual.cond, expected.cond),
  );
}
