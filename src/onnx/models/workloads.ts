/**
 * The three networks that every engine is measured on (docs/engine.md §1): A is bound by launches, B and C by
 * arithmetic.
 */
import { GraphBuilder } from '../builder';
import type { Graph } from '../graph';
import { buildDit } from './dit';
import { Initialiser, linear, type NormalSource, silu, timeFeatures } from './layers';

export interface Workload {
  readonly name: string;
  readonly batch: number;
  readonly graph: Graph;
}

export type WorkloadName = 'A' | 'B' | 'C';

/** MLP 32 → 128 → 128 → 128 → 2 on [x, 15 sines, 15 cosines]; 37,506 parameters in 8 tensors, 15 nodes. */
function plainMlp(normal: NormalSource): Graph {
  const builder = new GraphBuilder('workload-a');
  const source = new Initialiser(normal);
  const x = builder.input('x', [-1, 2]);
  const t = builder.input('t', [-1]);
  const time = timeFeatures(builder, t, 15, 20);
  let h = builder.add('Concat', [x, ...time], { axis: 1 });
  for (let layer = 0; layer < 3; layer++) {
    const size = { inputs: layer === 0 ? 32 : 128, outputs: 128 };
    h = silu(builder, linear(builder, source, `layer${layer}`, h, size));
  }
  const out = { inputs: 128, outputs: 2, output: 'v' };
  builder.output(linear(builder, source, 'out', h, out));
  return builder.build();
}

const transformer = {
  channels: 3,
  heads: 4,
  mlpRatio: 3,
  maxFrequency: 20,
  zeroStart: false,
} as const;
const condition = { kind: 'vector', size: 32 } as const;

const workloads: Readonly<Record<WorkloadName, (normal: NormalSource) => Workload>> = {
  A: (normal) => ({ name: 'MLP 32-128-128-128-2', batch: 1024, graph: plainMlp(normal) }),
  B: (normal) => ({
    name: 'DiT-small',
    batch: 32,
    graph: buildDit({
      ...transformer,
      ...{ height: 24, width: 24, patch: 3, dim: 96, blocks: 4, normal, condition },
    }),
  }),
  C: (normal) => ({
    name: 'DiT-tiny',
    batch: 64,
    graph: buildDit({
      ...transformer,
      ...{ height: 16, width: 16, patch: 2, dim: 64, blocks: 3, normal, condition },
    }),
  }),
};

/** Workload A, B or C with weights drawn from `normal`. */
export const buildWorkload = (name: WorkloadName, normal: NormalSource): Workload =>
  workloads[name](normal);
