/**
 * One iteration of points/ring by phase, as the journal's own clock readings tell, and how much of it is the network.
 *
 * CPU tier: the calls of `Network` are timed where they happen. WebGPU tier: rollout and update are submits of network
 * and other kernels mixed, so the plans' work is recorded during an iteration and, right after it, replayed alone, in as
 * many submits, until the queue is empty. (A replay writes only what the next iteration writes anew.)
 */
import { expose } from 'comlink';
import type { AlgorithmName } from '../../src/algorithms';
import { resolveSettings } from '../../src/config/resolve';
import { leafCount } from '../../src/core/tree';
import { createEngine } from '../../src/engine/createEngine';
import { Network } from '../../src/engine/network';
import { requestDevice } from '../../src/gpu/device';
import { Plan } from '../../src/gpu/plan/plan';
import { phaseEvent, phases } from '../../src/journal/events';
import type { JournalEvent, Phase } from '../../src/journal/events';
import type { PolicyModel } from '../../src/onnx/graph';
import { loadPolicy } from '../../src/onnx/policy';
import { findScene } from '../../src/scenes';
import { Trainer } from '../../src/trainer/trainer';
import { median } from '../report/ratios';
import type { IterationRow } from '../report/types';

const SCENE = 'points/ring';
/** Iterations before the measured ones. */
const WARM_UP = 2;

export interface IterationRequest {
  readonly algorithm: AlgorithmName;
  readonly engine: IterationRow['engine'];
  readonly iterations: number;
  /** Address of the scene's .onnx file. */
  readonly model: string;
}

const api = {
  async measure(request: IterationRequest): Promise<IterationRow> {
    const model = await loadModel(request.model);
    const gpu =
      request.engine === 'wgsl' ? await requestDevice(navigator.gpu, { force: true }) : null;
    const errors: string[] = [];
    gpu?.device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    const network: NetworkMeter = gpu ? new NetworkReplay(gpu.device) : new NetworkClock();
    const events: JournalEvent[] = [];
    const engine = await createEngine(request.engine, model, gpu?.device ?? null);
    const total = WARM_UP + request.iterations;
    const settings = resolveSettings(SCENE, request.algorithm, {
      iterations: total,
      evaluationInterval: total,
    });
    const trainer = new Trainer({
      scene: findScene(SCENE),
      algorithm: request.algorithm,
      settings,
      engine,
      model: { name: SCENE, sha256: '', parameters: model.parameterLength },
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
      if (iteration >= WARM_UP) networkTimes.push(milliseconds);
    }
    engine.destroy();
    if (errors.length > 0) throw new Error(`GPU error: ${errors[0]}`);
    return {
      ...medians(events, networkTimes),
      algorithm: request.algorithm,
      engine: request.engine,
      leaves: leafCount(trainer.shape),
      steps: settings.steps,
      iterations: request.iterations,
    };
  },
};

export type IterationWorkerApi = typeof api;

expose(api);

async function loadModel(address: string): Promise<PolicyModel> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}. Make it by npm run pretrain.`);
  return loadPolicy(new Uint8Array(await response.arrayBuffer()));
}

type Medians = Pick<IterationRow, 'phases' | 'total' | 'network' | 'outside'>;

function medians(events: readonly JournalEvent[], network: readonly number[]): Medians {
  const readings = (phase: Phase): number[] =>
    events.flatMap((event) =>
      event.type === phaseEvent[phase] && event.iteration >= WARM_UP ? [event.milliseconds] : [],
    );
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

/** Adds up the time inside `Network`'s calls. */
class NetworkClock implements NetworkMeter {
  #sum = 0;

  constructor() {
    for (const name of ['forward', 'gradient'] as const) {
      const original = Network.prototype[name] as (...args: unknown[]) => Promise<Float32Array>;
      const add = (milliseconds: number): void => void (this.#sum += milliseconds);
      Network.prototype[name] = async function (this: Network, ...args: unknown[]) {
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
    return performance.now() - began;
  }
}
