/** From a request to something that can train: the policy's file, the engine that runs it, and its self-check. */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import { sha256 } from '../core/sha256';
import { createEngine } from '../engine/createEngine';
import type { Engine, EngineName } from '../engine/engine';
import type { Cores } from '../engine/pool/cores';
import type { ModelIdentity, Tier } from '../journal/events';
import type { PolicyModel } from '../onnx/graph';
import { decodeModel } from '../onnx/format/decode';
import { policyFromGraph } from '../onnx/policy';
import { withTrained } from '../onnx/passes/trained';
import type { Scene } from '../scenes/scene';
import { lossOf } from './machine';
import type { Machine } from './machine';
import type { RunReady, RunRequest } from './protocol';
import { checkDevice, checkEngine } from './selfCheck';
import type { EngineOutputs } from './selfCheck';

/** What the session needs of the place it runs in: page, terminal or test. */
export interface Environment {
  /** WebGPU, if there is any. */
  gpu(): Promise<GPU | undefined>;
  /** Content of a file below public/models. */
  fetchModel(file: string): Promise<Uint8Array>;
  /** The cores that the CPU tier computes on; the calling thread alone where left out. */
  readonly cores?: Cores;
  /** Milliseconds since any moment. */
  clock(): number;
  /** Whether megabytes may be fetched that nobody waits for; they may where left out. */
  sparesDownloads?(): boolean;
  /** Called once, after the first iteration and when nothing is waited for: the place for what offline use needs. */
  keepForOffline?(): Promise<void>;
}

/** Tells the person what is being waited for; `fraction` of the whole set-up is done. */
export type Tell = (text: string, fraction: number) => void;

export interface Policy {
  readonly model: PolicyModel;
  readonly identity: ModelIdentity;
}

export interface OpenEngine {
  readonly engine: Engine;
  readonly tier: Tier;
  readonly selfCheck: RunReady['selfCheck'];
  /** What the WGSL plan made of the self-check's inputs, to be compared with ONNX Runtime's; else null. */
  readonly outputs: EngineOutputs | null;
  /** Rejects when the engine's GPU is lost; null on the CPU. */
  readonly lost: Promise<never> | null;
}

/** The request's own policy, or else the scene's. @throws EspalierError 'bad-model', 'unsupported-operator' */
export async function openPolicy(
  request: RunRequest,
  scene: Scene,
  environment: Environment,
  tell: Tell,
): Promise<Policy> {
  tell(say('progress.fetchingPolicy'), 0);
  const bytes = request.model?.bytes ?? (await environment.fetchModel(scene.model));
  tell(say('progress.readingPolicy'), 0.2);
  const { trainedWeights, loraRank } = request.settings;
  const graph = decodeModel(bytes);
  const model = policyFromGraph(withTrained(graph, trainedWeights, loraRank));
  const problems = misfits(model, scene);
  if (problems.length > 0) {
    const params = { scene: scene.name, problem: problems[0] };
    throw new EspalierError('bad-model', 'doesNotFitScene', params, problems);
  }
  const identity = {
    name: request.model?.name ?? scene.model,
    sha256: sha256(bytes),
    parameters: model.parameters.reduce((sum, { length }) => sum + length, 0),
  };
  return { model, identity };
}

function misfits(model: PolicyModel, scene: Scene): string[] {
  const problems: string[] = [];
  if (model.sampleShape.join() !== scene.sampleShape.join()) {
    const [shape, expected] = [model.sampleShape, scene.sampleShape].map(String);
    problems.push(say('network.sceneShape', { shape, expected }));
  }
  const given = scene.prompts ? [scene.prompts.conditionSize] : null;
  if ((model.conditionShape?.join() ?? '') !== (given?.join() ?? '')) {
    const ofShape = (shape: readonly number[]): string =>
      say('network.conditionShape', { shape: String(shape) });
    const { conditionShape } = model;
    const taken = conditionShape ? ofShape(conditionShape) : say('network.noCondition');
    const offered = given ? ofShape(given) : say('network.noneOffered');
    problems.push(say('network.sceneCondition', { taken, offered }));
  }
  return problems;
}

/**
 * Opens an engine for the policy and checks it where it computes on a GPU.
 * @throws EspalierError 'no-adapter', 'shader-error', 'self-check', 'device-lost'
 */
export async function openEngine(
  name: EngineName,
  { model }: Policy,
  machine: Machine,
  tell: Tell,
): Promise<OpenEngine> {
  if (name !== 'wgsl' && name !== 'ort-webgpu') {
    tell(say('progress.startingCpu'), 0.4);
    const engine = await createEngine(name, model, null, machine.cores);
    return { engine, tier: 'cpu', selfCheck: [], outputs: null, lost: null };
  }
  tell(say('progress.openingGpu'), 0.3);
  const { device } = await machine.device();
  const lost = lossOf(device);
  const compiling = name === 'wgsl' ? 'compilingShaders' : 'startingOrtOnGpu';
  const open = async (): Promise<OpenEngine> => {
    tell(say('progress.checkingGpu'), 0.4);
    const kernels = name === 'wgsl' ? await checkDevice(device) : [];
    tell(say(`progress.${compiling}`), 0.5);
    const engine = await createEngine(name, model, device);
    try {
      tell(say('progress.checkingNetwork'), 0.8);
      const { checks, outputs } = await checkEngine(engine, model);
      const selfCheck = [...kernels, ...checks];
      return { engine, tier: 'webgpu', selfCheck, outputs: name === 'wgsl' ? outputs : null, lost };
    } catch (error) {
      engine.destroy();
      throw error;
    }
  };
  return Promise.race([open(), lost]);
}

/** A second engine like an open one, with its present weights: what is tried on it leaves the run alone. */
export async function openSecondEngine(
  { engine }: OpenEngine,
  { model }: Policy,
  machine: Machine,
): Promise<Engine> {
  const { weights } = await engine.readState();
  const onGpu = engine.name === 'wgsl' || engine.name === 'ort-webgpu';
  const second = await createEngine(
    engine.name,
    model,
    onGpu ? (await machine.device()).device : null,
    machine.cores,
  );
  const none = new Float32Array(0);
  const state = { weights, reference: none, firstMoment: none, secondMoment: none, updates: 0 };
  await second.writeState(state);
  return second;
}
