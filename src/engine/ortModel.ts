/**
 * Any ONNX file run by onnxruntime: the two graphs of a policy (network.ts), a training step (pretrain/regression.ts),
 * and every network that our own operator set does not cover, such as a reward model.
 */
import type { InferenceSession } from 'onnxruntime-web';
import { EspalierError } from '../core/errors';
import { encodeModel } from '../onnx/format/encode';
import type { Graph, ValueInfo } from '../onnx/graph';
import { loadOrt, serialised } from './ort';
import type { Ort, OrtProvider } from './ort';

export interface OrtModelOptions {
  readonly provider: OrtProvider;
  /** The device to share with the WGSL kernels; only for the WebGPU provider. */
  readonly device?: GPUDevice;
  /** Threads of the native provider; all cores when left out. Results depend on it in the last bits. */
  readonly threads?: number;
}

/** A float32 tensor, row-major. */
export interface OrtTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const executionProvider = { wasm: 'wasm', webgpu: 'webgpu', native: 'cpu' } as const;

export class OrtModel {
  private constructor(
    private readonly ort: Ort,
    private readonly session: InferenceSession,
  ) {}

  /** @throws EspalierError 'bad-model' with onnxruntime's own words, 'no-adapter' where the provider is missing */
  static async open(bytes: Uint8Array, options: OrtModelOptions): Promise<OrtModel> {
    const { provider, device, threads } = options;
    const ort = await loadOrt(provider);
    const webgpu = provider === 'webgpu';
    const session = serialised(() =>
      ort.InferenceSession.create(bytes, {
        executionProviders: [
          webgpu && device ? { name: 'webgpu', device } : executionProvider[provider],
        ],
        ...(provider === 'native' && threads !== undefined ? { intraOpNumThreads: threads } : {}),
        // 'extended' fuses LayerNormalization in a way that fails on WebGPU (docs/engine.md §5, no. 3).
        graphOptimizationLevel: webgpu ? 'basic' : 'all',
      }),
    );
    return session.then(
      (opened) => new OrtModel(ort, opened),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new EspalierError('bad-model', 'ortRefusesNetwork', { reason });
      },
    );
  }

  get inputs(): readonly string[] {
    return this.session.inputNames;
  }

  get outputs(): readonly string[] {
    return this.session.outputNames;
  }

  /** All outputs for the given inputs; feeds beyond the model's inputs are ignored. */
  async run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Record<string, OrtTensor>> {
    const tensors = Object.fromEntries(
      this.inputs.map((name) => {
        const feed = feeds[name];
        if (!feed) throw new EspalierError('bad-model', 'noNetworkInput', { name });
        return [name, new this.ort.Tensor('float32', feed.data, [...feed.shape])];
      }),
    );
    const outputs = await serialised(() => this.session.run(tensors));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => {
        const { dims: shape } = tensor;
        const data = tensor.data as Float32Array;
        tensor.dispose();
        return [name, { shape, data }];
      }),
    );
  }

  release(): Promise<void> {
    return serialised(() => this.session.release());
  }
}

/**
 * Starts a provider's runtime before there is a network for it: the binary is fetched and compiled with the first
 * session, so one is opened on the smallest graph there is.
 */
export async function startRuntime(provider: OrtProvider): Promise<void> {
  const value = (name: string): ValueInfo => ({ name, shape: [1], type: 'float32' });
  const smallest: Graph = {
    name: 'smallest',
    inputs: [value('x')],
    outputs: [value('y')],
    constants: new Map(),
    nodes: [{ name: 'pass', op: 'Neg', inputs: ['x'], outputs: ['y'], attributes: {} }],
    metadata: {},
  };
  const model = await OrtModel.open(encodeModel(smallest), { provider });
  await model.release();
}
