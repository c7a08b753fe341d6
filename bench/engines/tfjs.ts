/**
 * TensorFlow.js, what its two backends share. Its gradients have to be registered by a side-effect import, which
 * bundlers otherwise drop.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { gradientName } from '../../src/onnx/graph';
import type { Inputs, Workload } from '../workload';
import type { BenchEngine, Outputs } from './engine';
import { tfjsModel } from './tfjsModels';
import type { TfjsInputs, TfjsModel, TfjsWeights } from './tfjsModels';

interface Prepared {
  readonly model: TfjsModel;
  /** Of the trained weights. */
  readonly names: readonly string[];
  readonly trained: readonly tf.Tensor[];
  readonly frozen: TfjsWeights;
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
    const weights = (wanted: boolean): [string, tf.Tensor][] =>
      [...workload.weights]
        .filter(([, { trained }]) => trained === wanted)
        .map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape], 'float32')]);
    const trained = weights(true);
    this.#prepared = {
      model: tfjsModel(workload),
      names: trained.map(([name]) => name),
      trained: trained.map(([, tensor]) => tensor),
      frozen: Object.fromEntries(weights(false)),
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
    const { trained } = this.#ready();
    this.#keep({ v: tf.tidy(() => this.#velocity(...trained)) });
    this.flush();
  }

  async gradient(): Promise<void> {
    const { names, trained, dv } = this.#ready();
    const { value, grads } = tf.tidy(() => tf.valueAndGrads(this.#velocity)([...trained], dv));
    const gradients = names.map((name, index) => [gradientName(name), grads[index]] as const);
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
    const { trained, frozen, inputs, dv } = this.#ready();
    tf.dispose([trained, frozen, inputs as object, dv] as tf.TensorContainer);
    this.#prepared = null;
  }

  readonly #velocity = (...trained: tf.Tensor[]): tf.Tensor => {
    const { model, names, frozen, inputs } = this.#ready();
    const named = names.map((name, index) => [name, trained[index]] as const);
    return model({ ...frozen, ...Object.fromEntries(named) }, inputs);
  };

  #keep(outputs: Record<string, tf.Tensor>): void {
    tf.dispose(this.#outputs);
    this.#outputs = outputs;
  }

  #ready(): Prepared {
    if (!this.#prepared) throw new Error('prepare() comes first.');
    return this.#prepared;
  }
}
