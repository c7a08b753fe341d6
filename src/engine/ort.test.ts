import { describe, expect, it } from 'vitest';
import { loadOrt, ortWebGpuAvailable, serialised } from './ort';

/** x [2] → Relu → y [2], opset 17, as protobuf bytes. */
const reluModel = Uint8Array.from(
  Buffer.from(
    'CAg6NgoPCgF4EgF5GgFuIgRSZWx1EgFnWg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkIECgAQEQ==',
    'base64',
  ),
);

describe('onnxruntime-web in Node', () => {
  it('runs a session of the CPU tier', async () => {
    const ort = await loadOrt('wasm');
    const session = await serialised(() => ort.InferenceSession.create(reluModel));
    const x = new ort.Tensor('float32', Float32Array.of(-1, 2), [2]);
    const { y } = await serialised(() => session.run({ x }));
    expect(y?.data).toEqual(Float32Array.of(0, 2));
    await serialised(() => session.release());
  });

  it('is loaded once, quiet, in this thread and with one thread unless told otherwise', async () => {
    const ort = await loadOrt('wasm', { numThreads: 4 });
    expect(await loadOrt('wasm')).toBe(ort);
    expect(ort.env.logLevel).toBe('error');
    expect(ort.env.wasm.proxy).toBe(false);
    expect(ort.env.wasm.numThreads).toBe(1);
  });

  it('refuses the WebGPU provider with a named error, each time it is asked', async () => {
    expect(ortWebGpuAvailable()).toBe(false);
    await expect(loadOrt('webgpu')).rejects.toMatchObject({ code: 'no-adapter' });
    await expect(loadOrt('webgpu')).rejects.toMatchObject({ code: 'no-adapter' });
  });
});

describe('serialised', () => {
  it('starts a task only after the one before it has settled, failed or not', async () => {
    const log: string[] = [];
    const task = (name: string, fails: boolean) => async () => {
      log.push(`${name} starts`);
      await new Promise((done) => setTimeout(done, 2));
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
    const first = serialised(task('first', true));
    const second = serialised(task('second', false));
    await expect(first).rejects.toThrow('first');
    expect(await second).toBe('second');
    expect(log).toEqual(['first starts', 'first ends', 'second starts', 'second ends']);
  });
});
