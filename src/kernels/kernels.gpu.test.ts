import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenDevice } from '../gpu/device';
import { openNodeDevice } from '../gpu/nodeGpu';
import { declaredBindings } from '../gpu/pipelines';
import { checkKernels, kernels } from './index';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

it.each(kernels)('$name does what its twin does', async (kernel) => {
  const result = await kernel.check(open.device);
  expect(result.largestError).toBeLessThanOrEqual(result.tolerance);
  expect(result.passed).toBe(true);
});

it('checkKernels reports every kernel by name', async () => {
  const results = await checkKernels(open.device);
  expect(results.map(({ kernel }) => kernel)).toEqual(kernels.map(({ name }) => name));
});

it('no kernel needs more than eight storage buffers, nor any feature', () => {
  for (const { shaders } of kernels) {
    for (const source of Object.values(shaders)) {
      const storage = declaredBindings(source).filter(({ type }) => type !== 'uniform');
      expect(storage.length).toBeLessThanOrEqual(8);
      expect(source).not.toMatch(/^\s*(enable|requires)\b/m);
    }
  }
});
