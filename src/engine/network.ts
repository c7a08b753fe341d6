/**
 * A policy's two graphs run by onnxruntime: `forward` for rollouts, `gradient` for the vector–Jacobian product. Weights
 * are graph inputs, so one session serves the policy, the reference and every update.
 *
 * Pre-training and benchmarks run it on one thread; the engine runs the same two files on every core (pool/).
 */
import { encodeModel } from '../onnx/format/encode';
import { concreteShape, elementCount, gradientName } from '../onnx/graph';
import type { Graph, PolicyModel } from '../onnx/graph';
import { OrtModel } from './ortModel';
import type { OrtModelOptions, OrtTensor } from './ortModel';
import type { GraphFile, NetworkFiles } from './pool/protocol';

export type { OrtModelOptions as NetworkOptions } from './ortModel';

/** Inputs of one batch; arrays have exactly `batch` rows. */
export interface Batch {
  readonly size: number;
  /** [batch, …sampleShape] */
  readonly x: Float32Array;
  /** σ of each row [batch]. */
  readonly t: Float32Array;
  /** [batch, …conditionShape], or null. */
  readonly cond: Float32Array | null;
}

export class Network {
  #gradient: Promise<OrtModel> | null = null;

  private constructor(
    readonly model: PolicyModel,
    private readonly options: OrtModelOptions,
    private readonly forwardModel: OrtModel,
  ) {}

  static async create(model: PolicyModel, options: OrtModelOptions): Promise<Network> {
    return new Network(model, options, await OrtModel.open(encodeModel(model.forward), options));
  }

  /** Velocities [batch, …sampleShape]. `weights` is the flat parameter vector. */
  async forward(weights: Float32Array, batch: Batch): Promise<Float32Array> {
    const { x, t, cond } = batch;
    const inputs = { x, t, cond };
    const feeds = graphFeeds(this.model, this.model.forward, weights, batch.size, inputs);
    return (await this.forwardModel.run(feeds)).v.data;
  }

  /**
   * Velocities, and with them dL/dw for upstream dL/dv `dv` [batch, …sampleShape], written over `gradients` (flat;
   * alignment gaps are left alone).
   */
  async gradient(
    weights: Float32Array,
    batch: Batch,
    dv: Float32Array,
    gradients: Float32Array,
  ): Promise<Float32Array> {
    this.#gradient ??= OrtModel.open(encodeModel(this.model.gradient), this.options);
    const gradient = await this.#gradient;
    const { x, t, cond } = batch;
    const inputs = { x, t, cond, dv };
    const feeds = graphFeeds(this.model, this.model.gradient, weights, batch.size, inputs);
    const outputs = await gradient.run(feeds);
    takeGradients(this.model, outputs, gradients);
    return outputs.v.data;
  }

  async destroy(): Promise<void> {
    const gradient = await this.#gradient;
    await this.forwardModel.release();
    await gradient?.release();
  }
}

/** A policy as the cores' workers are given it. */
export function networkFiles(model: PolicyModel): NetworkFiles {
  const file = (graph: Graph): GraphFile => ({
    bytes: encodeModel(graph),
    inputs: graph.inputs.map(({ name, shape }) => ({ name, shape })),
  });
  return {
    forward: file(model.forward),
    gradient: file(model.gradient),
    parameters: model.parameters.map(({ name, offset, length }) => {
      return { name, gradient: gradientName(name), offset, length };
    }),
    parameterLength: model.parameterLength,
    dimensions: elementCount(model.sampleShape),
    conditionSize: model.conditionShape ? elementCount(model.conditionShape) : 0,
  };
}

/** Tensors for a graph of `model` whose weights are inputs; `inputs` are the others, null where there is none. */
export function graphFeeds(
  model: PolicyModel,
  graph: Graph,
  weights: Float32Array,
  size: number,
  inputs: Readonly<Record<string, Float32Array | null>>,
): Record<string, OrtTensor> {
  const data = { ...inputs };
  for (const { name, offset, length } of model.parameters) {
    data[name] = weights.subarray(offset, offset + length);
  }
  const feeds: Record<string, OrtTensor> = {};
  for (const { name, shape } of graph.inputs) {
    const values = data[name];
    if (values) feeds[name] = { shape: concreteShape(shape, size), data: values };
  }
  return feeds;
}

/** Writes the gradients of all parameters into the flat vector; alignment gaps are left alone. */
export function takeGradients(
  model: PolicyModel,
  outputs: Readonly<Record<string, OrtTensor>>,
  gradients: Float32Array,
): void {
  for (const { name, offset } of model.parameters) {
    gradients.set(outputs[gradientName(name)].data, offset);
  }
}
