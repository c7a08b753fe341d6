/**
 * One request at a time, and none that waits for a device that is gone: after a loss WebGPU calls do not fail by
 * themselves (docs/engine.md §5, no. 13), so every request is raced against it.
 */
import { EspalierError } from '../../core/errors';
import { watchDevice } from '../../gpu/device';

export class DeviceGuard {
  readonly #failed: Promise<never>;
  #fail: (error: EspalierError) => void = () => undefined;
  #failure: EspalierError | null = null;
  #last: Promise<unknown> = Promise.resolve();
  readonly #stopWatching: () => void;

  constructor(device: GPUDevice) {
    this.#failed = new Promise<never>((_, reject) => {
      this.#fail = (error) => {
        this.#failure ??= error;
        reject(this.#failure);
      };
    });
    this.#failed.catch(() => undefined);
    this.#stopWatching = watchDevice(device, {
      onLost: ({ message }) => this.#fail(lostDevice(message)),
      onError: (error) => this.#fail(deviceDefect(error)),
    });
  }

  /** Runs `task` after all tasks before it. Rejects as soon as the device is lost or the guard is closed. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => {
      if (this.#failure) throw this.#failure;
      return Promise.race([task(), this.#failed]);
    });
    const named = result.catch((error: unknown) => this.#name(error));
    this.#last = named.catch(() => undefined);
    return named;
  }

  /** Rejects whatever still waits. */
  close(): void {
    this.#stopWatching();
    this.#fail(new EspalierError('stopped', 'gpuClosed'));
  }

  /** A loss often shows first as some other failure, such as a read-back that is aborted. */
  async #name(error: unknown): Promise<never> {
    if (!(error instanceof EspalierError)) await new Promise((resolve) => setTimeout(resolve, 0));
    throw this.#failure ?? error;
  }
}

const lostDevice = (message: string): EspalierError =>
  new EspalierError('device-lost', 'gpuTaken', {}, [message]);

const deviceDefect = (error: Error): EspalierError =>
  new EspalierError('shader-error', 'gpuRefused', {}, [error.message]);
