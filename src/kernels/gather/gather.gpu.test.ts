import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenDevice } from '../../gpu/device';
import { openNodeDevice } from '../../gpu/nodeGpu';
import { gatherOnCpu, gatherOnGpu } from './gather.check';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

const listed = Int32Array.of(5, 9, 1, 1, 0, 2, 2, 0, 3, 7, 1, 1);

it.each([
  ['all nodes of a depth', null, 1, 2, 0],
  ['all nodes of a depth with conditions', null, 1, 2, 3],
  ['listed nodes of several depths', listed, 0, 5, 0],
  ['listed nodes with conditions longer than a sample', listed, 0, 2, 7],
] as const)('gathers %s', async (_, rows, depth, dimensions, conditionLength) => {
  const options = { sigmas: [1, 0.25], rows, depth, dimensions, conditionLength } as const;
  const actual = await gatherOnGpu(open.device, options);
  const expected = gatherOnCpu(options);
  expect(actual).toEqual(expected);
});

it('the twin takes latents, σ and the condition of the right tree', () => {
  const options = { sigmas: [1, 0.25], rows: listed, depth: 0, dimensions: 2 } as const;
  const { x, t, cond } = gatherOnCpu({ ...options, conditionLength: 1 });
  expect([...x]).toEqual([10.5, 11.5, 0.5, 1.5, 6.5, 7.5]);
  expect([...t]).toEqual([0.25, 1, 0.25]);
  expect([...cond]).toEqual([1.5, 0.5, 0.5]);
});
