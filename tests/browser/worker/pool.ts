/** What the cores' workers compute, in page and terminal alike. */
import { sha256 } from '../../../src/core/sha256';
import { networkFiles } from '../../../src/engine/network';
import { OrtModel } from '../../../src/engine/ortModel';
import type { Cores } from '../../../src/engine/pool/cores';
import { ShardPool } from '../../../src/engine/pool/pool';
import { grainOf } from '../../../src/engine/pool/shard';
import { randomPolicy } from '../../../src/engine/testRuns';
import { buildPointMlp } from '../../../src/onnx/models/mlp';
import { testNormal } from '../../../src/onnx/models/testNormal';

const ROWS = 2048;

/** How many threads came to work, and hashes of velocities and gradients of a batch that they share. */
export async function poolUnderTest(
  cores: Cores | null,
): Promise<{ size: number; velocities: string; gradient: string }> {
  const normal = testNormal();
  const time = { timeFeatures: 4, maxFrequency: 5 };
  const model = randomPolicy(buildPointMlp({ width: 16, layers: 2, ...time, normal }));
  const files = networkFiles(model);
  const pool = new ShardPool(files, (bytes) => OrtModel.open(bytes, { provider: 'wasm' }), {
    ...{ cores, grain: grainOf(files.dimensions) },
  });
  pool.setWeights('policy', model.initialWeights);
  await pool.start();
  const x = Float32Array.from({ length: ROWS * 2 }, (_, i) => normal(i));
  const t = Float32Array.from({ length: ROWS }, (_, i) => (i + 0.5) / ROWS);
  const hash = (values: Float32Array): string => sha256(new Uint8Array(values.buffer));
  const velocities = hash(await pool.forward('policy', { x, t, cond: null }));
  const gradient = hash(await pool.gradient({ x, t, cond: null, dv: x }));
  const { size } = pool;
  pool.destroy();
  return { size, velocities, gradient };
}
