/**
 * The WebGPU tier's engine: network by the compiled WGSL plans, everything around it by the WGSL kernels. Latents,
 * velocities, weights, gradients and optimiser state stay in GPU buffers; a rollout reads its tree back once at its end,
 * an update a handful of statistics. The CPU tier (ortEngine.ts) does the same with the kernels' twins.
 */
import type { PolicyModel } from '../onnx/graph';
import { readFloats } from '../gpu/buffers';
import { ROW } from '../core/objective';
import type {
  Engine,
  EngineState,
  Rollout,
  RolloutRequest,
  SampleRequest,
  UpdateRequest,
  UpdateStatistics,
  VelocityRequest,
} from './engine';
import { createContext } from './gpu/context';
import type { EngineContext, GpuEngineOptions } from './gpu/context';
import { drawSamples, growForest } from './gpu/descent';
import { runForward } from './gpu/forward';
import type { NodeBuffers } from './gpu/descent';
import { DeviceGuard } from './gpu/guard';
import { optimise } from './gpu/optimise';
import type { GpuStatistics, MutableStatistics } from './gpu/recorder';
import { completeState, notANumber } from './refusals';
import { updateStatistics } from './updateStatistics';

export type { GpuEngineOptions } from './gpu/context';
export type { GpuStatistics } from './gpu/recorder';

/** An Engine that also counts what it asks of the device. */
export interface GpuEngine extends Engine {
  readonly statistics: GpuStatistics;
}

/**
 * Compiles the policy for `device`, which stays the caller's: `destroy` frees the engine's memory only.
 * @throws EspalierError 'shader-error' where the driver refuses a shader, 'device-lost'
 */
export async function createGpuEngine(
  device: GPUDevice,
  model: PolicyModel,
  options: GpuEngineOptions = {},
): Promise<GpuEngine> {
  const guard = new DeviceGuard(device);
  const statistics: MutableStatistics = {
    dispatches: 0,
    submits: 0,
    gpuBytes: 0,
    gpuMilliseconds: null,
  };
  const context = await guard
    .run(() => createContext(device, model, options, statistics))
    .catch((error: unknown) => {
      guard.close();
      throw error;
    });
  const engine = new WgslEngine(context, guard, statistics);
  const { parameterLength, initialWeights } = model;
  await engine.writeState({
    weights: initialWeights,
    reference: initialWeights,
    firstMoment: new Float32Array(parameterLength),
    secondMoment: new Float32Array(parameterLength),
    updates: 0,
  });
  return engine;
}

class WgslEngine implements GpuEngine {
  readonly name = 'wgsl';
  #forest: NodeBuffers | null = null;
  #updates = 0;

  constructor(
    private readonly context: EngineContext,
    private readonly guard: DeviceGuard,
    private readonly counters: MutableStatistics,
  ) {}

  get statistics(): GpuStatistics {
    const { memory, forward, reference, gradient } = this.context;
    const gpuBytes = memory.bytes + forward.bytes + reference.bytes + gradient.bytes;
    return { ...this.counters, gpuBytes };
  }

  rollout(request: RolloutRequest): Promise<Rollout> {
    return this.guard.run(async () => {
      this.#forest = null;
      const { rollout, nodes } = await growForest(this.context, request);
      this.#forest = nodes;
      return rollout;
    });
  }

  update(request: UpdateRequest): Promise<UpdateStatistics> {
    return this.guard.run(async () => {
      if (!this.#forest) throw new Error('update() needs a rollout first.');
      const result = await optimise(this.context, this.#forest, request, this.#updates);
      if (!result.applied) throw notANumber();
      this.#updates += 1;
      const { totals, gradientNorm } = result;
      const evaluations = request.rows.length / ROW.width;
      return updateStatistics(totals, {
        gradientNorm,
        gradientEvaluations: evaluations,
        forwardEvaluations: evaluations,
      });
    });
  }

  sample(request: SampleRequest): Promise<Float32Array> {
    return this.guard.run(() => drawSamples(this.context, request));
  }

  velocities(request: VelocityRequest): Promise<Float32Array> {
    return this.guard.run(() => runForward(this.context, request));
  }

  readState(): Promise<EngineState> {
    return this.guard.run(async () => {
      const { device, parameters, model } = this.context;
      const read = (buffer: GPUBuffer): Promise<Float32Array> =>
        readFloats(device, { buffer, offset: 0, size: buffer.size }, model.parameterLength);
      return {
        weights: await read(parameters.weights),
        reference: await read(parameters.reference),
        firstMoment: await read(parameters.firstMoment),
        secondMoment: await read(parameters.secondMoment),
        updates: this.#updates,
      };
    });
  }

  writeState(state: EngineState): Promise<void> {
    return this.guard.run(async () => {
      const { device, parameters, model } = this.context;
      const whole = completeState(state, model);
      for (const name of ['weights', 'reference', 'firstMoment', 'secondMoment'] as const) {
        const vector = whole[name] as Float32Array<ArrayBuffer>;
        device.queue.writeBuffer(parameters[name], 0, vector);
      }
      this.#updates = state.updates;
    });
  }

  destroy(): void {
    this.guard.close();
    const { memory, timer, forward, reference, gradient } = this.context;
    for (const owner of [forward, reference, gradient, memory, timer]) owner.destroy();
  }
}
