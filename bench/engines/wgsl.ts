/**
 * Our WebGPU tier as the trainer uses it (src/engine/gpu/context.ts): a plan for forward, a plan for forward and
 * backward split at dv, weights and gradients in flat buffers. A run is one compute pass in one submit.
 */
import { createStorageBuffer, readFloats, uploadFloats } from '../../src/gpu/buffers';
import type { PlanBinding } from '../../src/gpu/buffers';
import { requestDevice } from '../../src/gpu/device';
import { Plan } from '../../src/gpu/plan/plan';
import { elementCount, gradientName } from '../../src/onnx/graph';
import type { PolicyModel } from '../../src/onnx/graph';
import { loadPolicy } from '../../src/onnx/policy';
import { namedInputs } from '../workload';
import type { Inputs, Workload } from '../workload';
import type { BenchEngine, Outputs, Pass } from './engine';

interface Prepared {
  readonly model: PolicyModel;
  /** Compiled at the first run. */
  readonly plans: Partial<Record<Pass, Plan>>;
  readonly weights: GPUBuffer;
  readonly gradients: GPUBuffer;
  readonly inputs: Inputs;
}

export class WgslBench implements BenchEngine {
  #device: GPUDevice | null = null;
  #prepared: Prepared | null = null;
  #last: Pass = 'forward';

  async load(): Promise<void> {
    this.#device = (await requestDevice(navigator.gpu, { force: true })).device;
  }

  async prepare(workload: Workload, inputs: Inputs): Promise<void> {
    const device = this.#device!;
    const model = loadPolicy(await workload.graph());
    const weights = uploadFloats(device, 'weights', model.initialWeights);
    const gradients = createStorageBuffer(device, 'gradients', model.parameterLength * 4);
    this.#prepared = { model, plans: {}, weights, gradients, inputs };
  }

  forward(): Promise<void> {
    return this.#run('forward');
  }

  gradient(): Promise<void> {
    return this.#run('gradient');
  }

  async read(): Promise<Outputs> {
    const { model, plans, gradients, inputs } = this.#ready();
    const device = this.#device!;
    const length = elementCount(model.sampleShape) * inputs.batch;
    const v = await readFloats(device, plans[this.#last]!.binding('v'), length);
    const outputs: Record<string, Float32Array> = { v };
    if (this.#last === 'forward') return outputs;
    const all = await readFloats(device, { buffer: gradients, offset: 0, size: gradients.size });
    for (const { name, offset, length: count } of model.parameters) {
      outputs[gradientName(name)] = all.slice(offset, offset + count);
    }
    return outputs;
  }

  async dispose(): Promise<void> {
    const { plans, weights, gradients } = this.#ready();
    for (const owner of [...Object.values(plans), weights, gradients]) owner.destroy();
    this.#prepared = null;
  }

  async #run(pass: Pass): Promise<void> {
    const { plans, inputs } = this.#ready();
    const plan = (plans[pass] ??= await this.#compile(pass));
    const { queue } = this.#device!;
    const encoder = this.#device!.createCommandEncoder();
    const commands = encoder.beginComputePass();
    plan.encode(commands, inputs.batch);
    commands.end();
    queue.submit([encoder.finish()]);
    this.#last = pass;
  }

  async #compile(pass: Pass): Promise<Plan> {
    const { model, weights, gradients, inputs } = this.#ready();
    const device = this.#device!;
    const bindings = parameterBindings(model, weights);
    const { dv, ...data } = namedInputs(inputs);
    const backward = pass === 'gradient';
    const plan = await Plan.compile(device, backward ? model.gradient : model.forward, {
      label: pass,
      maxBatch: inputs.batch,
      bindings: backward
        ? { ...bindings, ...parameterBindings(model, gradients, gradientName) }
        : bindings,
      splitAt: backward ? 'dv' : undefined,
    });
    for (const [name, values] of Object.entries(data)) write(device, plan.binding(name), values);
    if (backward) write(device, plan.binding('dv'), dv);
    return plan;
  }

  #ready(): Prepared {
    if (!this.#prepared) throw new Error('prepare() comes first.');
    return this.#prepared;
  }
}

/** Every parameter's place in a flat buffer, in whole vec4s. */
function parameterBindings(
  model: PolicyModel,
  buffer: GPUBuffer,
  nameOf = (parameter: string): string => parameter,
): Record<string, PlanBinding> {
  const bindings = model.parameters.map(({ name, offset, length }) => {
    const place = { buffer, offset: offset * 4, size: Math.ceil(length / 4) * 16 };
    return [nameOf(name), place] as const;
  });
  return Object.fromEntries(bindings);
}

function write(device: GPUDevice, { buffer, offset }: PlanBinding, values: Float32Array): void {
  device.queue.writeBuffer(buffer, offset, values as Float32Array<ArrayBuffer>);
}
