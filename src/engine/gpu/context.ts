/**
 * Everything the GPU engine sets up once: kernels, the three compiled plans, and the buffers they share. The gradient
 * plan is split at dv, so that the policy gradient's kernel runs between its forward and its backward part.
 */
import type { PlanBinding } from '../../gpu/buffers';
import { isSoftwareAdapter } from '../../gpu/device';
import { Plan } from '../../gpu/plan/plan';
import type { CompiledPlan } from '../../gpu/plan/types';
import {
  createAccumulateKernel,
  createAdamwKernel,
  createSquaredNormKernel,
} from '../../kernels/adamw/adamw';
import { createGatherKernel } from '../../kernels/gather/gather';
import { createFillKernel } from '../../kernels/noise/noise';
import {
  createPolicyGradientKernel,
  createTotalsKernel,
} from '../../kernels/policy_gradient/policyGradient';
import { createSamplerStepKernel } from '../../kernels/sampler_step/samplerStep';
import { elementCount, gradientName } from '../../onnx/graph';
import type { PolicyModel } from '../../onnx/graph';
import { GpuMemory } from './memory';
import type { MutableStatistics } from './recorder';
import { Recorder } from './recorder';
import { GpuTimer } from './timer';

export interface GpuEngineOptions {
  /** Most rows of one network forward; more are run in parts. */
  readonly forwardBatch?: number;
  /** Most rows of one network backward; more are micro-batches whose gradients are added. */
  readonly gradientBatch?: number;
}

export type Kernels = Awaited<ReturnType<typeof createKernels>>;

/** Flat vectors in the model's parameter layout. */
export interface ParameterBuffers {
  readonly weights: GPUBuffer;
  readonly reference: GPUBuffer;
  readonly gradients: GPUBuffer;
  readonly firstMoment: GPUBuffer;
  readonly secondMoment: GPUBuffer;
}

/** Inputs of all three plans: one batch of rows. */
export interface NetworkInputs {
  readonly x: GPUBuffer;
  readonly t: GPUBuffer;
  readonly cond: GPUBuffer;
}

export interface EngineContext {
  readonly device: GPUDevice;
  readonly model: PolicyModel;
  /** D, and the length of one condition (0: none). */
  readonly dimensions: number;
  readonly conditionLength: number;
  readonly forwardBatch: number;
  readonly gradientBatch: number;
  readonly memory: GpuMemory;
  readonly recorder: Recorder;
  readonly timer: GpuTimer;
  readonly kernels: Kernels;
  readonly parameters: ParameterBuffers;
  readonly inputs: NetworkInputs;
  /** Policy, forward only. */
  readonly forward: CompiledPlan;
  /** The same graph on the reference weights. */
  readonly reference: CompiledPlan;
  /** Policy with backward, split at dv. */
  readonly gradient: CompiledPlan;
}

/** Largest sample that counts as small: a whole forest of such fits one batch. */
const SMALL_SAMPLE = 64;

interface Batches {
  readonly forwardBatch: number;
  readonly gradientBatch: number;
}

/**
 * Rows of one network pass. A GPU wants many pictures at once: on an H200 an iteration of glyphs takes half as long with
 * 256 rows as with 64, and no less with more. An emulated one gains nothing, and pays in memory.
 */
function usualBatches(dimensions: number, hardware: boolean): Batches {
  if (dimensions <= SMALL_SAMPLE) return { forwardBatch: 2048, gradientBatch: 2048 };
  return hardware
    ? { forwardBatch: 256, gradientBatch: 128 }
    : { forwardBatch: 64, gradientBatch: 32 };
}

export async function createContext(
  device: GPUDevice,
  model: PolicyModel,
  options: GpuEngineOptions,
  statistics: MutableStatistics,
): Promise<EngineContext> {
  const dimensions = elementCount(model.sampleShape);
  const conditionLength = model.conditionShape ? elementCount(model.conditionShape) : 0;
  const hardware = !isSoftwareAdapter(device.adapterInfo ?? {});
  const { forwardBatch, gradientBatch } = { ...usualBatches(dimensions, hardware), ...options };
  const memory = new GpuMemory(device);
  const rows = Math.max(forwardBatch, gradientBatch);
  const inputs: NetworkInputs = {
    x: memory.storage('network x', rows * dimensions * 4),
    t: memory.storage('network t', rows * 4),
    cond: memory.storage('network cond', rows * conditionLength * 4),
  };
  const parameters = parameterBuffers(memory, model);
  const timer = new GpuTimer(device);
  const sizes = { dimensions, conditionLength, forwardBatch, gradientBatch };
  try {
    const [kernels, plans] = await Promise.all([
      createKernels(device, dimensions),
      compilePlans(device, model, inputs, parameters, sizes),
    ]);
    const recorder = new Recorder(device, memory, timer, statistics);
    const own = { memory, recorder, timer, kernels, parameters, inputs };
    return { device, model, ...sizes, ...own, ...plans };
  } catch (error) {
    memory.destroy();
    timer.destroy();
    throw error;
  }
}

function parameterBuffers(memory: GpuMemory, model: PolicyModel): ParameterBuffers {
  const bytes = model.parameterLength * 4;
  return {
    weights: memory.storage('weights', bytes),
    reference: memory.storage('reference weights', bytes),
    gradients: memory.storage('gradients', bytes),
    firstMoment: memory.storage('first moment', bytes),
    secondMoment: memory.storage('second moment', bytes),
  };
}

async function createKernels(device: GPUDevice, dimensions: number) {
  const [fill, gather, samplerStep, policyGradient, totals, accumulate, squaredNorm, adamw] =
    await Promise.all([
      createFillKernel(device),
      createGatherKernel(device),
      createSamplerStepKernel(device, dimensions),
      createPolicyGradientKernel(device, dimensions),
      createTotalsKernel(device),
      createAccumulateKernel(device),
      createSquaredNormKernel(device),
      createAdamwKernel(device),
    ]);
  return { fill, gather, samplerStep, policyGradient, totals, accumulate, squaredNorm, adamw };
}

async function compilePlans(
  device: GPUDevice,
  model: PolicyModel,
  inputs: NetworkInputs,
  parameters: ParameterBuffers,
  batches: Batches,
): Promise<Pick<EngineContext, 'forward' | 'reference' | 'gradient'>> {
  const { forwardBatch, gradientBatch } = batches;
  const data = inputBindings(model, inputs);
  const [forward, reference, gradient] = await Promise.all([
    Plan.compile(device, model.forward, {
      label: 'forward',
      maxBatch: forwardBatch,
      bindings: { ...data, ...parameterBindings(model, parameters.weights) },
    }),
    Plan.compile(device, model.forward, {
      label: 'reference',
      maxBatch: gradientBatch,
      bindings: { ...data, ...parameterBindings(model, parameters.reference) },
    }),
    Plan.compile(device, model.gradient, {
      label: 'gradient',
      maxBatch: gradientBatch,
      bindings: {
        ...data,
        ...parameterBindings(model, parameters.weights),
        ...parameterBindings(model, parameters.gradients, gradientName),
      },
      splitAt: 'dv',
    }),
  ]);
  return { forward, reference, gradient };
}

function inputBindings(model: PolicyModel, inputs: NetworkInputs): Record<string, PlanBinding> {
  const whole = (buffer: GPUBuffer): PlanBinding => ({ buffer, offset: 0, size: buffer.size });
  const bindings: Record<string, PlanBinding> = { x: whole(inputs.x), t: whole(inputs.t) };
  if (model.conditionShape) bindings.cond = whole(inputs.cond);
  return bindings;
}

/** Every parameter's place in a flat buffer, up to the next multiple of four numbers. */
function parameterBindings(
  model: PolicyModel,
  buffer: GPUBuffer,
  nameOf = (parameter: string): string => parameter,
): Record<string, PlanBinding> {
  return Object.fromEntries(
    model.parameters.map(({ name, offset, length }) => [
      nameOf(name),
      { buffer, offset: offset * 4, size: Math.ceil(length / 4) * 16 },
    ]),
  );
}
