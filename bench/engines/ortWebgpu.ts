/**
 * onnxruntime-web's WebGPU provider (JSPI bundle) in its best form: our device, weights and inputs in GPU buffers,
 * outputs into buffers that are allocated once. The same two graphs as ours, weights as inputs as a trainer needs them.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { loadOrt, serialised } from '../../src/engine/ort';
import type { Ort } from '../../src/engine/ort';
import { createStorageBuffer, readFloats, uploadFloats } from '../../src/gpu/buffers';
import { requestDevice } from '../../src/gpu/device';
import { encodeModel } from '../../src/onnx/format/encode';
import { concreteShape, elementCount } from '../../src/onnx/graph';
import type { Graph, PolicyModel } from '../../src/onnx/graph';
import { loadPolicy } from '../../src/onnx/policy';
import { namedInputs } from '../workload';
import type { Inputs, Workload } from '../workload';
import type { BenchEngine, Outputs, Pass } from './engine';

interface BoundSession {
  readonly session: InferenceSession;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

interface Prepared {
  readonly model: PolicyModel;
  readonly batch: number;
  /** Buffers of inputs and weights, and of outputs. */
  readonly sources: ReadonlyMap<string, GPUBuffer>;
  readonly results: ReadonlyMap<string, GPUBuffer>;
  /** Created at the first run. */
  readonly passes: Partial<Record<Pass, BoundSession>>;
}

export class OrtWebgpuBench implements BenchEngine {
  #ort: Ort | null = null;
  #device: GPUDevice | null = null;
  #prepared: Prepared | null = null;
  #last: Pass = 'forward';

  async load(): Promise<void> {
    this.#ort = await loadOrt('webgpu');
    this.#device = (await requestDevice(navigator.gpu, { force: true })).device;
  }

  async prepare(workload: Workload, inputs: Inputs): Promise<void> {
    const model = loadPolicy(await workload.graph());
    const device = this.#device!;
    const data = namedInputs(inputs);
    for (const { name, offset, length } of model.parameters) {
      data[name] = model.initialWeights.subarray(offset, offset + length);
    }
    const sources = new Map(
      Object.entries(data).map(([name, values]) => [name, uploadFloats(device, name, values)]),
    );
    const results = new Map(
      model.gradient.outputs.map(({ name, shape }) => {
        const bytes = 4 * elementCount(shape, inputs.batch);
        return [name, createStorageBuffer(device, name, bytes)];
      }),
    );
    this.#prepared = { model, batch: inputs.batch, sources, results, passes: {} };
  }

  forward(): Promise<void> {
    return this.#run('forward');
  }

  gradient(): Promise<void> {
    return this.#run('gradient');
  }

  async read(): Promise<Outputs> {
    const outputs: Record<string, Float32Array> = {};
    for (const [name, { gpuBuffer, size }] of Object.entries(
      this.#ready().passes[this.#last]!.fetches,
    )) {
      const binding = { buffer: gpuBuffer, offset: 0, size: 4 * size };
      outputs[name] = await readFloats(this.#device!, binding);
    }
    return outputs;
  }

  async dispose(): Promise<void> {
    const { passes, sources, results } = this.#ready();
    for (const { session } of Object.values(passes)) await serialised(() => session.release());
    for (const buffer of [...sources.values(), ...results.values()]) buffer.destroy();
    this.#prepared = null;
  }

  async #bind(pass: Pass): Promise<BoundSession> {
    const { model, batch, sources, results } = this.#ready();
    const graph = model[pass];
    const { InferenceSession, Tensor } = this.#ort!;
    const session = await serialised(() =>
      InferenceSession.create(encodeModel(graph), {
        executionProviders: [{ name: 'webgpu', device: this.#device! }],
        preferredOutputLocation: 'gpu-buffer',
        // 'extended' fuses LayerNormalization in a way that fails on WebGPU (docs/engine.md §5, no. 3).
        graphOptimizationLevel: 'basic',
      }),
    );
    const tensors = (values: Graph['inputs'], buffers: ReadonlyMap<string, GPUBuffer>) =>
      Object.fromEntries(
        values.map(({ name, shape }) => {
          const dims = concreteShape(shape, batch);
          return [name, Tensor.fromGpuBuffer(buffers.get(name)!, { dataType: 'float32', dims })];
        }),
      );
    return {
      session,
      feeds: tensors(graph.inputs, sources),
      fetches: tensors(graph.outputs, results),
    };
  }

  async #run(pass: Pass): Promise<void> {
    const { passes } = this.#ready();
    const { session, feeds, fetches } = (passes[pass] ??= await this.#bind(pass));
    await serialised(() => session.run(feeds, fetches));
    this.#last = pass;
  }

  #ready(): Prepared {
    if (!this.#prepared) throw new Error('prepare() comes first.');
    return this.#prepared;
  }
}
