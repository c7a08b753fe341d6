/**
 * The training worker without the worker: one run at a time, driven by calls, told by events. The page's worker, the
 * terminal and tests all train through it, so the same request gives the same journal everywhere.
 *
 * Every access to the engine takes its turn: a phase, a checkpoint, opening and closing never overlap. Between two
 * phases the session lets messages in, so pausing, painting and checkpoints are served at the next phase boundary.
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import { version } from '../core/version';
import type { Checkpoint } from '../journal/events';
import { numerics, phases } from '../journal/events';
import { findScene } from '../scenes';
import type { Landscape, Prompt } from '../scenes/scene';
import { explorationProfile } from '../trainer/explorationProfile';
import type { ProfileStep } from '../trainer/explorationProfile';
import { samplePrompts } from '../trainer/samplePrompts';
import { Trainer } from '../trainer/trainer';
import { Fallback, orLost } from './fallback';
import type { Run, RunParts } from './fallback';
import { Machine } from './machine';
import type { Capabilities, RunReady, RunRequest, TrainingApi, WorkerEvent } from './protocol';
import { checkContinues } from './resume';
import { openPolicy, openSecondEngine } from './setUp';
import type { Environment } from './setUp';

/** Trees and leaves per tree of a profile: seconds on the CPU tier, and a spread of .3 to about .02. */
const profileSize = { prompts: 32, leaves: 8 };

/** Milliseconds after which work that waits for an idle moment is done beside the training. */
const longestWait = 15_000;

export class TrainingSession implements TrainingApi {
  readonly #emit: (event: WorkerEvent) => void;
  readonly #environment: Environment;
  readonly #machine: Machine;
  readonly #fallback: Fallback;
  #run: Run | null = null;
  /** The training in progress; settles when it stands still. */
  #training: Promise<void> | null = null;
  #goOn = false;
  #turn: Promise<unknown> = Promise.resolve();

  /** `emit` is given the trainer's own arrays: copy what is to be kept or transferred. */
  constructor(emit: (event: WorkerEvent) => void, environment: Environment) {
    this.#emit = emit;
    this.#environment = environment;
    this.#machine = new Machine(() => environment.gpu(), environment.cores);
    this.#fallback = new Fallback({
      machine: this.#machine,
      tell: this.#tell,
      emit,
      clock: () => environment.clock(),
      isOpen: (run) => this.#run === run,
      idle: () => Promise.race([this.#standsStill(), after(longestWait)]),
      sparesDownloads: () => environment.sparesDownloads?.() ?? false,
      keepForOffline: () => environment.keepForOffline?.() ?? Promise.resolve(),
      inTurn: (task) => this.#inTurn(task),
      startTrainer: (parts, checkpoint) => this.#startTrainer(parts, checkpoint),
    });
  }

  probe(): Promise<Capabilities> {
    return this.#machine.probe();
  }

  async open(request: RunRequest): Promise<RunReady> {
    await this.pause();
    return this.#inTurn(async () => {
      const scene = findScene(request.scene);
      // The present run ends only now: where the new policy is refused, nothing was changed.
      const policy = await openPolicy(request, scene, this.#environment, this.#tell);
      const { checkpoint, landscape } = request;
      if (checkpoint) checkContinues(checkpoint, policy.identity, request.settings);
      await this.#close();
      const opened = await this.#fallback.openBestEngine(request, policy);
      try {
        this.#tell(say('progress.samplingReference'), 0.9);
        const draft = { request, scene, policy, opened, landscape };
        const trainer = await this.#startTrainer(draft, checkpoint);
        const lastGood = await trainer.checkpoint();
        const lastGoodAt = this.#environment.clock();
        this.#run = { ...draft, trainer, lastGood, lastGoodAt, failure: null };
      } catch (error) {
        opened.engine.destroy();
        throw error;
      }
      this.#tell(say('progress.ready'), 1);
      this.#tellState(false);
      const { algorithm, settings } = request;
      const { engine, tier, selfCheck } = opened;
      const model = policy.identity;
      const run = {
        scene: scene.name,
        algorithm,
        settings,
        model,
        tier,
        engine: engine.name,
        numerics,
      };
      return { run, selfCheck };
    });
  }

  async run(): Promise<void> {
    await this.#train(() => false);
  }

  async step(unit: 'phase' | 'iteration'): Promise<void> {
    await this.#train(({ trainer }) => unit === 'phase' || trainer.nextPhase === phases[0]);
  }

  async pause(): Promise<void> {
    this.#goOn = false;
    await this.#training?.catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.pause();
    await this.#inTurn(() => this.#close());
  }

  async paint(landscape: Landscape): Promise<void> {
    const run = this.#current();
    run.landscape = landscape;
    run.trainer.paint(landscape);
  }

  async checkpoint(): Promise<Checkpoint> {
    return this.#inTurn(() => this.#fallback.checkpoint(this.#current(true)));
  }

  sample(prompts: readonly Prompt[]): Promise<Float32Array> {
    return this.#inTurn(() => {
      const { opened, scene, request } = this.#current();
      const sampled = samplePrompts(opened.engine, scene, request.settings, prompts);
      return orLost(sampled, opened.lost);
    });
  }

  profile(): Promise<ProfileStep[]> {
    return this.#inTurn(() => {
      const run = this.#current();
      return orLost(this.#profile(run), run.opened.lost);
    });
  }

  /** On an engine of its own, because the run's keeps its last rollout for the updates to come. */
  async #profile({ opened, policy, scene, request, landscape }: Run): Promise<ProfileStep[]> {
    const engine = await openSecondEngine(opened, policy, this.#machine);
    try {
      return await explorationProfile({
        ...{ scene, engine, landscape, settings: request.settings },
        ...profileSize,
        onStep: (step, steps) => this.#tell(say('progress.profiling'), step / steps),
      });
    } finally {
      engine.destroy();
      this.#tell(say('progress.profiled'), 1);
    }
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  readonly #tell = (text: string, fraction: number): void =>
    this.#emit({ kind: 'progress', text, fraction });

  #tellState(running: boolean): void {
    if (!this.#run) return;
    const { iteration, nextPhase } = this.#run.trainer;
    this.#emit({ kind: 'state', iteration, nextPhase, running });
  }

  #current(evenIfFailed = false): Run {
    const run = this.#run;
    if (run?.failure && !evenIfFailed) throw run.failure;
    if (run) return run;
    throw new EspalierError('stopped', 'noRunOpen');
  }

  async #startTrainer(
    { request, scene, policy, opened, landscape }: RunParts,
    checkpoint: Checkpoint | null,
  ): Promise<Trainer> {
    const trainer = new Trainer({
      scene,
      algorithm: request.algorithm,
      settings: request.settings,
      engine: opened.engine,
      model: policy.identity,
      tier: opened.tier,
      clock: () => this.#environment.clock(),
      emit: (event) => this.#emit({ kind: 'journal', event }),
      version,
      checkpoint,
      landscape,
    });
    await trainer.start();
    return trainer;
  }

  async #standsStill(): Promise<void> {
    await this.#training?.catch(() => undefined);
  }

  /** Ends the run, if one is open, and frees its engine. */
  async #close(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    if (!run) return;
    if (!run.failure) await run.trainer.end('stopped');
    run.opened.engine.destroy();
  }

  /** Goes on until paused, finished or `isEnough`. */
  async #train(isEnough: (run: Run) => boolean): Promise<void> {
    while (this.#training) await this.pause();
    const run = this.#current();
    this.#goOn = true;
    this.#training = this.#loop(run, isEnough).finally(() => {
      this.#training = null;
      this.#tellState(false);
    });
    return this.#training;
  }

  async #loop(run: Run, isEnough: (run: Run) => boolean): Promise<void> {
    this.#tellState(true);
    let enough = false;
    while (this.#goOn && this.#run === run && !run.failure && !enough) {
      await this.#inTurn(() => this.#fallback.advance(run));
      enough = run.trainer.finished || isEnough(run);
      this.#tellState(!enough && this.#goOn);
      await letMessagesIn();
    }
  }
}

const after = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Returns to the event loop without the 4 ms that nested timers cost. */
function letMessagesIn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
