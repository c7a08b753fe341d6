/**
 * jax-js: the network spelled out, jitted, with valueAndGrad of Σ v·dv for the gradients. It has its own device, and on
 * WASM its own pool of one worker per core.
 */
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import type { Array as JaxArray } from '@jax-js/jax';
import { gradientName } from '../../src/onnx/graph';
import type { Inputs, Workload } from '../workload';
import type { BenchEngine, Outputs } from './engine';
import { jaxModel } from './jaxModels';
import type { JaxInputs, JaxWeights } from './jaxModels';

interface Prepared {
  readonly trained: JaxWeights;
  readonly frozen: JaxWeights;
  readonly inputs: JaxInputs;
  readonly dv: JaxArray;
  readonly forward: (trained: JaxWeights, frozen: JaxWeights, inputs: JaxInputs) => JaxArray;
  readonly gradient: (
    trained: JaxWeights,
    frozen: JaxWeights,
    inputs: JaxInputs,
    dv: JaxArray,
  ) => [[JaxArray, JaxArray], JaxWeights];
  /** Frees what the two compiled functions hold. */
  readonly release: () => void;
}

export class JaxBench implements BenchEngine {
  #prepared: Prepared | null = null;
  #outputs: Record<string, JaxArray> = {};

  constructor(readonly device: 'webgpu' | 'wasm') {}

  async load(): Promise<void> {
    const started = await init(this.device);
    if (!started.includes(this.device)) throw new Error(`jax-js could not start ${this.device}.`);
    defaultDevice(this.device);
  }

  async prepare(workload: Workload, { batch, x, t, cond, dv }: Inputs): Promise<void> {
    const model = jaxModel(workload);
    const velocity: Prepared['forward'] = (trained, frozen, inputs) =>
      model({ ...trained, ...frozen }, inputs);
    const forward = jit(velocity);
    const loss = (
      trained: JaxWeights,
      frozen: JaxWeights,
      inputs: JaxInputs,
      upstream: JaxArray,
    ) => {
      const v = velocity(trained, frozen, inputs);
      return [np.sum(v.ref.mul(upstream)), v] as [JaxArray, JaxArray];
    };
    const gradient = jit(valueAndGrad(loss, { hasAux: true }));
    const sample = [batch, ...workload.sampleShape];
    const weights = (wanted: boolean): JaxWeights =>
      Object.fromEntries(
        [...workload.weights]
          .filter(([, { trained }]) => trained === wanted)
          .map(([name, { shape, data }]) => [name, array(data, shape)]),
      );
    this.#prepared = {
      trained: weights(true),
      frozen: weights(false),
      inputs: {
        x: array(x, sample),
        t: array(t, [batch]),
        cond: array(cond ?? new Float32Array(batch), [batch, workload.conditionSize || 1]),
      },
      dv: array(dv, sample),
      forward,
      gradient: gradient as unknown as Prepared['gradient'],
      release: () => {
        forward.dispose();
        gradient.dispose();
      },
    };
  }

  async forward(): Promise<void> {
    const { trained, frozen, inputs, forward } = this.#ready();
    this.#keep({ v: forward(tree.ref(trained), tree.ref(frozen), tree.ref(inputs)) });
    await this.#submit();
  }

  async gradient(): Promise<void> {
    const { trained, frozen, inputs, dv, gradient } = this.#ready();
    const [[loss, v], gradients] = gradient(
      ...([tree.ref(trained), tree.ref(frozen), tree.ref(inputs), dv.ref] as const),
    );
    loss.dispose();
    const named = Object.entries(gradients).map(
      ([name, value]) => [gradientName(name), value] as const,
    );
    this.#keep({ v, ...Object.fromEntries(named) });
    await this.#submit();
  }

  async read(): Promise<Outputs> {
    const entries: [string, Float32Array][] = [];
    for (const [name, value] of Object.entries(this.#outputs)) {
      entries.push([name, (await value.ref.data()) as Float32Array]);
    }
    return Object.fromEntries(entries);
  }

  async dispose(): Promise<void> {
    this.#keep({});
    const { trained, frozen, inputs, dv, release } = this.#ready();
    tree.dispose([trained, frozen, inputs, dv]);
    release();
    this.#prepared = null;
  }

  /** On WebGPU only submits; its blockUntilReady would add a copy and a submit per output. */
  async #submit(): Promise<void> {
    const outputs = Object.values(this.#outputs);
    if (this.device === 'wasm') await blockUntilReady(outputs);
    else for (const output of outputs) await output.ref.gpuBuffer();
  }

  #keep(outputs: Record<string, JaxArray>): void {
    tree.dispose(this.#outputs);
    this.#outputs = outputs;
  }

  #ready(): Prepared {
    if (!this.#prepared) throw new Error('prepare() comes first.');
    return this.#prepared;
  }
}

const array = (data: Float32Array, shape: readonly number[]): JaxArray =>
  np.array(data, { shape: [...shape] });
