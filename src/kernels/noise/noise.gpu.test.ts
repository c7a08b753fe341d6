import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenDevice } from '../../gpu/device';
import { openNodeDevice } from '../../gpu/nodeGpu';
import { largestError } from '../shared/scratch';
import { normalsOnCpu, normalsOnGpu, wordsOnGpu } from './noise.check';
import { fillWorkgroups } from './noise';
import { NOISE_STREAM, sampleKeys, threefry2x32 } from './noise.twin';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

it('the device draws the known-answer words of Random123', async () => {
  const ones = new Array<number>(4).fill(0xffffffff);
  const pi = [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3];
  const words = await wordsOnGpu(open.device, Uint32Array.of(0, 0, 0, 0, ...ones, ...pi));
  expect([...words]).toEqual([
    0x6b200159, 0x99ba4efe, 0x1cb996fc, 0xbb002be7, 0xc4923a9c, 0x483df7a0,
  ]);
});

it('a thousand words are exactly those of the twin', async () => {
  const blocks = sampleKeys(1, 0, 1000);
  const words = await wordsOnGpu(open.device, blocks);
  for (let i = 0; i < 500; i++) {
    const [key0, key1, counter0, counter1] = blocks.subarray(i * 4, i * 4 + 4);
    const expected = threefry2x32(key0, key1, counter0, counter1);
    expect([...words.subarray(i * 2, i * 2 + 2)]).toEqual(expected);
  }
});

it.each([1, 2, 5, 64, 1728])('rows of D = %i differ from the twin by less than 1e-5', async (d) => {
  const keys = sampleKeys(2, d, 20);
  for (const stream of [NOISE_STREAM.initial, NOISE_STREAM.own]) {
    const actual = await normalsOnGpu(open.device, keys, d, stream);
    expect(largestError(actual, normalsOnCpu(keys, d, stream))).toBeLessThan(1e-5);
  }
});

it('100 000 numbers from the device have mean 0, variance 1 and no outliers', async () => {
  const z = await normalsOnGpu(open.device, sampleKeys(3, 0, 1000), 100, NOISE_STREAM.own);
  const mean = z.reduce((sum, x) => sum + x, 0) / z.length;
  const variance = z.reduce((sum, x) => sum + x * x, 0) / z.length;
  expect(Math.abs(mean)).toBeLessThan(0.01);
  expect(Math.abs(variance - 1)).toBeLessThan(0.01);
  expect(z.every((x) => Math.abs(x) < 5.78)).toBe(true);
});

it('more than 65 535 workgroups reach every row', async () => {
  const rows = 20;
  const d = 420_001;
  expect(fillWorkgroups(rows, d)).toBeGreaterThan(65_535);
  const keys = sampleKeys(4, 0, rows);
  const actual = await normalsOnGpu(open.device, keys, d, NOISE_STREAM.initial);
  const last = normalsOnCpu(keys.subarray((rows - 1) * 2), d, NOISE_STREAM.initial);
  expect(largestError(actual.subarray((rows - 1) * d), last)).toBeLessThan(1e-5);
});
