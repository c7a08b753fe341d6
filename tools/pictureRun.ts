/** One picture run as a measurement: trained, evaluated before and after, counted and timed. */
import { nodeEnvironment, runHeadless } from '../src/session/runHeadless';
import { resolveSettings } from '../src/config/resolve';
import type { Settings } from '../src/config/properties';
import { streams } from '../src/core/streams';
import { createEngine } from '../src/engine/createEngine';
import type { Engine, EngineName, EngineState } from '../src/engine/engine';
import { openNodeDevice } from '../src/gpu/nodeGpu';
import { phaseEvent } from '../src/journal/events';
import type { EventOf, JournalEvent } from '../src/journal/events';
import { decodeModel } from '../src/onnx/format/decode';
import { flops } from '../src/onnx/passes/flops';
import { policyFromGraph } from '../src/onnx/policy';
import { withTrained } from '../src/onnx/passes/trained';
import { findScene } from '../src/scenes';
import type { Scene } from '../src/scenes/scene';
import { emptyLandscape, judge, odeSamples, rewardOf } from '../src/trainer/evaluation';

/** Reward and metrics of some samples, by name. */
export type Figures = Readonly<Record<string, number>>;

/** Figures by number of ODE steps. */
export type Evaluations = ReadonlyMap<number, Figures>;

export interface RunPlan {
  readonly scene: string;
  readonly overrides: Partial<Settings>;
  readonly engine: EngineName;
  /** Numbers of ODE steps to evaluate with. */
  readonly odeSteps: readonly number[];
  /** Samples of the evaluation with most steps; the others take a fifth. Every prompt is asked for twice. */
  readonly samples: number;
}

export interface PictureRun {
  readonly seed: number;
  readonly before: Evaluations;
  readonly after: Evaluations;
  /** Rounded as they are kept; what `after` was measured on. */
  readonly weights: Float32Array;
  readonly trainingFlops: number;
  /** Of the training alone. */
  readonly seconds: number;
  /** Time of the verifier: milliseconds per leaf, and share of all six phases. */
  readonly scoring: { readonly perLeaf: number; readonly share: number };
  /** The journal without its trees. */
  readonly events: readonly JournalEvent[];
}

/** Prompts and noise of these evaluations are not those that a run evaluates itself on. */
const EVALUATION_SEED = 20_251;

/** A gradient evaluation costs as much as this many forward ones: one forward, and twice that backwards. */
const GRADIENT_COST = 3;

const keptTypes: readonly JournalEvent['type'][] = [
  'run-started',
  'evaluated',
  'checkpoint',
  'run-ended',
];

const phaseTypes: readonly JournalEvent['type'][] = Object.values(phaseEvent);

/** Trains one seed and measures it; `tell` says how far it is. */
export async function trainPictures(
  plan: RunPlan,
  seed: number,
  tell: (text: string) => void,
): Promise<PictureRun> {
  const settings = resolveSettings(plan.scene, 'branch-grpo', { ...plan.overrides, seed });
  const scene = findScene(plan.scene);
  const graph = decodeModel(await nodeEnvironment.fetchModel(scene.model));
  const model = policyFromGraph(withTrained(graph, settings.trainedWeights, settings.loraRank));
  const events: JournalEvent[] = [];
  let forwards = 0;
  const scoring = new ScoringTime();
  const began = performance.now();
  await runHeadless({
    scene: plan.scene,
    algorithm: 'branch-grpo',
    overrides: { ...plan.overrides, seed },
    engine: plan.engine,
    onEvent: (event) => {
      if (keptTypes.includes(event.type)) events.push(event);
      forwards += forwardsOf(event);
      scoring.add(event);
      if (event.type === 'weights-updated') {
        tell(`seed ${seed}, iteration ${event.iteration + 1} of ${settings.iterations}`);
      }
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const weights = roundWeights(lastOf(events, 'checkpoint').state.weights);
  tell(`seed ${seed}, evaluation`);
  const gpu = plan.engine === 'wgsl' ? await openNodeDevice() : null;
  const engine = await createEngine(plan.engine, model, gpu?.device ?? null);
  const before = await evaluate(engine, scene, settings, plan);
  await engine.writeState(weightsAlone(weights));
  const after = await evaluate(engine, scene, settings, plan);
  engine.destroy();
  gpu?.release();
  const trainingFlops = forwards * flops(model.forward);
  return {
    seed,
    before,
    after,
    weights,
    trainingFlops,
    seconds,
    scoring: scoring.figures,
    events,
  };
}

/** Adds up how long leaves were scored, and how long everything took. */
class ScoringTime {
  #leaves = 0;
  #scoring = 0;
  #all = 0;

  add(event: JournalEvent): void {
    if (!phaseTypes.includes(event.type)) return;
    this.#all += event.milliseconds;
    if (event.type !== 'leaves-scored') return;
    this.#scoring += event.milliseconds;
    this.#leaves += event.rewards.length;
  }

  get figures(): PictureRun['scoring'] {
    return { perLeaf: this.#scoring / this.#leaves, share: this.#scoring / this.#all };
  }
}

function forwardsOf(event: JournalEvent): number {
  if (event.type === 'tree-grown') return event.forwardEvaluations;
  if (event.type !== 'weights-updated') return 0;
  return event.updates.reduce(
    (sum, { forwardEvaluations, gradientEvaluations }) =>
      sum + forwardEvaluations + GRADIENT_COST * gradientEvaluations,
    0,
  );
}

function lastOf<T extends JournalEvent['type']>(events: readonly JournalEvent[], type: T) {
  const own = events.filter((event): event is EventOf<T> => event.type === type);
  return own[own.length - 1];
}

/** Figures of the engine's policy for every number of steps in the plan. */
async function evaluate(
  engine: Engine,
  scene: Scene,
  settings: Settings,
  { odeSteps, samples }: RunPlan,
): Promise<Evaluations> {
  const most = Math.max(...odeSteps);
  const evaluations = new Map<number, Figures>();
  for (const steps of odeSteps) {
    const count = steps === most ? samples : Math.ceil(samples / 5);
    evaluations.set(steps, await figuresAt(steps, count, engine, scene, settings));
  }
  return evaluations;
}

async function figuresAt(
  odeSteps: number,
  count: number,
  engine: Engine,
  scene: Scene,
  settings: Settings,
): Promise<Figures> {
  const prompts = scene.prompts!.evaluation(count, EVALUATION_SEED);
  const samples = await odeSamples(engine, scene, {
    seed: EVALUATION_SEED,
    stream: streams.besideRun,
    count,
    steps: odeSteps,
    shift: settings.shift,
    prompts,
  });
  const context = { landscape: emptyLandscape(), prompts, data: samples };
  const { reward, metrics } = judge(scene, rewardOf(scene, settings), samples, context);
  return { reward, ...metrics };
}

/** Weights to nine significant bits; they pack to less than half the size, and `after` is measured on them. */
export function roundWeights(weights: Float32Array): Float32Array {
  const bits = new Uint32Array(weights.slice().buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] + 0x4000) & 0xffff8000;
  return new Float32Array(bits.buffer);
}

const none = new Float32Array(0);

const weightsAlone = (weights: Float32Array): EngineState => ({
  weights,
  reference: none,
  firstMoment: none,
  secondMoment: none,
  updates: 0,
});

/** The run's own evaluations, in order. */
export const evaluationsOf = ({ events }: Pick<PictureRun, 'events'>): EventOf<'evaluated'>[] =>
  events.filter((event): event is EventOf<'evaluated'> => event.type === 'evaluated');

/**
 * The run as a small journal that the page opens: its beginning, its evaluations, pictures of the first and the last of
 * them, and the trained weights alone as its checkpoint.
 */
export function smallJournal(run: PictureRun): JournalEvent[] {
  const { events, weights } = run;
  const evaluated = evaluationsOf(run);
  const shown = [0, evaluated.length - 1];
  return [
    lastOf(events, 'run-started'),
    ...evaluated.map((event, i) => (shown.includes(i) ? event : { ...event, samples: none })),
    { ...lastOf(events, 'checkpoint'), state: weightsAlone(weights) },
    lastOf(events, 'run-ended'),
  ];
}
