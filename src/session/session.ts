/**
 * The training worker without the worker: one run at a time, driven by calls, told by events. The page's worker, the
 * terminal and tests all train through it, so the same request gives the same journal everywhere.
 *
 * Every access to the engine takes its turn: a phase, a checkpoint, opening and closing never overlap. Between two
 * phases the session lets messages in, so pausing, painting and checkpoints are served at the next phase boundary.
 *
 * When the GPU is lost under an 'auto' request, the journal of that run is closed with its last good checkpoint and a new
 * run continues from it on the CPU tier: `run-started` always begins a new journal.
 */
import { say } from '../content';
import { EspalierError, errorData } from '../core/errors';
import { version } from '../core/version';
import type { Checkpoint, JournalEvent } from '../journal/events';
import { phases } from '../journal/events';
import { findScene } from '../scenes';
import type { Landscape, Prompt, Scene } from '../scenes/scene';
import { explorationProfile } from '../trainer/explorationProfile';
import type { ProfileStep } from '../trainer/explorationProfile';
import { samplePrompts } from '../trainer/samplePrompts';
import { Trainer } from '../trainer/trainer';
import { Machine } from './machine';
import type { Capabilities, RunReady, RunRequest, TrainingApi, WorkerEvent } from './protocol';
import { checkContinues } from './resume';
import { checkAgainstOrt } from './selfCheck';
import { openEngine, openPolicy, openTwin } from './setUp';
import type { OpenEngine, Policy, Surroundings } from './setUp';

/** Milliseconds between two read-backs of the last good state from the GPU. */
const checkpointInterval = 2000;

/** Trees and leaves per tree of a profile: seconds on the CPU tier, and a spread of .3 to about .02. */
const profileSize = { prompts: 32, leaves: 8 };

interface Run {
  readonly request: RunRequest;
  readonly scene: Scene;
  readonly policy: Policy;
  opened: OpenEngine;
  trainer: Trainer;
  landscape: Landscape | null;
  lastGood: Checkpoint;
  lastGoodAt: number;
  failure: EspalierError | null;
}

export class TrainingSession implements TrainingApi {
  readonly #emit: (event: WorkerEvent) => void;
  readonly #surroundings: Surroundings;
  readonly #machine: Machine;
  #run: Run | null = null;
  /** Hashes of the policies that ONNX Runtime was asked about. */
  readonly #confirmed = new Set<string>();
  /** The training in progress; settles when it stands still. */
  #training: Promise<void> | null = null;
  #goOn = false;
  #turn: Promise<unknown> = Promise.resolve();

  /** `emit` is given the trainer's own arrays: copy what is to be kept or transferred. */
  constructor(emit: (event: WorkerEvent) => void, surroundings: Surroundings) {
    this.#emit = emit;
    this.#surroundings = surroundings;
    this.#machine = new Machine(() => surroundings.gpu());
  }

  probe(): Promise<Capabilities> {
    return this.#machine.probe();
  }

  async open(request: RunRequest): Promise<RunReady> {
    await this.pause();
    return this.#inTurn(async () => {
      const scene = findScene(request.scene);
      // The present run ends only now: where the new policy is refused, nothing was changed.
      const policy = await openPolicy(request, scene, this.#surroundings, this.#tell);
      const { checkpoint, landscape } = request;
      if (checkpoint) checkContinues(checkpoint, policy.identity, request.settings);
      await this.#close();
      const opened = await this.#openBestEngine(request, policy);
      try {
        this.#tell(say('progress.samplingReference'), 0.9);
        const draft = { request, scene, policy, opened, landscape };
        const trainer = await this.#startTrainer(draft, checkpoint);
        const lastGood = await trainer.checkpoint();
        const lastGoodAt = this.#surroundings.clock();
        this.#run = { ...draft, trainer, lastGood, lastGoodAt, failure: null };
        void this.#confirm(this.#run);
      } catch (error) {
        opened.engine.destroy();
        throw error;
      }
      this.#tell(say('progress.ready'), 1);
      this.#tellState(false);
      const { algorithm, settings } = request;
      const { engine, tier, selfCheck } = opened;
      const model = policy.identity;
      const run = { scene: scene.name, algorithm, settings, model, tier, engine: engine.name };
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
    return this.#inTurn(async () => {
      const { trainer, opened, lastGood, failure } = this.#current(true);
      const lost = failure && (await lossWithin(0, opened.lost));
      return lost ? lastGood : trainer.checkpoint();
    });
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
    const engine = await openTwin(opened, policy, this.#machine);
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

  /** Under 'auto' a GPU that fails its start gives way to the CPU tier. */
  async #openBestEngine(request: RunRequest, policy: Policy): Promise<OpenEngine> {
    const candidates = await this.#machine.candidates(request.engine);
    for (const name of candidates.slice(0, -1)) {
      try {
        return await openEngine(name, policy, this.#machine, this.#tell);
      } catch (error) {
        this.#giveUpGpu(error);
      }
    }
    return openEngine(candidates[candidates.length - 1], policy, this.#machine, this.#tell);
  }

  /**
   * Compares the GPU with ONNX Runtime's WASM beside the run, once per policy. From then on that is there to take over
   * from a lost GPU, offline too; where it cannot be loaded, nothing is known against the GPU.
   */
  async #confirm(run: Run): Promise<void> {
    const { probe } = run.opened;
    const { model, identity } = run.policy;
    if (!probe || this.#confirmed.has(identity.sha256)) return;
    this.#confirmed.add(identity.sha256);
    try {
      const checks = await checkAgainstOrt(probe, model);
      if (this.#run === run) this.#emit({ kind: 'self-check', checks });
    } catch (error) {
      if (errorData(error).code !== 'self-check') return;
      // Meanwhile the run may have ended, failed, or gone on elsewhere. What goes wrong now is told by `failed`.
      const concerned = (): boolean =>
        this.#run === run && !run.failure && run.opened.probe === probe;
      const refused = this.#inTurn(async () => {
        if (concerned()) await this.#refuseGpu(run, error);
      });
      await refused.catch(() => undefined);
    }
  }

  async #refuseGpu(run: Run, error: unknown): Promise<void> {
    if (run.request.engine === 'auto') return this.#continueOnCpu(run, error as EspalierError);
    this.#goOn = false;
    await this.#fail(run, error, false);
  }

  #giveUpGpu(error: unknown): void {
    const reason = errorData(error).message;
    this.#machine.distrustGpu(reason);
    this.#tell(say('progress.goingOnWithCpu', { reason }), 0.4);
  }

  async #startTrainer(
    {
      request,
      scene,
      policy,
      opened,
      landscape,
    }: Omit<Run, 'trainer' | 'lastGood' | 'lastGoodAt' | 'failure'>,
    checkpoint: Checkpoint | null,
  ): Promise<Trainer> {
    const trainer = new Trainer({
      scene,
      algorithm: request.algorithm,
      settings: request.settings,
      engine: opened.engine,
      model: policy.identity,
      tier: opened.tier,
      clock: () => this.#surroundings.clock(),
      emit: (event) => this.#record(event),
      version,
      checkpoint,
      landscape,
    });
    await trainer.start();
    return trainer;
  }

  #record(event: JournalEvent): void {
    this.#emit({ kind: 'journal', event });
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
    while (this.#goOn && this.#run === run && !enough) {
      await this.#inTurn(() => this.#advance(run));
      enough = run.trainer.finished || isEnough(run);
      this.#tellState(!enough && this.#goOn);
      await letMessagesIn();
    }
  }

  /** One phase, and the end of the run after the last. */
  async #advance(run: Run): Promise<void> {
    try {
      const { trainer, opened } = run;
      if (!trainer.finished) await orLost(trainer.step(), opened.lost);
      if (trainer.finished) await orLost(trainer.end('finished'), opened.lost);
      await this.#rememberGood(run);
    } catch (error) {
      const loss = await lossWithin(100, run.opened.lost);
      if (loss && run.request.engine === 'auto') return this.#continueOnCpu(run, loss);
      throw await this.#fail(run, loss ?? error, loss !== null);
    }
  }

  /** On the GPU tier the state is read back now and then, because a lost device takes it along. */
  async #rememberGood(run: Run): Promise<void> {
    const { trainer, opened } = run;
    const now = this.#surroundings.clock();
    const due = now - run.lastGoodAt >= checkpointInterval && trainer.nextPhase === phases[0];
    if (!opened.lost || !due) return;
    run.lastGood = await orLost(trainer.checkpoint(), opened.lost);
    run.lastGoodAt = now;
  }

  async #continueOnCpu(run: Run, loss: EspalierError): Promise<void> {
    this.#closeLostJournal(run, loss);
    run.opened.engine.destroy();
    this.#giveUpGpu(loss);
    try {
      run.opened = await openEngine('ort-wasm', run.policy, this.#machine, this.#tell);
      run.trainer = await this.#startTrainer(run, run.lastGood);
      this.#tell(say('progress.ready'), 1);
    } catch (error) {
      throw await this.#fail(run, error, true);
    }
  }

  async #fail(run: Run, error: unknown, lost: boolean): Promise<Error> {
    const data = errorData(error);
    const failure =
      error instanceof EspalierError
        ? error
        : new EspalierError('stopped', 'runFailed', { reason: data.message });
    run.failure = failure;
    if (lost) this.#closeLostJournal(run, failure);
    else await run.trainer.end('failed', error);
    this.#emit({ kind: 'failed', error: data });
    return error instanceof Error ? error : failure;
  }

  /** What the trainer's `end` would write, but with the last state that was read while the GPU was there. */
  #closeLostJournal({ trainer, lastGood }: Run, loss: EspalierError): void {
    const { iteration, state } = lastGood;
    this.#record({ type: 'checkpoint', iteration, state, milliseconds: 0 });
    this.#record({
      type: 'run-ended',
      reason: 'failed',
      error: errorData(loss),
      iteration: trainer.iteration,
      milliseconds: 0,
    });
  }
}

function orLost<T>(work: Promise<T>, lost: Promise<never> | null): Promise<T> {
  if (!lost) return work;
  work.catch(() => undefined);
  return Promise.race([work, lost]);
}

/** The loss of the device if it is known within some milliseconds: work on it often fails before it is told. */
async function lossWithin(
  milliseconds: number,
  lost: Promise<never> | null,
): Promise<EspalierError | null> {
  if (!lost) return null;
  const soon = new Promise<null>((resolve) => setTimeout(() => resolve(null), milliseconds));
  return Promise.race([soon, lost.catch((loss: EspalierError) => loss)]);
}

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
