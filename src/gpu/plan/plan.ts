/**
 * A graph compiled once into a fixed list of WGSL dispatches, then replayed for any batch size up to a maximum.
 *
 * lower.ts turns operators into tensor expressions, by the rules of operators/; realise.ts decides what gets memory;
 * fuse.ts and schedule.ts decide what runs together; liveness.ts shares buffers; shader.ts writes the kernels. Everything
 * but the batch size is a literal in the shaders; buffers, bind groups and pipelines are made here and never again, so
 * that `encode` only records commands. The plan is compared with the float64 interpreter (src/onnx/interpret.ts) in the
 * tests.
 */
import { EspalierError } from '../../core/errors';
import type { Graph } from '../../onnx/graph';
import type { PlanBinding } from '../buffers';
import { isSoftwareAdapter } from '../device';
import { createKernel } from '../pipelines';
import { arrange } from './arrange';
import { checkBindings, givenBinding, PlanMemory } from './memory';
import { writeShader, type Shader } from './shader';
import { foldWorkgroups } from './threads';
import { tileOf } from './tiling';
import type { CompiledPlan, PlanOptions, PlanStage } from './types';

interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly shader: Shader;
  readonly stage: PlanStage;
}

/** What `encode` needs for one batch size. */
interface BatchSetup {
  readonly bindGroup: GPUBindGroup | null;
  readonly buffer: GPUBuffer;
  readonly folds: readonly (readonly [x: number, y: number])[];
}

export class Plan implements CompiledPlan {
  readonly dispatches: number;
  readonly stageDispatches: readonly number[];
  readonly bytes: number;
  readonly kernelLabels: readonly string[];
  readonly #batches = new Map<number, BatchSetup>();
  readonly #makeBatchGroup: ((buffer: GPUBuffer) => GPUBindGroup) | null;

  private constructor(
    private readonly device: GPUDevice,
    private readonly options: PlanOptions,
    private readonly memory: PlanMemory,
    private readonly steps: readonly Step[],
    makeBatchGroup: ((buffer: GPUBuffer) => GPUBindGroup) | null,
  ) {
    this.dispatches = steps.length;
    this.stageDispatches = [0, 1].map((stage) => steps.filter((s) => s.stage === stage).length);
    this.kernelLabels = steps.map(({ shader }) => shader.label);
    this.bytes = memory.bytes;
    this.#makeBatchGroup = makeBatchGroup;
  }

  /**
   * Compiles `graph` for batches of 1…maxBatch. Rejects with EspalierError 'unsupported-operator' or 'bad-model' (naming
   * the node), 'bad-setting' for bindings that do not fit, 'shader-error' where the driver refuses a kernel.
   */
  static async compile(device: GPUDevice, graph: Graph, options: PlanOptions): Promise<Plan> {
    const { maxBatch, splitAt } = options;
    const hardware = options.hardware ?? !isSoftwareAdapter(device.adapterInfo ?? {});
    const { realisation, dispatches } = arrange(graph, {
      ...{ maxBatch, splitAt, hardware },
      bufferOf: (storage) => givenBinding(storage, options)?.buffer,
    });
    checkBindings(realisation, options);
    const memory = new PlanMemory(device, options, realisation, dispatches);
    try {
      const shaders = dispatches.map((dispatch) =>
        writeShader(dispatch, realisation, {
          locate: (storage) => memory.locate(storage),
          tileOf: (group) => tileOf(group, maxBatch, hardware),
        }),
      );
      const kernels = await Promise.all(
        shaders.map(({ label, source }) =>
          createKernel(device, { label: `${options.label}: ${label}`, source }),
        ),
      );
      const steps = kernels.map(({ pipeline, bind }, i) => {
        const resources = shaders[i].bindings.map(
          (binding) => [binding.name, memory.range(binding)] as const,
        );
        const bindGroup = bind(Object.fromEntries(resources), 1);
        return { pipeline, bindGroup, shader: shaders[i], stage: dispatches[i].stage };
      });
      const first = kernels.at(0);
      const makeBatchGroup = first ? (buffer: GPUBuffer) => first.bind({ n: buffer }, 0) : null;
      return new Plan(device, options, memory, steps, makeBatchGroup);
    } catch (error) {
      memory.destroy();
      throw error;
    }
  }

  encode(pass: GPUComputePassEncoder, batch: number, stage?: PlanStage): void {
    const setup = this.#batches.get(batch) ?? this.#prepare(batch);
    pass.setBindGroup(0, setup.bindGroup);
    let pipeline: GPUComputePipeline | null = null;
    for (let i = 0; i < this.steps.length; i++) {
      const step = this.steps[i];
      if (stage !== undefined && step.stage !== stage) continue;
      if (step.pipeline !== pipeline) pass.setPipeline((pipeline = step.pipeline));
      pass.setBindGroup(1, step.bindGroup);
      const [x, y] = setup.folds[i];
      pass.dispatchWorkgroups(x, y);
    }
  }

  binding(name: string): PlanBinding {
    const binding = this.memory.named(name);
    if (!binding) {
      const { label } = this.options;
      throw new EspalierError('bad-setting', 'noPlanBinding', { label, name });
    }
    return binding;
  }

  destroy(): void {
    this.memory.destroy();
    this.#batches.forEach(({ buffer }) => buffer.destroy());
    this.#batches.clear();
  }

  #prepare(batch: number): BatchSetup {
    const { label, maxBatch } = this.options;
    if (!Number.isInteger(batch) || batch < 1 || batch > maxBatch) {
      throw new EspalierError('bad-setting', 'planBatch', { label, most: maxBatch, batch });
    }
    const buffer = this.device.createBuffer({
      label: `${label}: batch size ${batch}`,
      size: 16,
      usage: GPUBufferUsage.UNIFORM,
      mappedAtCreation: true,
    });
    new Uint32Array(buffer.getMappedRange()).set([batch]);
    buffer.unmap();
    const bindGroup = this.#makeBatchGroup?.(buffer) ?? null;
    const folds = this.steps.map(({ shader }) => foldWorkgroups(shader.workgroupsAt(batch)));
    const setup = { bindGroup, buffer, folds };
    this.#batches.set(batch, setup);
    return setup;
  }
}
