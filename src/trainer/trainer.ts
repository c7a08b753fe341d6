/**
 * The one trainer. An iteration is six phases, always in this order: rollout → score → fuse → normalise → prune →
 * update. Algorithms differ only in their settings; scenes only in what is generated and judged; engines only in what
 * computes. Each call of `step` runs one phase and emits its journal event, so a run can be paused between any two.
 */
import type { AlgorithmName } from '../algorithms';
import type { Settings } from '../config/properties';
import { holdsAllSteps, iterationPlan, plannedSteps } from '../config/plan';
import type { IterationPlan } from '../config/plan';
import { checkSettings } from '../config/settings';
import { fuseRewards, setAdvantages } from '../core/credit';
import { EspalierError, errorData } from '../core/errors';
import { keptEdges } from '../core/prune';
import type { SamplerStep } from '../core/sampler';
import { checkTreeShape, edgeCount, forwardCount, leafCount } from '../core/tree';
import { updateBatch } from '../core/updateBatch';
import type { Engine, Rollout, UpdateStatistics } from '../engine/engine';
import { checkpointPolicy, numerics, phases } from '../journal/events';
import type { Checkpoint, JournalEvent, ModelIdentity, Phase, Tier } from '../journal/events';
import { forestKeys } from '../kernels/noise/noise.twin';
import { sampleSize } from '../scenes/scene';
import type { Landscape, Prompt, Reward, Scene } from '../scenes/scene';
import { firstTreeEstimates } from './estimates';
import { conditionsOf, emptyLandscape, promptsOfLeaves, rewardOf, rewardsOf } from './evaluation';
import { Evaluator } from './evaluator';
import { optimizerSettings } from './optimizer';

export interface TrainerOptions {
  readonly scene: Scene;
  readonly algorithm: AlgorithmName;
  readonly settings: Settings;
  readonly engine: Engine;
  readonly model: ModelIdentity;
  readonly tier: Tier;
  /** Milliseconds; only ever written to `milliseconds` fields. */
  readonly clock: () => number;
  readonly emit: (event: JournalEvent) => void;
  readonly version: string;
  /** Continue from here instead of from the reference. */
  readonly checkpoint?: Checkpoint | null;
  readonly landscape?: Landscape | null;
}

/** What the phases of the current iteration hand on. */
interface Iteration {
  rollout: Rollout;
  rewards: Float32Array;
  fusedRewards: Float32Array;
  advantages: Float32Array;
  kept: Uint8Array;
}

export class Trainer {
  #plan: IterationPlan;
  #steps: readonly SamplerStep[];
  readonly #options: TrainerOptions;
  readonly #reward: Reward;
  readonly #evaluator: Evaluator;
  #iteration: number;
  #phase = 0;
  #current: Partial<Iteration> = {};
  #landscape: Landscape;
  /** One per tree of the iteration, or null in a scene without prompts. */
  #prompts: readonly Prompt[] | null = null;
  #ended = false;

  /** @throws EspalierError 'bad-setting' */
  constructor(options: TrainerOptions) {
    const { settings, scene, checkpoint } = options;
    checkSettings(settings);
    this.#options = options;
    this.#reward = rewardOf(scene, settings);
    this.#evaluator = new Evaluator(scene, settings, options.engine, this.#reward);
    this.#iteration = checkpoint?.iteration ?? 0;
    this.#plan = iterationPlan(settings, this.#iteration);
    this.#steps = plannedSteps(settings, this.#plan);
    this.#landscape = options.landscape ?? emptyLandscape();
  }

  /** The iteration in progress, or the number of iterations done when it has not begun. */
  get iteration(): number {
    return this.#iteration;
  }

  /** The forest of the iteration in progress, or of the one done before its first phase. */
  get plan(): IterationPlan {
    return this.#plan;
  }

  get nextPhase(): Phase {
    return phases[this.#phase];
  }

  get finished(): boolean {
    return this.#iteration >= this.#options.settings.iterations;
  }

  /** Loads the checkpoint if there is one and opens the journal. */
  async start(): Promise<void> {
    const { scene, algorithm, settings, engine, model, tier, checkpoint, version } = this.#options;
    const began = this.#options.clock();
    const baseSamples = await this.#evaluator.reference(Boolean(checkpoint));
    if (checkpoint) await engine.writeState(checkpoint.state);
    this.#options.emit({
      type: 'run-started',
      version,
      run: { scene: scene.name, algorithm, settings, model, tier, engine: engine.name, numerics },
      iteration: this.#iteration,
      data: this.#evaluator.data,
      baseSamples,
      milliseconds: this.#options.clock() - began,
    });
    if (this.#options.landscape) this.paint(this.#options.landscape);
  }

  /** Runs one phase. @throws EspalierError 'not-a-number' with the weights as they were before the phase. */
  async step(): Promise<Phase> {
    const phase = this.nextPhase;
    const due = this.#iteration % this.#options.settings.evaluationInterval === 0;
    if (phase === 'rollout' && due) await this.#evaluate();
    const began = this.#options.clock();
    const event = await this.#run(phase);
    const milliseconds = this.#options.clock() - began;
    this.#options.emit({ ...event, iteration: this.#iteration, milliseconds } as JournalEvent);
    this.#phase = (this.#phase + 1) % phases.length;
    if (this.#phase === 0) this.#iteration++;
    return phase;
  }

  /** Replaces the painted landscape from the next scoring on. */
  paint(landscape: Landscape): void {
    this.#landscape = landscape;
    const { emit } = this.#options;
    emit({ type: 'landscape-painted', landscape, iteration: this.#iteration, milliseconds: 0 });
  }

  /** The point from which training goes on exactly; in mid-iteration, its beginning if no update was made yet. */
  async checkpoint(): Promise<Checkpoint> {
    const { engine, model, settings } = this.#options;
    const policy = checkpointPolicy(model, settings);
    return { iteration: this.#iteration, state: await engine.readState(), policy };
  }

  /** Evaluates once more if the run came to its end, writes the last checkpoint and closes the journal. */
  async end(reason: 'finished' | 'stopped' | 'failed', error?: unknown): Promise<void> {
    if (this.#ended) return;
    if (reason === 'finished') await this.#evaluate();
    this.#ended = true;
    const { emit } = this.#options;
    const iteration = this.#iteration;
    // A lost device cannot be read any more; the journal is closed all the same.
    const checkpoint = await this.checkpoint().catch(() => null);
    if (checkpoint)
      emit({ type: 'checkpoint', state: checkpoint.state, iteration, milliseconds: 0 });
    const data = error === undefined ? null : errorData(error);
    emit({ type: 'run-ended', reason, error: data, iteration, milliseconds: 0 });
  }

  #run(phase: Phase): Promise<object> | object {
    switch (phase) {
      case 'rollout':
        return this.#rollout();
      case 'score':
        return this.#score();
      case 'fuse':
        return this.#fuse();
      case 'normalise':
        return this.#normalise();
      case 'prune':
        return this.#prune();
      case 'update':
        return this.#update();
    }
  }

  async #rollout(): Promise<object> {
    const { engine, scene, settings } = this.#options;
    this.#plan = iterationPlan(settings, this.#iteration);
    this.#steps = plannedSteps(settings, this.#plan);
    checkTreeShape(this.#plan.shape);
    const { trees } = this.#plan.shape;
    this.#prompts = scene.prompts && scene.prompts.draw(trees, settings.seed, this.#iteration);
    const hasPictures = scene.picture !== null;
    const rollout = await engine.rollout({
      shape: this.#plan.shape,
      steps: this.#steps,
      nodeKeys: forestKeys(this.#plan.shape, settings.seed, this.#iteration),
      branchIndependence: settings.branchIndependence,
      reduction: settings.logProbReduction,
      conditions: conditionsOf(scene, this.#prompts),
      watched: hasPictures,
    });
    this.#current = { rollout };
    const { latents, logProbs } = rollout;
    const none = new Float32Array(0);
    const seen = hasPictures
      ? {
          latents: none,
          estimates: firstTreeEstimates(rollout, this.#plan.shape, this.#steps, sampleSize(scene)),
        }
      : { latents, estimates: none };
    const forwardEvaluations = forwardCount(this.#plan.shape);
    return { type: 'tree-grown', plan: this.#plan, ...seen, logProbs, forwardEvaluations };
  }

  #score(): object {
    const { scene } = this.#options;
    const { shape } = this.#plan;
    const { latents } = this.#from('rollout');
    const leaves = leafCount(shape);
    const samples = latents.subarray(latents.length - leaves * sampleSize(scene));
    const prompts = promptsOfLeaves(this.#prompts, leaves / shape.trees);
    const context = { landscape: this.#landscape, prompts };
    const rewards = rewardsOf(scene, this.#reward, samples, context);
    if (!rewards.every(Number.isFinite)) {
      throw new EspalierError('not-a-number', 'rewardNotFinite', { reward: this.#reward.title });
    }
    this.#current.rewards = rewards;
    const mean = rewards.reduce((sum, r) => sum + r, 0) / leaves;
    return {
      type: 'leaves-scored',
      rewards,
      mean,
      best: Math.max(...rewards),
      worst: Math.min(...rewards),
    };
  }

  #fuse(): object {
    const { fusion, fusionSharpness } = this.#options.settings;
    const rule = { kind: fusion, sharpness: fusionSharpness };
    const { logProbs } = this.#from('rollout');
    const fusedRewards = fuseRewards(this.#plan.shape, this.#from('rewards'), logProbs, rule);
    this.#current.fusedRewards = fusedRewards;
    return { type: 'rewards-fused', fusedRewards };
  }

  #normalise(): object {
    const { advantage, advantageScope, advantageBound } = this.#options.settings;
    const rule = { kind: advantage, scope: advantageScope, bound: advantageBound };
    const advantages = setAdvantages(this.#plan.shape, this.#from('fusedRewards'), rule);
    this.#current.advantages = advantages;
    return { type: 'advantages-set', advantages };
  }

  #prune(): object {
    const kept = keptEdges(this.#plan.shape, this.#steps, this.#from('advantages'));
    this.#current.kept = kept;
    const keptCount = kept.reduce((sum, one) => sum + one, 0);
    return { type: 'edges-pruned', kept, keptEdges: keptCount, edges: edgeCount(this.#plan.shape) };
  }

  /** `updates` optimiser steps, each on its share of the trees. */
  async #update(): Promise<object> {
    const { settings, engine } = this.#options;
    const kept = this.#from('kept');
    const advantages = this.#from('advantages');
    const { clip, referenceWeight, referenceTerm } = settings;
    const optimizer = optimizerSettings(settings, this.#iteration);
    const updates: UpdateStatistics[] = [];
    const holding = holdsAllSteps(settings) ? this.#iteration : null;
    for (let part = 0; part < settings.updates; part++) {
      const bound = (i: number): number =>
        Math.floor((i * this.#plan.shape.trees) / settings.updates);
      const trees = { first: bound(part), last: bound(part + 1) };
      const batch = updateBatch(this.#plan.shape, this.#steps, kept, trees, holding);
      if (!batch) continue;
      const statistics = await engine.update({
        ...batch,
        advantages,
        objective: { clip, referenceWeight, referenceTerm },
        optimizer,
      });
      updates.push(statistics);
    }
    this.#current = {};
    return { type: 'weights-updated', updates };
  }

  async #evaluate(): Promise<void> {
    const { clock, emit } = this.#options;
    const began = clock();
    const evaluation = await this.#evaluator.evaluate(this.#landscape);
    emit({
      type: 'evaluated',
      ...evaluation,
      iteration: this.#iteration,
      milliseconds: clock() - began,
    });
  }

  #from<Key extends keyof Iteration>(key: Key): Iteration[Key] {
    const value = this.#current[key];
    if (value === undefined)
      throw new Error(`Phase "${this.nextPhase}" needs the ${key} of the phases before.`);
    return value;
  }
}
