/** A small untrained policy for points and the quickest run it can be trained in, for tests. */
import { resolveSettings } from '../config/resolve';
import type { Settings } from '../config/properties';
import { normals } from '../kernels/noise/noise.twin';
import { encodeModel } from '../onnx/format/encode';
import { buildPointMlp } from '../onnx/models/mlp';
import type { RunRequest } from './protocol';

/** An ONNX file whose every weight is random, the output layer included; `outputScale` can make it absurd. */
export function examplePolicy({ seed = 3, outputScale = 0.2 } = {}): Uint8Array {
  const values = new Float32Array(1 << 12);
  normals(seed, 4, 0, values.length, values, 0);
  const graph = buildPointMlp({ width: 8, layers: 1, normal: (i: number) => values[i] });
  const constants = new Map(
    [...graph.constants].map(([name, constant]) => {
      const { data, shape } = constant;
      const empty = data instanceof Float32Array && data.every((value) => value === 0);
      const filled = empty ? data.map((_, i) => outputScale * values[i + 100]) : data;
      return [name, { shape, data: filled }];
    }),
  );
  return encodeModel({ ...graph, constants });
}

export const quickSettings: Partial<Settings> = {
  trees: 2,
  splitSteps: [0],
  steps: 3,
  iterations: 3,
  updates: 1,
  evaluationSamples: 16,
  evaluationSteps: 2,
  evaluationInterval: 2,
};

/** A request for a run of 3 iterations on points/ring with the example policy on the CPU tier. */
export function exampleRequest(
  overrides: Partial<Settings> = {},
  request: Partial<RunRequest> = {},
): RunRequest {
  return {
    scene: 'points/ring',
    algorithm: 'branch-grpo',
    settings: resolveSettings('points/ring', 'branch-grpo', { ...quickSettings, ...overrides }),
    engine: 'ort-wasm',
    model: { name: 'example.onnx', bytes: examplePolicy() },
    checkpoint: null,
    landscape: null,
    ...request,
  };
}
