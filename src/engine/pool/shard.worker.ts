/** A worker of the pool in the page (pageCores.ts). */
import { loadOrt } from '../ort';
import type { ToWorker } from './protocol';
import { serve } from './serve.mjs';

const answer = serve(
  () => loadOrt('wasm'),
  (message, transfer) => self.postMessage(message, { transfer }),
);
self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => answer(data));
