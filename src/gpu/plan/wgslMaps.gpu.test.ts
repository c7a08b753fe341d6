import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFloats, uploadFloats, wholeBuffer } from '../buffers';
import type { OpenDevice } from '../device';
import { openNodeDevice } from '../nodeGpu';
import { createKernel } from '../pipelines';
import { floatLiteral, helperCode, mapCode, type Width } from './wgslMaps';
import type { UnaryOperation } from './values';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

const COUNT = 4096;

/** `operation` on evenly spread numbers from `low` to `high`, on the device. */
async function evaluate(
  operation: UnaryOperation,
  [low, high]: readonly [number, number],
  width: Width,
): Promise<{ x: Float32Array; y: Float32Array }> {
  const { device } = open;
  const helpers = new Set<string>();
  const code = mapCode(operation, [{ code: 'x', width }], helpers);
  const type = width === 4 ? 'vec4f' : 'f32';
  const source = `
    @group(0) @binding(0) var<storage, read> input: array<${type}>;
    @group(0) @binding(1) var<storage, read_write> output: array<${type}>;
    ${helperCode(helpers)}
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let x = input[id.x];
      output[id.x] = ${code};
    }`;
  const kernel = await createKernel(device, { label: operation, source });
  const x = Float32Array.from({ length: COUNT }, (_, i) => low + ((high - low) * i) / (COUNT - 1));
  const input = uploadFloats(device, 'input', x);
  const output = uploadFloats(device, 'output', new Float32Array(COUNT));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(kernel.pipeline);
  pass.setBindGroup(0, kernel.bind({ input, output }));
  pass.dispatchWorkgroups(COUNT / width / 64);
  pass.end();
  device.queue.submit([encoder.finish()]);
  return { x, y: await readFloats(device, wholeBuffer(output)) };
}

/** Abramowitz & Stegun 7.1.5 and its complement by continued fraction, in float64. */
function erf(x: number): number {
  const t = Math.abs(x);
  if (t > 3) {
    let fraction = t;
    for (let k = 60; k > 0; k--) fraction = t + k / 2 / fraction;
    return Math.sign(x) * (1 - Math.exp(-t * t) / fraction / Math.sqrt(Math.PI));
  }
  let sum = 0;
  let term = x;
  for (let k = 0; k < 80; k++) {
    sum += term / (2 * k + 1);
    term *= -(x * x) / (k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

interface Case {
  readonly operation: UnaryOperation;
  readonly exact: (x: number) => number;
  readonly range: readonly [number, number];
  /** Largest error allowed, absolute where the result is below 1 and relative above. */
  readonly absolute?: number;
  readonly relative?: number;
}

const cases: readonly Case[] = [
  { operation: 'sin', exact: Math.sin, range: [-1, 1], relative: 3e-7 },
  { operation: 'sin', exact: Math.sin, range: [-1000, 1000], absolute: 3e-7 },
  { operation: 'cos', exact: Math.cos, range: [-1000, 1000], absolute: 3e-7 },
  { operation: 'log', exact: Math.log, range: [0.5, 2], relative: 4e-7 },
  { operation: 'log', exact: Math.log, range: [1e-6, 1000], relative: 4e-7 },
  { operation: 'tanh', exact: Math.tanh, range: [-1, 1], relative: 6e-7 },
  { operation: 'tanh', exact: Math.tanh, range: [-200, 200], absolute: 2e-7 },
  { operation: 'erf', exact: erf, range: [-1, 1], relative: 5e-7 },
  { operation: 'erf', exact: erf, range: [-6, 6], absolute: 3e-7 },
  { operation: 'sigmoid', exact: (x) => 1 / (1 + Math.exp(-x)), range: [-80, 80], absolute: 2e-7 },
  { operation: 'exp', exact: Math.exp, range: [-10, 10], relative: 2e-6 },
];

describe('elementary functions agree with float64 on one float and on four', () => {
  const both = cases.flatMap((one) => [1, 4].map((width) => ({ ...one, width: width as Width })));
  test.each(both)('$operation on $range, width $width', async (one) => {
    const { x, y } = await evaluate(one.operation, one.range, one.width);
    let absolute = 0;
    let relative = 0;
    x.forEach((value, i) => {
      const exact = one.exact(value);
      const error = Math.abs(y[i] - exact);
      absolute = Math.max(absolute, error);
      if (exact !== 0) relative = Math.max(relative, error / Math.abs(exact));
    });
    expect(absolute).toBeLessThan(one.absolute ?? Infinity);
    expect(relative).toBeLessThan(one.relative ?? Infinity);
  });
});

test('literals are floats that WGSL accepts', () => {
  expect([1, -0.5, 1e-30, Infinity, 1 / 3].map(floatLiteral)).toEqual([
    '1f',
    '-0.5f',
    '1e-30f',
    '3.4028234e+38f',
    '0.333333333f',
  ]);
});
