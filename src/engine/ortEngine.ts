/**
 * The engine over onnxruntime: the network by `ShardPool`, everything around it by the kernels' CPU twins. With the WASM
 * provider it is the CPU tier, on every core, and the oracle of the WebGPU tier; with the WebGPU provider the network
 * alone runs on the GPU.
 */
import { TreeIndex, childrenAt, depthOffsets } from '../core/tree';
import type { TreeShape } from '../core/tree';
import { adamw } from '../kernels/adamw/adamw.twin';
import { NOISE_STREAM, normals } from '../kernels/noise/noise.twin';
import { emptyTotals, policyGradient } from '../kernels/policy_gradient/policyGradient.twin';
import { samplerStep } from '../kernels/sampler_step/samplerStep.twin';
import type { PolicyModel } from '../onnx/graph';
import { ROW } from './engine';
import type {
  Engine,
  EngineName,
  EngineState,
  Rollout,
  RolloutRequest,
  SampleRequest,
  UpdateRequest,
  UpdateStatistics,
  VelocityRequest,
} from './engine';
import { networkFiles } from './network';
import { OrtModel } from './ortModel';
import type { OrtModelOptions } from './ortModel';
import type { Cores } from './pool/cores';
import { ShardPool } from './pool/pool';
import type { NetworkFiles, Rows } from './pool/protocol';
import { grainOf, oneRun } from './pool/shard';
import { completeState, notANumber } from './refusals';
import { updateStatistics } from './updateStatistics';

/** `cores` are for the WASM provider alone; without them the calling thread does everything, with the same bytes. */
export async function createOrtEngine(
  model: PolicyModel,
  options: OrtModelOptions = { provider: 'wasm' },
  cores: Cores | null = null,
): Promise<Engine> {
  const files = networkFiles(model);
  const wasm = options.provider === 'wasm';
  const pool = new ShardPool(files, (bytes) => OrtModel.open(bytes, options), {
    cores: wasm ? cores : null,
    grain: wasm ? grainOf(files.dimensions) : oneRun(files.dimensions),
  });
  await pool.open();
  return new OrtEngine(`ort-${options.provider}`, model, files, pool);
}

interface GrownForest {
  readonly request: RolloutRequest;
  readonly latents: Float32Array;
  readonly logProbs: Float32Array;
  /** Of every node that is not a leaf, by the weights of `version`. */
  readonly velocities: Float32Array;
  readonly version: number;
}

class OrtEngine implements Engine {
  readonly #dimensions: number;
  readonly #conditionSize: number;
  #state: EngineState;
  /** Counts changes of the weights, so that the rollout's velocities are reused while they are still the policy's. */
  #version = 0;
  #forest: GrownForest | null = null;

  constructor(
    readonly name: EngineName,
    private readonly model: PolicyModel,
    { dimensions, conditionSize }: NetworkFiles,
    private readonly pool: ShardPool,
  ) {
    this.#dimensions = dimensions;
    this.#conditionSize = conditionSize;
    this.#state = {
      weights: model.initialWeights.slice(),
      reference: model.initialWeights.slice(),
      firstMoment: new Float32Array(model.parameterLength),
      secondMoment: new Float32Array(model.parameterLength),
      updates: 0,
    };
    this.#publish();
  }

  async rollout(request: RolloutRequest): Promise<Rollout> {
    const { shape, steps, nodeKeys, conditions } = request;
    const D = this.#dimensions;
    const { offsets, widths } = new TreeIndex(shape);
    // The widest depth is the last. On a small forest, other cores would have nothing to do.
    if (this.pool.splits(offsets[shape.steps] - offsets[shape.steps - 1])) void this.pool.start();
    const nodes = offsets[shape.steps + 1];
    const latents = new Float32Array(nodes * D);
    const logProbs = new Float32Array(nodes);
    const velocities = new Float32Array(offsets[shape.steps] * D);
    this.#drawInitial(nodeKeys, offsets[1], latents);
    for (let depth = 0; depth < shape.steps; depth++) {
      const [from, to, end] = [offsets[depth], offsets[depth + 1], offsets[depth + 2]];
      const parents = latents.subarray(from * D, to * D);
      const sigmas = new Float32Array(to - from).fill(steps[depth].sigma);
      const cond = this.#expandConditions(
        conditions,
        (row) => Math.floor(row / widths[depth]),
        to - from,
      );
      const v = await this.pool.forward('policy', { x: parents, t: sigmas, cond });
      velocities.set(v, from * D);
      samplerStep(
        {
          parents,
          velocities: v,
          childKeys: nodeKeys.subarray(to * 2, end * 2),
          parentKeys: nodeKeys.subarray(from * 2, to * 2),
          childrenPerParent: childrenAt(shape, depth),
          step: steps[depth],
          branchIndependence: request.branchIndependence,
          reduction: request.reduction,
          dimensions: D,
        },
        { latents: latents.subarray(to * D, end * D), logProbs: logProbs.subarray(to, end) },
      );
    }
    this.#forest = { request, latents, logProbs, velocities, version: this.#version };
    // While the leaves are scored and drawn; a refusal is told by the update, which asks again.
    this.pool.openGradient().catch(() => undefined);
    const watched = request.watched ? ofFirstTree(velocities, shape, D) : new Float32Array(0);
    return { latents, logProbs, velocities: watched };
  }

  async update(update: UpdateRequest): Promise<UpdateStatistics> {
    const forest = this.#forest;
    if (!forest) throw new Error('update() needs a rollout first.');
    const fresh = forest.version === this.#version;
    const batch = this.#trainingBatch(forest, update.rows);
    const velocities = fresh
      ? this.#gather(forest.velocities, update.rows)
      : await this.pool.forward('policy', batch);
    const measured = update.objective.referenceWeight !== 0;
    const references = measured ? await this.pool.forward('reference', batch) : velocities;
    const { steps, reduction } = forest.request;
    const dimensions = this.#dimensions;
    const dv = new Float32Array(batch.x.length);
    const totals = emptyTotals();
    policyGradient(
      { ...update, ...forest, velocities, references, steps, reduction, dimensions },
      { dv, statistics: totals },
    );
    if (totals.nonFinite) throw notANumber();
    const gradients = await this.pool.gradient({ ...batch, dv });
    const { weights, firstMoment, secondMoment, updates } = this.#state;
    const step = adamw({
      weights,
      gradients,
      firstMoment,
      secondMoment,
      updates,
      settings: update.optimizer,
    });
    if (!step.applied) throw notANumber();
    this.#state = { ...this.#state, updates: updates + 1 };
    this.#version++;
    this.pool.setWeights('policy', weights);
    const rows = batch.t.length;
    const statistics = updateStatistics(totals, {
      gradientNorm: step.gradientNorm,
      gradientEvaluations: rows,
      forwardEvaluations: rows * (Number(measured) + Number(!fresh)),
    });
    return measured ? statistics : { ...statistics, referenceLoss: null };
  }

  async sample({ keys, steps, conditions }: SampleRequest): Promise<Float32Array> {
    const D = this.#dimensions;
    const count = keys.length / 2;
    const samples = new Float32Array(count * D);
    this.#drawInitial(keys, count, samples);
    for (const { sigma, cx, cv } of steps) {
      const sigmas = new Float32Array(count).fill(sigma);
      const v = await this.pool.forward('policy', { x: samples, t: sigmas, cond: conditions });
      for (let i = 0; i < samples.length; i++) samples[i] = cx * samples[i] + cv * v[i];
    }
    return samples;
  }

  velocities({ latents, sigmas, conditions }: VelocityRequest): Promise<Float32Array> {
    return this.pool.forward('policy', { x: latents, t: sigmas, cond: conditions });
  }

  readState(): Promise<EngineState> {
    return Promise.resolve(copyState(this.#state));
  }

  async writeState(state: EngineState): Promise<void> {
    this.#state = copyState(completeState(state, this.model));
    this.#version++;
    this.#publish();
  }

  destroy(): void {
    this.#forest = null;
    this.pool.destroy();
  }

  #drawInitial(keys: Uint32Array, count: number, out: Float32Array): void {
    const D = this.#dimensions;
    for (let i = 0; i < count; i++) {
      normals(keys[i * 2], keys[i * 2 + 1], NOISE_STREAM.initial, D, out, i * D);
    }
  }

  #publish(): void {
    this.pool.setWeights('policy', this.#state.weights);
    this.pool.setWeights('reference', this.#state.reference);
  }

  #expandConditions(
    conditions: Float32Array | null,
    treeOfRow: (row: number) => number,
    rows: number,
  ): Float32Array | null {
    if (!conditions) return null;
    const C = this.#conditionSize;
    const out = new Float32Array(rows * C);
    for (let row = 0; row < rows; row++) {
      const tree = treeOfRow(row);
      out.set(conditions.subarray(tree * C, (tree + 1) * C), row * C);
    }
    return out;
  }

  #trainingBatch({ request, latents }: GrownForest, rows: Int32Array): Omit<Rows, 'dv'> {
    const { shape, steps, conditions } = request;
    const size = rows.length / ROW.width;
    const t = Float32Array.from(
      { length: size },
      (_, row) => steps[rows[row * ROW.width + ROW.step]].sigma,
    );
    const cond = this.#expandConditions(conditions, treeOf(shape, rows), size);
    return { x: this.#gather(latents, rows), t, cond };
  }

  #gather(source: Float32Array, rows: Int32Array): Float32Array {
    const D = this.#dimensions;
    const size = rows.length / ROW.width;
    const out = new Float32Array(size * D);
    for (let row = 0; row < size; row++) {
      const node = rows[row * ROW.width + ROW.node];
      out.set(source.subarray(node * D, (node + 1) * D), row * D);
    }
    return out;
  }
}

/** The rows of a vector of all nodes that are the first tree's, leaves left out, depth by depth. */
function ofFirstTree(rows: Float32Array, shape: TreeShape, dimensions: number): Float32Array {
  const { widths, offsets } = new TreeIndex(shape);
  const inner = widths.slice(0, shape.steps);
  const result = new Float32Array(inner.reduce((sum, width) => sum + width, 0) * dimensions);
  let at = 0;
  inner.forEach((width, depth) => {
    const first = offsets[depth] * dimensions;
    result.set(rows.subarray(first, first + width * dimensions), at);
    at += width * dimensions;
  });
  return result;
}

/** Tree of the parent of a training row. */
function treeOf(shape: TreeShape, rows: Int32Array): (row: number) => number {
  const offsets = depthOffsets(shape);
  const { widths } = new TreeIndex(shape);
  return (row) => {
    const step = rows[row * ROW.width + ROW.step];
    return Math.floor((rows[row * ROW.width + ROW.node] - offsets[step]) / widths[step]);
  };
}

function copyState(state: EngineState): EngineState {
  return {
    weights: state.weights.slice(),
    reference: state.reference.slice(),
    firstMoment: state.firstMoment.slice(),
    secondMoment: state.secondMoment.slice(),
    updates: state.updates,
  };
}
