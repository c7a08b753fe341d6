/**
 * TensorFlow.js on WebGPU, with its own device. It records commands and submits them every 15 dispatches or when data
 * is read; the rest is submitted here. The pass has to end first: without that the command buffer is invalid, silently
 * (docs/engine.md §5, no. 16; the harness listens for uncaptured errors).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { TfjsBench } from './tfjs';

/** The recorder, which its types keep private. */
interface Recorder {
  readonly commandEncoder: GPUCommandEncoder | null;
}

export class TfjsWebgpuBench extends TfjsBench {
  async load(): Promise<void> {
    if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js could not start WebGPU.');
    await tf.ready();
  }

  protected flush(): void {
    const backend = tf.backend() as WebGPUBackend;
    backend.endComputePassEncoder();
    if ((backend as unknown as Recorder).commandEncoder) backend.submitQueue();
  }
}
