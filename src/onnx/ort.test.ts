/**
 * Graphs written here, run by onnxruntime-web's WASM provider: the file is really ONNX, and forward pass and gradient
 * mean there what they mean in the float64 interpreter.
 */
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from './differentiate';
import { decodeModel, encodeModel } from './file';
import type { Graph } from './graph';
import { interpret } from './interpret';
import { policyFromGraph } from './policy';
import { randomFeeds, relativeError } from './testGradient';
import { networks } from './testNetworks';
import { operatorCases } from './testOperators';

const TOLERANCE = 1e-5;

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

/** Largest relative error of onnxruntime's outputs against the interpreter's, in float32. */
async function ortError(
  graph: Graph,
  batch: number,
  value?: (z: number) => number,
): Promise<number> {
  const session = await ort.InferenceSession.create(encodeModel(graph), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'basic',
  });
  try {
    const feeds = new Map(
      [...randomFeeds(graph, { batch, value })].map(([name, { shape, data }]) => [
        name,
        { shape, data: Float32Array.from(data) },
      ]),
    );
    const tensors = [...feeds].map(
      ([name, { shape, data }]) => [name, new ort.Tensor('float32', data, shape)] as const,
    );
    const used = tensors.filter(([name]) => session.inputNames.includes(name));
    const results = await session.run(Object.fromEntries(used));
    const expected = interpret(graph, feeds);
    return Math.max(
      ...[...expected].map(([name, { shape, data }]) => {
        const result = results[name];
        if (result.dims.join() !== shape.join()) return Infinity;
        return relativeError(result.data as Float32Array, data);
      }),
    );
  } finally {
    await session.release();
  }
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

  test('and so does a graph that went through a file', async () => {
    const [, build] = networks[0];
    const { gradient } = policyFromGraph(decodeModel(encodeModel(build())));
    expect(await ortError(gradient, 2)).toBeLessThan(TOLERANCE);
  });
});
