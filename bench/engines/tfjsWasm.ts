/**
 * TensorFlow.js on WASM with SIMD, one thread: its best form on DiT-small (docs/engine.md §3.1: two threads are
 * slower). The threaded binary would not survive minification either.
 */
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { TfjsBench } from './tfjs';

export class TfjsWasmBench extends TfjsBench {
  async load(): Promise<void> {
    setWasmPaths({
      'tfjs-backend-wasm.wasm': absolute(plain),
      'tfjs-backend-wasm-simd.wasm': absolute(simd),
      'tfjs-backend-wasm-threaded-simd.wasm': absolute(threaded),
    });
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js could not start WASM.');
    await tf.ready();
  }

  protected flush(): void {}
}

const absolute = (url: string): string => new URL(url, self.location.href).href;
