import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFloats, uploadFloats, wholeBuffer } from './buffers';
import type { OpenDevice } from './device';
import { openNodeDevice } from './nodeGpu';
import { createKernel, declaredBindings } from './pipelines';

const doubling = `
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
// @group(0) @binding(7) var<storage> commentedOut: array<f32>;
@group(0) @binding(0) var<storage, read> values: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  result[id.x] = 2.0 * values[id.x];
}`;

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

test('bindings are read from the declarations', () => {
  expect(declaredBindings(doubling)).toEqual([
    { group: 0, binding: 0, name: 'values', type: 'read-only-storage' },
    { group: 0, binding: 1, name: 'result', type: 'storage' },
  ]);
});

test('a kernel computes on buffers bound by name', async () => {
  const { device } = open;
  const kernel = await createKernel(device, { label: 'doubling', source: doubling });
  const values = uploadFloats(device, 'values', Float32Array.of(1, 2, 3, 4));
  const result = uploadFloats(device, 'result', new Float32Array(4));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(kernel.pipeline);
  pass.setBindGroup(0, kernel.bind({ values, result }));
  pass.dispatchWorkgroups(1);
  pass.end();
  device.queue.submit([encoder.finish()]);
  expect([...(await readFloats(device, wholeBuffer(result)))]).toEqual([2, 4, 6, 8]);
});

test('the same source is compiled once per device', async () => {
  const first = await createKernel(open.device, { label: 'one', source: doubling });
  const second = await createKernel(open.device, { label: 'two', source: doubling });
  expect(second.pipeline).toBe(first.pipeline);
});

test('missing and unknown buffers are named', async () => {
  const kernel = await createKernel(open.device, { label: 'doubling', source: doubling });
  const values = uploadFloats(open.device, 'values', new Float32Array(4));
  expect(() => kernel.bind({ values })).toThrow(/"doubling".*missing: result/);
  expect(() => kernel.bind({ values, result: values, other: values })).toThrow(/unknown: other/);
});

test('a shader that does not compile rejects with its label and the compiler lines', async () => {
  const source = doubling.replace('2.0 * values[id.x]', 'nonsense');
  await expect(createKernel(open.device, { label: 'broken', source })).rejects.toMatchObject({
    code: 'shader-error',
    message: expect.stringContaining('"broken"') as string,
    details: [expect.stringMatching(/nonsense/) as string],
  });
});
