/** A worker of the pool in Node (nodeCores.ts): loaded as it stands, without compiler or bundler. */
import { parentPort } from 'node:worker_threads';
import { serve } from './serve.mjs';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

const answer = serve(
  async () => {
    const ort = await import('onnxruntime-web/wasm');
    ort.env.logLevel = 'error';
    ort.env.wasm.proxy = false;
    ort.env.wasm.numThreads = 1;
    return ort;
  },
  (message, transfer) => port.postMessage(message, transfer),
);
port.on('message', answer);
