/** One core of our CPU tier: `Network` over onnxruntime-web WASM on one thread, gradients into one flat vector. */
import { Network } from '../../src/engine/network';
import type { Batch } from '../../src/engine/network';
import { loadOrt } from '../../src/engine/ort';
import { gradientName } from '../../src/onnx/graph';
import type { PolicyModel } from '../../src/onnx/graph';
import { loadPolicy } from '../../src/onnx/policy';
import type { Inputs, Workload } from '../workload';
import type { BenchEngine, Outputs } from './engine';

interface Prepared {
  readonly network: Network;
  readonly model: PolicyModel;
  readonly batch: Batch;
  readonly dv: Float32Array;
  readonly gradients: Float32Array;
}

export class OrtWasmBench implements BenchEngine {
  #prepared: Prepared | null = null;
  #velocities: Float32Array = new Float32Array(0);
  #last: 'forward' | 'gradient' = 'forward';

  async load(): Promise<void> {
    await loadOrt('wasm');
  }

  async prepare(workload: Workload, { batch, x, t, cond, dv }: Inputs): Promise<void> {
    const model = loadPolicy(await workload.graph());
    this.#prepared = {
      network: await Network.create(model, { provider: 'wasm' }),
      model,
      batch: { size: batch, x, t, cond },
      dv,
      gradients: new Float32Array(model.parameterLength),
    };
  }

  async forward(): Promise<void> {
    const { network, model, batch } = this.#ready();
    this.#velocities = await network.forward(model.initialWeights, batch);
    this.#last = 'forward';
  }

  async gradient(): Promise<void> {
    const { network, model, batch, dv, gradients } = this.#ready();
    this.#velocities = await network.gradient(model.initialWeights, batch, dv, gradients);
    this.#last = 'gradient';
  }

  async read(): Promise<Outputs> {
    const outputs: Record<string, Float32Array> = { v: this.#velocities.slice() };
    if (this.#last === 'forward') return outputs;
    const { model, gradients } = this.#ready();
    for (const { name, offset, length } of model.parameters) {
      outputs[gradientName(name)] = gradients.slice(offset, offset + length);
    }
    return outputs;
  }

  async dispose(): Promise<void> {
    await this.#ready().network.destroy();
    this.#prepared = null;
  }

  #ready(): Prepared {
    if (!this.#prepared) throw new Error('prepare() comes first.');
    return this.#prepared;
  }
}
