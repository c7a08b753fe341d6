/**
 * What stands between a run and a GPU that fails: the start on the next best engine, the last good state read back now
 * and then, the comparison with ONNX Runtime beside the run, and going on with the CPU tier when the device is lost.
 *
 * When the GPU is lost under an 'auto' request, the journal of that run is closed with its last good checkpoint and a new
 * run continues from it on the CPU tier: `run-started` always begins a new journal.
 */
import { say } from '../content';
import { EspalierError, errorData } from '../core/errors';
import type { Checkpoint } from '../journal/events';
import { phases } from '../journal/events';
import type { Landscape, Scene } from '../scenes/scene';
import type { Trainer } from '../trainer/trainer';
import type { Machine } from './machine';
import type { RunRequest, WorkerEvent } from './protocol';
import { checkAgainstOrt } from './selfCheck';
import { openEngine } from './setUp';
import type { OpenEngine, Policy, Tell } from './setUp';

/** Milliseconds between two read-backs of the last good state from the GPU. */
const readBackInterval = 2000;

/** What a trainer is made of. */
export interface RunParts {
  readonly request: RunRequest;
  readonly scene: Scene;
  readonly policy: Policy;
  opened: OpenEngine;
  landscape: Landscape | null;
}

/** The open run. */
export interface Run extends RunParts {
  trainer: Trainer;
  lastGood: Checkpoint;
  lastGoodAt: number;
  failure: EspalierError | null;
}

/** The session as seen from here. */
export interface FallbackHost {
  readonly machine: Machine;
  readonly tell: Tell;
  emit(event: WorkerEvent): void;
  clock(): number;
  isOpen(run: Run): boolean;
  /** Resolves when training stands still, or has gone on for a while without stopping. */
  idle(): Promise<void>;
  sparesDownloads(): boolean;
  keepForOffline(): Promise<void>;
  /** Runs a task when nothing else uses the engine. */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
  /** A trainer that stands before its next phase. */
  startTrainer(parts: RunParts, checkpoint: Checkpoint | null): Promise<Trainer>;
}

export class Fallback {
  readonly #host: FallbackHost;
  /** Hashes of the policies that ONNX Runtime was asked about. */
  readonly #confirmed = new Set<string>();
  #followedUp: Run | null = null;

  constructor(host: FallbackHost) {
    this.#host = host;
  }

  /** Under 'auto' a GPU that fails its start gives way to the CPU tier. */
  async openBestEngine(request: RunRequest, policy: Policy): Promise<OpenEngine> {
    const { machine, tell } = this.#host;
    const candidates = await machine.candidates(request.engine);
    for (const name of candidates.slice(0, -1)) {
      try {
        return await openEngine(name, policy, machine, tell);
      } catch (error) {
        this.#giveUpGpu(error);
      }
    }
    return openEngine(candidates[candidates.length - 1], policy, machine, tell);
  }

  /** One phase, and the end of the run after the last. @throws what ended the run, where nothing took over */
  async advance(run: Run): Promise<void> {
    try {
      const { trainer, opened } = run;
      if (!trainer.finished) await orLost(trainer.step(), opened.lost);
      if (trainer.finished) await orLost(trainer.end('finished'), opened.lost);
      await this.#rememberGood(run);
      if (trainer.nextPhase === phases[0]) void this.#followUp(run);
    } catch (error) {
      const loss = await lossWithin(100, run.opened.lost);
      if (loss && run.request.engine === 'auto') return this.#continueOnCpu(run, loss);
      throw await this.#fail(run, loss ?? error, loss !== null);
    }
  }

  /** The point from which training goes on; after a loss the last one that was read. */
  async checkpoint({ trainer, opened, lastGood, failure }: Run): Promise<Checkpoint> {
    const lost = failure && (await lossWithin(0, opened.lost));
    return lost ? lastGood : trainer.checkpoint();
  }

  /** What the first iteration should not wait for: once per run, when its machine is idle. */
  async #followUp(run: Run): Promise<void> {
    if (this.#followedUp === run) return;
    this.#followedUp = run;
    await this.#host.idle();
    if (this.#host.sparesDownloads()) return;
    await this.#confirm(run);
    await this.#host.keepForOffline();
  }

  /**
   * Compares the GPU with ONNX Runtime's WASM beside the run, once per policy. From then on that is there to take over
   * from a lost GPU, offline too; where it cannot be loaded, nothing is known against the GPU.
   */
  async #confirm(run: Run): Promise<void> {
    const { outputs } = run.opened;
    const { model, identity } = run.policy;
    if (!outputs || this.#confirmed.has(identity.sha256)) return;
    this.#confirmed.add(identity.sha256);
    try {
      const checks = await checkAgainstOrt(outputs, model);
      if (this.#host.isOpen(run)) this.#host.emit({ kind: 'self-check', checks });
    } catch (error) {
      if (errorData(error).code !== 'self-check') return;
      // Meanwhile the run may have ended, failed, or gone on elsewhere. What goes wrong now is told by `failed`.
      const concerned = (): boolean =>
        this.#host.isOpen(run) && !run.failure && run.opened.outputs === outputs;
      const refused = this.#host.inTurn(async () => {
        if (!concerned()) return;
        if (run.request.engine === 'auto') await this.#continueOnCpu(run, error as EspalierError);
        else await this.#fail(run, error, false);
      });
      await refused.catch(() => undefined);
    }
  }

  /** On the GPU tier the state is read back now and then, because a lost device takes it along. */
  async #rememberGood(run: Run): Promise<void> {
    const { trainer, opened } = run;
    const now = this.#host.clock();
    const due = now - run.lastGoodAt >= readBackInterval && trainer.nextPhase === phases[0];
    if (!opened.lost || !due) return;
    run.lastGood = await orLost(trainer.checkpoint(), opened.lost);
    run.lastGoodAt = now;
  }

  async #continueOnCpu(run: Run, loss: EspalierError): Promise<void> {
    const { machine, tell, startTrainer } = this.#host;
    this.#closeLostJournal(run, loss);
    run.opened.engine.destroy();
    this.#giveUpGpu(loss);
    try {
      run.opened = await openEngine('ort-wasm', run.policy, machine, tell);
      run.trainer = await startTrainer(run, run.lastGood);
      tell(say('progress.ready'), 1);
    } catch (error) {
      throw await this.#fail(run, error, true);
    }
  }

  #giveUpGpu(error: unknown): void {
    const reason = errorData(error).message;
    this.#host.machine.distrustGpu(reason);
    this.#host.tell(say('progress.goingOnWithCpu', { reason }), 0.4);
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
    this.#host.emit({ kind: 'failed', error: data });
    return error instanceof Error ? error : failure;
  }

  /** What the trainer's `end` would write, but with the last state that was read while the GPU was there. */
  #closeLostJournal({ trainer, lastGood }: Run, loss: EspalierError): void {
    const { iteration, state } = lastGood;
    const closing = { error: errorData(loss), iteration: trainer.iteration, milliseconds: 0 };
    const checkpoint = { type: 'checkpoint', iteration, state, milliseconds: 0 } as const;
    this.#host.emit({ kind: 'journal', event: checkpoint });
    const event = { type: 'run-ended', reason: 'failed', ...closing } as const;
    this.#host.emit({ kind: 'journal', event });
  }
}

/** `work`, or the loss of the device that it is done on. */
export function orLost<T>(work: Promise<T>, lost: Promise<never> | null): Promise<T> {
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
