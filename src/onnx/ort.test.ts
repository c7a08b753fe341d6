/**
 * Graphs written here, run by onnxruntime-web's WASM provider: the file is really ONNX, and forward pass and gradient
 * mean there what they mean in the float64 interpreter.
 */
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from './passes/differentiate';
import { decodeModel } from './format/decode';
import { encodeModel } from './format/encode';
import type { Graph } from './graph';
import { interpret, type Feed } from './interpret';
import { liftParameters, withWeights } from './passes/lift';
import { policyFromGraph } from './policy';
import { randomFeeds, relativeError } from './testGradient';
import { networks } from './testNetworks';
import { operatorCases } from './operators/testOperators';

const TOLERANCE = 1e-5;

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

type Value = (z: number) => number;

const floatFeeds = (graph: Graph, batch: number, value?: Value): Map<string, Feed> =>
  new Map(
    [...randomFeeds(graph, { batch, value })].map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data) },
    ]),
  );

async function ortRun(
  graph: Graph,
  feeds: ReadonlyMap<string, Feed>,
  bytes = encodeModel(graph),
): Promise<Readonly<Record<string, Feed>>> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'basic',
  });
  try {
    const tensors = session.inputNames.map((name) => {
      const { shape, data } = feeds.get(name)!;
      return [name, new ort.Tensor('float32', data as Float32Array, shape)] as const;
    });
    const results = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        { shape: dims, data: data as Float32Array },
      ]),
    );
  } finally {
    await session.release();
  }
}

/** Largest relative error of onnxruntime's outputs against the interpreter's, in float32. */
async function ortError(graph: Graph, batch: number, value?: Value): Promise<number> {
  const feeds = floatFeeds(graph, batch, value);
  const results = await ortRun(graph, feeds);
  return Math.max(
    ...[...interpret(graph, feeds)].map(([name, { shape, data }]) =>
      results[name].shape.join() === shape.join()
        ? relativeError(results[name].data, data)
        : Infinity,
    ),
  );
}

describe('onnxruntime agrees with the interpreter to 1e-5', () => {
  test.each(networks)('%s, forward and gradient', async (_, build) => {
    const graph = build();
    const { forward, gradient } = policyFromGraph(graph);
    const value = (z: number): number => z / 2;
    for (const batch of [1, 3]) {
      expect(await ortError(graph, batch, value)).toBeLessThan(TOLERANCE);
      expect(await ortError(forward, batch, value)).toBeLessThan(TOLERANCE);
      expect(await ortError(gradient, batch, value)).toBeLessThan(TOLERANCE);
    }
  });

  test.each(operatorCases)('$title', async ({ graph, value }) => {
    expect(await ortError(graph, 3, value)).toBeLessThan(TOLERANCE);
    const wrt = graph.inputs.map(({ name }) => name);
    const gradient = differentiate(graph, { output: 'v', upstream: 'dv', wrt });
    expect(await ortError(gradient, 3, value)).toBeLessThan(TOLERANCE);
  });

  test.each([networks[0], networks[networks.length - 1]])(
    '%s: both graphs return the same v bit for bit, so that a first policy ratio is exactly 1',
    async (_, build) => {
      const { forward, gradient } = policyFromGraph(build());
      const feeds = floatFeeds(gradient, 3);
      const [plain, trained] = [await ortRun(forward, feeds), await ortRun(gradient, feeds)];
      expect(trained.v).toEqual(plain.v);
    },
  );

  test('and so does a graph that went through a file', async () => {
    const [, build] = networks[0];
    const { gradient } = policyFromGraph(decodeModel(encodeModel(build())));
    expect(await ortError(gradient, 2)).toBeLessThan(TOLERANCE);
  });

  test('and a file with weights in half precision runs as it is, with the weights it is read with', async () => {
    const [, build] = networks[0];
    const lifted = liftParameters(build());
    const bytes = encodeModel(withWeights(lifted, lifted.initialWeights), { weights: 'float16' });
    const read = decodeModel(bytes);
    const feeds = floatFeeds(read, 3);
    expect(await ortRun(read, feeds, bytes)).toEqual(await ortRun(read, feeds));
  });
});
