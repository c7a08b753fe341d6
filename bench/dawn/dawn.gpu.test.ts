import { expect, it } from 'vitest';
import { root } from '../../tools/install.mjs';
import { parseOptions } from '../options';
import { runWithDawn } from './host';

it('the benchmark measures without a browser, and its engines agree', async () => {
  const options = parseOptions(
    new Map(Object.entries({ only: 'A,wgsl,jax-webgpu', rows: '16', repeats: '1' })),
  );
  const { sections, failures, machine } = await runWithDawn(root, options, () => {});
  expect(failures).toEqual([]);
  expect(machine[0]).toContain('through Dawn for Node');
  const [{ passes, engines }] = sections;
  expect(passes.map(({ engine, pass }) => `${engine} ${pass}`)).toEqual([
    'wgsl forward',
    'wgsl gradient',
    'jax-webgpu forward',
    'jax-webgpu gradient',
  ]);
  for (const { error, peakBytes } of engines) {
    expect(error).toBeLessThan(1e-3);
    expect(peakBytes).toBeGreaterThan(0);
  }
});
