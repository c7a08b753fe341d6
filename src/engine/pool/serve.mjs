/**
 * A worker of the pool: one ONNX Runtime on one thread, asked by messages (protocol.ts), which it answers in order.
 *
 * @typedef {import('./protocol').ToWorker} ToWorker
 * @typedef {import('./protocol').FromWorker} FromWorker
 * @typedef {import('./shardRunner.mjs').Session} Session
 */
import { ShardRunner } from './shardRunner.mjs';

/** @param {typeof import('onnxruntime-web')} ort @returns {import('./shardRunner.mjs').Open} */
const opener = (ort) => async (bytes) => {
  // The same options as the calling thread's (ortModel.ts), for the same bytes.
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
  return {
    async run(feeds) {
      /** @type {Record<string, import('onnxruntime-web').Tensor>} */
      const tensors = {};
      for (const name of session.inputNames) {
        const { data, shape } = feeds[name];
        tensors[name] = new ort.Tensor('float32', data, shape);
      }
      /** @type {Record<string, import('./shardRunner.mjs').Tensor>} */
      const outputs = {};
      for (const [name, { dims, data }] of Object.entries(await session.run(tensors))) {
        outputs[name] = { shape: dims, data: /** @type {Float32Array} */ (data) };
      }
      return outputs;
    },
    release: () => session.release(),
  };
};

/**
 * @param {() => Promise<typeof import('onnxruntime-web')>} load
 * @param {(answer: FromWorker, transfer: ArrayBuffer[]) => void} post
 * @returns {(message: ToWorker) => void} to be called with every message
 */
export function serve(load, post) {
  /** @type {ShardRunner | null} */
  let runner = null;
  /** @type {Map<string, Float32Array>} */
  const weights = new Map();
  /** @type {Promise<void>} */
  let last = Promise.resolve();

  /** @param {ToWorker} message */
  const answer = async (message) => {
    if (message.kind === 'weights') return void weights.set(message.slot, message.values);
    if (message.kind === 'open') {
      runner = new ShardRunner(message.network, opener(await load()));
      await runner.openForward();
      await runner.openGradient();
      return post({ kind: 'opened' }, []);
    }
    const own = weights.get(message.slot);
    if (!runner || !own) throw new Error(`The worker holds no ${message.slot} weights.`);
    const { id, block } = message;
    if (message.pass === 'forward') {
      const values = await runner.forward(own, block);
      return post({ kind: 'velocities', id, values }, [values.buffer]);
    }
    const sums = await runner.gradient(own, block);
    const buffers = sums.map(({ values }) => /** @type {ArrayBuffer} */ (values.buffer));
    post({ kind: 'gradients', id, sums }, buffers);
  };

  return (message) => {
    last = last
      .then(() => answer(message))
      .catch((error) => {
        const id = message.kind === 'run' ? message.id : -1;
        post(
          { kind: 'failed', id, message: error instanceof Error ? error.message : `${error}` },
          [],
        );
      });
  };
}
