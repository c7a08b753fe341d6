/**
 * TensorFlow.js, what its two backends share. Its gradients have to be registered by a side-effect import, which
 * bundlers otherwise drop.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import type { Workload } from '../workload';
import type { BenchEngine, Inputs, Outputs } from './engine';
import { tfjsModel } from './tfjsModels';
import type { TfjsInputs, TfjsModel, TfjsWeights } from './tfjsModels';

interface Prepared {
  readonly model: TfjsModel;
  readonly names: readonly string[];
  readonly weights: readonly tf.Tensor[];
  readonly inputs: TfjsInputs;
  readonly dv: tf.Tensor;
}

export abstract class TfjsBench implements BenchEngine {
  #prepared: Prepared | null = null;
  #outputs: Record<string, tf.Tensor> = {};

  abstract load(): Promise<void>;

  /** Hands everything that is still being recorded to the device. */
  protected abstract flush(): void;

  async prepare(workload: Workload, { batch, x, t, cond, dv }: Inputs): Promise<void> {
    const sample = [batch, ...workload.sampleShape];
    const { frequencies } = workload;
    this.#prepared = {
      model: tfjsModel(workload),
      names: [...workload.weights.keys()],
      weights: [...workload.weights.values()].map(({ shape, data }) =>
        tf.tensor(data, [...shape], 'float32'),
      ),
      inputs: {
        x: tf.tensor(x, sample, 'float32'),
        t: tf.tensor(t, [batch], 'float32'),
        cond: cond && tf.tensor(cond, [batch, workload.conditionSize], 'float32'),
        frequencies: tf.tensor([...frequencies], [1, frequencies.length], 'float32'),
      },
      dv: tf.tensor(dv, sample, 'float32'),
    };
  }

  async forward(): Promise<void> {
    const { model, names, weights, inputs } = this.#ready();
    this.#keep({ v: tf.tidy(() => model(byName(names, weights), inputs)) });
    this.flush();
  }

  async gradient(): Promise<void> {
    const { model, names, weights, inputs, dv } = this.#ready();
    const velocity = (...args: tf.Tensor[]): tf.Tensor => model(byName(names, args), inputs);
    const { value, grads } = tf.tidy(() => tf.valueAndGrads(velocity)([...weights], dv));
    const gradients = names.map((name, index) => [`d_${name}`, grads[index]] as const);
    this.#keep({ v: value, ...Object.fromEntries(gradients) });
    this.flush();
  }

  async read(): Promise<Outputs> {
    const entries = Object.entries(this.#outputs).map(
      async ([name, tensor]) => [name, (await tensor.data<'float32'>()).slice()] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  async dispose(): Promise<void> {
    this.#keep({});
    const { weights, inputs, dv } = this.#ready();
    tf.dispose([weights, inputs as object, dv] as tf.TensorContainer);
    this.#prepared = null;
  }

  #keep(outputs: Record<string, tf.Tensor>): void {
    tf.dispose(this.#outputs);
    this.#outputs = outputs;
  }

  #ready(): Prepared {
    if (!this.#prepared) throw new Error('prepare() comes first.');
    return this.#prepared;
  }
}

const byName = (names: readonly string[], tensors: readonly tf.Tensor[]): TfjsWeights =>
  Object.fromEntries(names.map((name, index) => [name, tensors[index]]));
