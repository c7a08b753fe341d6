import { expect, test } from 'vitest';
import { isSoftwareAdapter, requestDevice, watchDevice } from './device';
import { createNodeGpu, openNodeDevice } from './nodeGpu';

/** As CI runs; these tests also run where there is a real GPU. */
const emulated = /swiftshader/.test(process.env.VK_DRIVER_FILES ?? '');

test('without WebGPU the error is no-adapter', async () => {
  await expect(requestDevice(undefined)).rejects.toMatchObject({ code: 'no-adapter' });
});

test('without an adapter the error is no-adapter', async () => {
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await expect(requestDevice(gpu, { force: true })).rejects.toMatchObject({ code: 'no-adapter' });
});

test('a software adapter is refused unless forced, and then said to be one', async () => {
  const open = await openNodeDevice();
  const unforced = requestDevice(await createNodeGpu());
  if (emulated) {
    await expect(unforced).rejects.toMatchObject({ code: 'no-adapter' });
    expect(open.hardware).toBe(false);
  } else {
    const opened = await unforced.then(({ device }) => device.destroy()).catch(() => null);
    expect(opened !== null).toBe(open.hardware);
  }
  expect(open.device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
  open.release();
});

test('software adapters are recognised by any of their names', () => {
  expect(isSoftwareAdapter({ architecture: 'swiftshader' })).toBe(true);
  expect(isSoftwareAdapter({ description: 'llvmpipe (LLVM 15.0.6, 256 bits)' })).toBe(true);
  expect(isSoftwareAdapter({ device: 'Microsoft Basic Render Driver' })).toBe(true);
  expect(isSoftwareAdapter({ isFallbackAdapter: true })).toBe(true);
  expect(isSoftwareAdapter({ vendor: 'apple', architecture: 'metal-3' })).toBe(false);
});

test('destroying the device is reported once, as an asked loss', async () => {
  const { device } = await openNodeDevice();
  const asked = await new Promise<boolean>((resolve) => {
    watchDevice(device, { onLost: (loss) => resolve(loss.asked), onError: () => undefined });
    device.destroy();
  });
  expect(asked).toBe(true);
});

test('an error outside every scope reaches onError', async () => {
  const { device, release } = await openNodeDevice();
  const message = await new Promise<string>((resolve) => {
    watchDevice(device, {
      onLost: () => undefined,
      onError: (error) => resolve(error.message),
    });
    device.createBuffer({ size: 4, usage: 0x8000 });
  });
  expect(message).toMatch(/GPUValidationError/);
  release();
});
