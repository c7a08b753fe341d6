/** Our CPU tier as a visitor has it: shards of the batch on every core, gradients added up in the fixed tree. */
import { networkFiles } from '../../src/engine/network';
import { loadOrt } from '../../src/engine/ort';
import { OrtModel } from '../../src/engine/ortModel';
import { pageCores } from '../../src/engine/pool/pageCores';
import { ShardPool } from '../../src/engine/pool/pool';
import { grainOf } from '../../src/engine/pool/shard';
import { gradientName } from '../../src/onnx/graph';
import type { PolicyModel } from '../../src/onnx/graph';
import { loadPolicy } from '../../src/onnx/policy';
import type { Inputs, Workload } from '../workload';
import type { BenchEngine, Outputs } from './engine';

export class PoolBench implements BenchEngine {
  #prepared: { pool: ShardPool; model: PolicyModel; inputs: Inputs } | null = null;
  #gradients: Float32Array | null = null;

  async load(): Promise<void> {
    await loadOrt('wasm');
  }

  async prepare(workload: Workload, inputs: Inputs): Promise<void> {
    const model = loadPolicy(await workload.graph());
    const files = networkFiles(model);
    const pool = new ShardPool(files, (bytes) => OrtModel.open(bytes, { provider: 'wasm' }), {
      ...{ cores: pageCores(), grain: grainOf(files.dimensions) },
    });
    pool.setWeights('policy', model.initialWeights);
    await pool.open();
    // As in a run, where the first iteration starts the workers: a batch that is not shared needs none.
    if (pool.splits(inputs.batch)) await pool.start();
    this.#prepared = { pool, model, inputs };
  }

  async forward(): Promise<void> {
    const { pool, inputs } = this.#ready();
    await pool.forward('policy', inputs);
    this.#gradients = null;
  }

  async gradient(): Promise<void> {
    const { pool, inputs } = this.#ready();
    this.#gradients = await pool.gradient(inputs);
  }

  async read(): Promise<Outputs> {
    const { pool, model, inputs } = this.#ready();
    const outputs: Record<string, Float32Array> = { v: await pool.forward('policy', inputs) };
    if (!this.#gradients) return outputs;
    for (const { name, offset, length } of model.parameters) {
      outputs[gradientName(name)] = this.#gradients.slice(offset, offset + length);
    }
    return outputs;
  }

  dispose(): Promise<void> {
    this.#ready().pool.destroy();
    this.#prepared = null;
    return Promise.resolve();
  }

  #ready(): { pool: ShardPool; model: PolicyModel; inputs: Inputs } {
    if (!this.#prepared) throw new Error('prepare() comes first.');
    return this.#prepared;
  }
}
