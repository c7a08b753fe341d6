import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../onnx/builder';
import { elementCount, type Graph, type PolicyModel } from '../../onnx/graph';
import { policyFromGraph } from '../../onnx/policy';
import { inferShapes } from '../../onnx/passes/shapes';
import { randomFeeds } from '../../onnx/testGradient';
import { tinyDitOptions, tinyMlp } from '../../onnx/testNetworks';
import { buildDit } from '../../onnx/models/dit';
import { readFloats, uploadFloats, type PlanBinding } from '../buffers';
import type { OpenDevice } from '../device';
import { openNodeDevice } from '../nodeGpu';
import type { Plan } from './plan';
import {
  compilePlan,
  errors,
  rounded,
  runPlan,
  samples,
  writeInputs,
  type Feeds,
} from './testPlan';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

const small = (z: number): number => 0.5 * z;
const oneBlock = (): Graph => buildDit({ ...tinyDitOptions, blocks: 1 });

/** v = tanh(x·w). */
function simpleGraph(): Graph {
  const builder = new GraphBuilder('simple');
  const product = builder.add('Gemm', [builder.input('x', [-1, 6]), builder.input('w', [6, 4])]);
  builder.output(builder.add('Tanh', [product], {}, 'v'));
  return builder.build();
}

/** Records `record` in one pass and submits it. */
function submit(record: (pass: GPUComputePassEncoder) => void): void {
  const encoder = open.device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  record(pass);
  pass.end();
  open.device.queue.submit([encoder.finish()]);
}

describe('batch sizes', () => {
  test('may change within one submit', async () => {
    const graph = simpleGraph();
    const plan = await compilePlan(open.device, graph, { maxBatch: 5 });
    const feeds = rounded(randomFeeds(graph, { batch: 5 }));
    writeInputs(open.device, plan, graph, feeds);
    const v = plan.binding('v');
    const zeros = new Float32Array(20);
    open.device.queue.writeBuffer(v.buffer, v.offset, zeros);
    submit((pass) => {
      plan.encode(pass, 5);
      plan.encode(pass, 2);
    });
    const all = await readFloats(open.device, v, 20);
    open.device.queue.writeBuffer(v.buffer, v.offset, zeros);
    submit((pass) => plan.encode(pass, 2));
    const two = await readFloats(open.device, v, 20);
    expect(two.slice(0, 8)).toEqual(all.slice(0, 8));
    expect(two.slice(8)).toEqual(new Float32Array(12));
    expect(errors(graph, feeds, new Map([['v', all]])).get('v')).toBeLessThan(1e-6);
    plan.destroy();
  });

  test('outside 1…maxBatch are refused', async () => {
    const plan = await compilePlan(open.device, simpleGraph(), { maxBatch: 5 });
    for (const batch of [0, 6, 1.5]) {
      submit((pass) => {
        expect(() => plan.encode(pass, batch)).toThrow(/1 to 5 samples/);
      });
    }
    plan.destroy();
  });
});

/** Weights and gradients in flat buffers, as an engine keeps them. */
function flatBindings(model: PolicyModel, weights: GPUBuffer, gradients: GPUBuffer) {
  const place = (buffer: GPUBuffer, prefix: string): [string, PlanBinding][] =>
    model.parameters.map(({ name, offset, length }) => [
      `${prefix}${name}`,
      { buffer, offset: 4 * offset, size: 4 * length },
    ]);
  return Object.fromEntries([...place(weights, ''), ...place(gradients, 'd_')]);
}

describe('a gradient plan with flat buffers, split at dv', () => {
  const model = policyFromGraph(oneBlock());
  const { gradient, parameters, parameterLength } = model;
  const parameterNames = new Set(parameters.map(({ name }) => name));
  const batch = 3;
  let feeds: Feeds;
  let plan: Plan;
  let gradients: GPUBuffer;

  beforeAll(async () => {
    feeds = rounded(randomFeeds(gradient, { batch, value: small }));
    const flat = new Float32Array(parameterLength);
    for (const { name, offset } of parameters) flat.set(feeds.get(name)!.data, offset);
    const weights = uploadFloats(open.device, 'weights', flat);
    gradients = uploadFloats(open.device, 'gradients', new Float32Array(parameterLength).fill(7));
    plan = await compilePlan(open.device, gradient, {
      bindings: flatBindings(model, weights, gradients),
      splitAt: 'dv',
    });
  });
  afterAll(() => plan.destroy());

  test('stage 0 gives v without dv, stage 1 the gradients once dv is there', async () => {
    const { device } = open;
    writeInputs(device, plan, gradient, new Map([...feeds].filter(([name]) => name !== 'dv')));
    submit((pass) => plan.encode(pass, batch, 0));
    const count = elementCount(gradient.outputs[0].shape, batch);
    const v = await readFloats(device, plan.binding('v'), count);
    writeInputs(device, plan, gradient, new Map([['dv', feeds.get('dv')!]]));
    submit((pass) => plan.encode(pass, batch, 1));
    const flat = await readFloats(device, { buffer: gradients, offset: 0, size: gradients.size });
    const results = new Map([['v', v]]);
    for (const { name, offset, length } of parameters) {
      results.set(`d_${name}`, flat.slice(offset, offset + length));
    }
    for (const [name, error] of errors(gradient, feeds, results)) {
      expect(error, name).toBeLessThan(1e-4);
    }
  });

  test('writes nothing between the parameters', async () => {
    const flat = await readFloats(open.device, {
      buffer: gradients,
      offset: 0,
      size: gradients.size,
    });
    const used = new Set(
      parameters.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)),
    );
    const gaps = [...flat.keys()].filter((i) => i < parameterLength && !used.has(i));
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.every((i) => flat[i] === 7)).toBe(true);
  });

  test('says what it is made of', () => {
    expect(plan.dispatches).toBe(plan.kernelLabels.length);
    expect(plan.stageDispatches).toHaveLength(2);
    expect(plan.stageDispatches[0] + plan.stageDispatches[1]).toBe(plan.dispatches);
    expect(plan.stageDispatches.every((count) => count > 0)).toBe(true);
    const { buffer, offset } = plan.binding(`d_${parameters[1].name}`);
    expect(buffer).toBe(gradients);
    expect(offset).toBe(4 * parameters[1].offset);
  });

  test('takes far less memory than all tensors together', () => {
    const own = [...gradient.inputs, ...gradient.outputs].filter(
      ({ name }) => plan.binding(name).buffer !== gradients && !parameterNames.has(name),
    );
    const named = own.reduce((sum, { name }) => sum + plan.binding(name).buffer.size, 0);
    const computed = gradient.nodes.flatMap((node) => node.outputs);
    const infos = inferShapes(gradient);
    const all = computed.reduce(
      (sum, name) => sum + 4 * elementCount(infos.get(name)!.shape, 4),
      0,
    );
    expect(plan.bytes - named).toBeGreaterThan(0);
    expect(plan.bytes - named).toBeLessThan(all / 3);
  });
});

describe('kernels cut for a real GPU', () => {
  test.each([
    ['point MLP', tinyMlp],
    ['tiny DiT', oneBlock],
  ])('%s: same gradients, whatever share of the batch is used', async (_name, build) => {
    const { gradient } = policyFromGraph(build());
    const plan = await compilePlan(open.device, gradient, { maxBatch: 256, hardware: true });
    const feeds = rounded(randomFeeds(gradient, { batch: 70, value: small }));
    for (const batch of [1, 70]) {
      const some = samples(gradient, feeds, 0, batch);
      const results = await runPlan(open.device, plan, gradient, some, batch);
      for (const [name, error] of errors(gradient, some, results)) {
        expect(error, `${name}, batch ${batch}`).toBeLessThan(1e-4);
      }
    }
    plan.destroy();
  });
});

describe('refusals', () => {
  test('an operator outside the set is named with its node', async () => {
    const graph = simpleGraph();
    const nodes = graph.nodes.map((node) => (node.op === 'Tanh' ? { ...node, op: 'Selu' } : node));
    await expect(compilePlan(open.device, { ...graph, nodes })).rejects.toMatchObject({
      code: 'unsupported-operator',
      message: expect.stringMatching(/Selu.*"Tanh_1"/) as string,
    });
  });

  test('computed indices are refused with the node', async () => {
    const builder = new GraphBuilder('gather');
    const table = builder.input('table', [5, 3]);
    const rows = builder.input('rows', [-1], 'int64');
    builder.output(builder.add('Gather', [table, rows], { axis: 0 }, 'v'));
    await expect(compilePlan(open.device, builder.build())).rejects.toMatchObject({
      code: 'unsupported-operator',
      message: expect.stringMatching(/Gather.*computed indices/) as string,
    });
  });

  test('bindings that do not fit are all listed', async () => {
    const buffer = uploadFloats(open.device, 'buffer', new Float32Array(1024));
    const bindings = {
      x: { buffer, offset: 4, size: 400 },
      w: { buffer, offset: 0, size: 40 },
      v: { buffer, offset: 512, size: 400 },
      u: { buffer, offset: 0, size: 40 },
    };
    await expect(compilePlan(open.device, simpleGraph(), { bindings })).rejects.toMatchObject({
      code: 'bad-setting',
      details: [
        '"x" starts at byte 4',
        '"w" has 40 bytes instead of 96',
        '"u" is neither an input nor an output',
        'an output lies in the buffer of an input',
      ],
    });
  });

  test('a batch that no buffer of this GPU can hold', async () => {
    const compiling = compilePlan(open.device, simpleGraph(), { maxBatch: 2 ** 28 });
    await expect(compiling).rejects.toMatchObject({
      code: 'bad-setting',
      message: expect.stringMatching(/needs a buffer of \d+ bytes/) as string,
    });
  });

  test('a tensor that is neither input nor output has no binding', async () => {
    const plan = await compilePlan(open.device, simpleGraph());
    expect(() => plan.binding('Gemm_0')).toThrow(/no input or output "Gemm_0"/);
    plan.destroy();
  });

  test('a lost device is a lost device, not a broken shader', async () => {
    const lost = await openNodeDevice();
    lost.release();
    await lost.device.lost;
    await expect(compilePlan(lost.device, simpleGraph())).rejects.toMatchObject({
      code: 'device-lost',
    });
  });
});
