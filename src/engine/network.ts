/**
 * A policy's two graphs run by onnxruntime-web: `forward` for rollouts, `gradient` for the vector–Jacobian product.
 * Weights are graph inputs, so one session serves the policy, the reference and every update.
 *
 * With the WASM provider on one thread this is the CPU tier: the same numbers in every browser and in Node. With the
 * WebGPU provider it is the selectable second opinion on the visitor's GPU.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { concreteShape } from '../onnx/graph';
import type { Graph, PolicyModel } from '../onnx/graph';
import { encodeModel } from '../onnx/file';
import { loadOrt, serialised } from './ort';
import type { Ort, OrtProvider } from './ort';

export interface NetworkOptions {
  readonly provider: OrtProvider;
  /** The device to share with the WGSL kernels; only for the WebGPU provider. */
  readonly device?: GPUDevice;
  /** Threads of the native provider; all cores when left out. Results depend on it in the last bits. */
  readonly threads?: number;
}

const executionProvider = { wasm: 'wasm', webgpu: 'webgpu', native: 'cpu' } as const;

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
  #gradientSession: Promise<InferenceSession> | null = null;

  private constructor(
    readonly model: PolicyModel,
    private readonly ort: Ort,
    private readonly options: NetworkOptions,
    private readonly forwardSession: InferenceSession,
  ) {}

  static async create(model: PolicyModel, options: NetworkOptions): Promise<Network> {
    const ort = await loadOrt(options.provider);
    const session = await openSession(ort, model.forward, options);
    return new Network(model, ort, options, session);
  }

  /** Velocities [batch, …sampleShape]. `weights` is the flat parameter vector. */
  async forward(weights: Float32Array, batch: Batch): Promise<Float32Array> {
    const feeds = this.#feeds(this.model.forward, weights, batch, null);
    const outputs = await serialised(() => this.forwardSession.run(feeds));
    return takeData(outputs.v);
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
    this.#gradientSession ??= openSession(this.ort, this.model.gradient, this.options);
    const session = await this.#gradientSession;
    const feeds = this.#feeds(this.model.gradient, weights, batch, dv);
    const outputs = await serialised(() => session.run(feeds));
    for (const { name, offset } of this.model.parameters) {
      gradients.set(takeData(outputs[`d_${name}`]), offset);
    }
    return takeData(outputs.v);
  }

  async destroy(): Promise<void> {
    const gradientSession = await this.#gradientSession;
    await serialised(async () => {
      await this.forwardSession.release();
      await gradientSession?.release();
    });
  }

  #feeds(
    graph: Graph,
    weights: Float32Array,
    batch: Batch,
    dv: Float32Array | null,
  ): Record<string, Tensor> {
    const data: Record<string, Float32Array | null> = {
      x: batch.x,
      t: batch.t,
      cond: batch.cond,
      dv,
    };
    for (const { name, offset, length } of this.model.parameters) {
      data[name] = weights.subarray(offset, offset + length);
    }
    return Object.fromEntries(
      graph.inputs.map(({ name, shape }) => {
        const values = data[name];
        if (!values) throw new Error(`The network was given no "${name}".`);
        return [name, new this.ort.Tensor('float32', values, concreteShape(shape, batch.size))];
      }),
    );
  }
}

/** A session for any graph, under the options of a network. */
export function openSession(
  ort: Ort,
  graph: Graph,
  { provider, device, threads }: NetworkOptions,
): Promise<InferenceSession> {
  const bytes = encodeModel(graph);
  const webgpu = provider === 'webgpu';
  return serialised(() =>
    ort.InferenceSession.create(bytes, {
      executionProviders: [
        webgpu && device ? { name: 'webgpu', device } : executionProvider[provider],
      ],
      ...(provider === 'native' && threads !== undefined ? { intraOpNumThreads: threads } : {}),
      // 'extended' fuses LayerNormalization in a way that fails on WebGPU (engine.md, pitfall 3).
      graphOptimizationLevel: webgpu ? 'basic' : 'all',
    }),
  );
}

function takeData(tensor: Tensor): Float32Array {
  const data = tensor.data as Float32Array;
  tensor.dispose();
  return data;
}
