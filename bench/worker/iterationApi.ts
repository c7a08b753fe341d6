/**
 * One iteration of a scene by phase, as the journal's own clock readings tell, and how much of it is the network.
 *
 * CPU tier: the calls of `ShardPool` are timed where they happen. WebGPU tier: rollout and update are submits of network
 * and other kernels mixed, so the plans' work is recorded during an iteration and, right after it, replayed alone, in as
 * many submits, until the queue is empty. (A replay writes only what the next iteration writes anew.) An iteration stands
 * between two replays, its own and the one before, and their mean is its network, so that drift hits both alike.
 */
import type { AlgorithmName } from '../../src/algorithms';
import type { Settings } from '../../src/config/properties';
import { resolveSettings } from '../../src/config/resolve';
import { leafCount } from '../../src/core/tree';
import { createEngine } from '../../src/engine/createEngine';
import { ShardPool } from '../../src/engine/pool/pool';
import { pageCores } from '../../src/engine/pool/pageCores';
import { requestDevice } from '../../src/gpu/device';
import { Plan } from '../../src/gpu/plan/plan';
import { phaseEvent, phases } from '../../src/journal/events';
import type { JournalEvent, Phase } from '../../src/journal/events';
import { findScene } from '../../src/scenes';
import { Trainer } from '../../src/trainer/trainer';
import { openPolicy } from '../../src/session/setUp';
import type { Policy } from '../../src/session/setUp';
import { median } from '../report/ratios';
import type { IterationRow, IterationScene, OwnEngine } from '../report/types';

export interface IterationCount {
  /** Iterations before the measured ones. */
  readonly warmUp: number;
  readonly iterations: number;
}

export interface IterationRequest extends IterationCount {
  readonly scene: IterationScene;
  readonly algorithm: AlgorithmName;
  readonly engine: OwnEngine;
  /** The page's address. */
  readonly base: string;
}

export const iterationApi = {
  async measure(request: IterationRequest): Promise<IterationRow> {
    const { warmUp, iterations } = request;
    const settings = iterationSettings(request);
    const { model, identity } = await policy(request, settings);
    const gpu =
      request.engine === 'wgsl' ? await requestDevice(navigator.gpu, { force: true }) : null;
    const errors: string[] = [];
    gpu?.device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    const network: NetworkMeter = gpu ? new NetworkReplay(gpu.device) : new NetworkClock();
    const events: JournalEvent[] = [];
    const engine = await createEngine(request.engine, model, gpu?.device ?? null, pageCores());
    const trainer = new Trainer({
      scene: findScene(request.scene),
      algorithm: request.algorithm,
      settings,
      engine,
      model: identity,
      tier: gpu ? 'webgpu' : 'cpu',
      clock: () => performance.now(),
      emit: (event) => events.push(event),
      version: 'bench',
    });
    await trainer.start();
    const networkTimes: number[] = [];
    while (!trainer.finished) {
      network.begin();
      const { iteration } = trainer;
      while (trainer.iteration === iteration) await trainer.step();
      const milliseconds = await network.milliseconds();
      if (iteration >= warmUp) networkTimes.push(milliseconds);
    }
    engine.destroy();
    if (errors.length > 0) throw new Error(`GPU error: ${errors[0]}`);
    const measured = events.filter(({ iteration }) => iteration >= warmUp);
    return {
      ...medians(measured, networkTimes),
      scene: request.scene,
      algorithm: request.algorithm,
      engine: request.engine,
      leaves: leafCount(trainer.plan.shape),
      steps: settings.steps,
      iterations,
    };
  },
};

export type IterationApi = typeof iterationApi;

/** The scene's preset. Evaluations are not measured, so there is one, before the first iteration, and it is small. */
function iterationSettings({ scene, algorithm, warmUp, iterations }: IterationRequest): Settings {
  const total = warmUp + iterations;
  return resolveSettings(scene, algorithm, {
    ...{ iterations: total, evaluationInterval: total },
    ...{ evaluationSamples: 16, evaluationSteps: 1 },
  });
}

/** The scene's policy as the page would open it, with the weights that its settings train. */
function policy({ base, ...request }: IterationRequest, settings: Settings): Promise<Policy> {
  const run = { ...request, settings, model: null, checkpoint: null, landscape: null };
  const environment = {
    gpu: () => Promise.resolve(navigator.gpu),
    clock: () => performance.now(),
    async fetchModel(file: string): Promise<Uint8Array> {
      const response = await fetch(new URL(`data/models/${file}`, base));
      if (!response.ok) throw new Error(`data/models/${file}: ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
  return openPolicy(run, findScene(request.scene), environment, () => {});
}

type Medians = Pick<IterationRow, 'phases' | 'total' | 'network' | 'outside'>;

function medians(events: readonly JournalEvent[], network: readonly number[]): Medians {
  const readings = (phase: Phase): number[] =>
    events.flatMap((event) => (event.type === phaseEvent[phase] ? [event.milliseconds] : []));
  const byPhase = phases.map((phase) => [phase, readings(phase)] as const);
  const totals = network.map((_, i) => byPhase.reduce((sum, [, values]) => sum + values[i], 0));
  return {
    phases: Object.fromEntries(byPhase.map(([phase, values]) => [phase, median(values)])) as Record<
      Phase,
      number
    >,
    total: median(totals),
    network: median(network),
    outside: median(totals.map((total, i) => (total - network[i]) / total)),
  };
}

interface NetworkMeter {
  /** An iteration begins. */
  begin(): void;
  /** Milliseconds of the network's work in the iteration that has just ended. */
  milliseconds(): Promise<number>;
}

/** Adds up the time inside the calls of the network on all cores. */
class NetworkClock implements NetworkMeter {
  #sum = 0;

  constructor() {
    for (const name of ['forward', 'gradient'] as const) {
      const original = ShardPool.prototype[name] as (...args: unknown[]) => Promise<Float32Array>;
      const add = (milliseconds: number): void => void (this.#sum += milliseconds);
      ShardPool.prototype[name] = async function (this: ShardPool, ...args: unknown[]) {
        const began = performance.now();
        try {
          return await original.apply(this, args);
        } finally {
          add(performance.now() - began);
        }
      };
    }
  }

  begin(): void {
    this.#sum = 0;
  }

  milliseconds(): Promise<number> {
    return Promise.resolve(this.#sum);
  }
}

type Encoding =
  Parameters<Plan['encode']> extends [GPUComputePassEncoder, ...infer Rest]
    ? readonly [Plan, ...Rest]
    : never;

/** Records what the plans encode, submit by submit, and can do that alone again. */
class NetworkReplay implements NetworkMeter {
  #submits: Encoding[][] = [[]];
  #last: number | null = null;

  constructor(private readonly device: GPUDevice) {
    const record = (encoding: Encoding): void => void this.#submits.at(-1)!.push(encoding);
    const next = (): void => void this.#submits.push([]);
    const encode = Plan.prototype.encode;
    Plan.prototype.encode = function (this: Plan, pass, ...rest) {
      record([this, ...rest]);
      encode.call(this, pass, ...rest);
    };
    const submit = device.queue.submit.bind(device.queue);
    device.queue.submit = (buffers) => {
      next();
      submit(buffers);
    };
  }

  begin(): void {
    this.#submits = [[]];
  }

  async milliseconds(): Promise<number> {
    const submits = this.#submits.filter((encodings) => encodings.length > 0);
    const { queue } = this.device;
    await queue.onSubmittedWorkDone();
    const began = performance.now();
    for (const encodings of submits) {
      const encoder = this.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const [plan, ...rest] of encodings) plan.encode(pass, ...rest);
      pass.end();
      queue.submit([encoder.finish()]);
    }
    await queue.onSubmittedWorkDone();
    const now = performance.now() - began;
    const before = this.#last ?? now;
    this.#last = now;
    return (before + now) / 2;
  }
}
