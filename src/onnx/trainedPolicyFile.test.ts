/**
 * A saved policy is run here by onnxruntime as any tool would run it, from the file alone, and compared with the engine
 * that holds the same weights.
 */
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainedWeights } from '../core/objective';
import { sha256 } from '../core/sha256';
import { createEngine } from '../engine/createEngine';
import { decodeModel } from './format/decode';
import { encodeModel } from './format/encode';
import type { Graph } from './graph';
import { testNormal } from './models/testNormal';
import { SMALLEST_TIME } from './passes/velocity';
import { withTrained } from './passes/trained';
import { loadPolicy, policyFromGraph } from './policy';
import { relativeError } from './testGradient';
import { geluMlp, promptDit, tinyMlp } from './testNetworks';
import { trainedPolicyFile, type TrainedRun } from './trainedPolicyFile';

const RANK = 3;
const ROWS = 4;

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

const runOf = (original: Uint8Array, trainedWeights: TrainedWeights): TrainedRun => ({
  scene: 'points/ring',
  algorithm: 'branch-grpo',
  model: { name: 'own.onnx', sha256: sha256(original) },
  settings: { seed: 5, trainedWeights, loraRank: RANK },
});

/** Weights that training might end with: those of the start, every one moved. */
function movedWeights(bytes: Uint8Array, choice: TrainedWeights) {
  const model = policyFromGraph(withTrained(decodeModel(bytes), choice, RANK));
  const normal = testNormal(11);
  const weights = new Float32Array(model.parameterLength);
  for (const { offset, length } of model.parameters) {
    for (let i = offset; i < offset + length; i++) {
      weights[i] = model.initialWeights[i] + normal(i) / 5;
    }
  }
  return { model, weights };
}

function inputsOf({ inputs }: Graph): Record<string, { shape: number[]; data: Float32Array }> {
  const normal = testNormal(3);
  return Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const dims = shape.map((dim) => (dim < 0 ? ROWS : dim));
      const length = dims.reduce((product, dim) => product * dim, 1);
      const draw =
        name === 't'
          ? (_: unknown, i: number) => (i + 1) / (ROWS + 1)
          : (_: unknown, i: number) => normal(i);
      return [name, { shape: dims, data: Float32Array.from({ length }, draw) }];
    }),
  );
}

const networks: [string, () => Graph, TrainedWeights][] = [
  ['points', tinyMlp, 'all'],
  ['a network of another kind', () => geluMlp('none'), 'all'],
  ['a DiT with prompts', promptDit, 'all'],
  ['its blocks', promptDit, 'blocks'],
  ['its LoRA', promptDit, 'lora'],
];

describe.each(networks)('a trained policy as a file: %s', (_, build, choice) => {
  const original = encodeModel(build());
  const { model, weights } = movedWeights(original, choice);
  const file = trainedPolicyFile(original, runOf(original, choice), {
    iteration: 40,
    state: { weights },
  });

  test('keeps the signature and the nodes of the file that came in', () => {
    const [before, after] = [decodeModel(original), decodeModel(file)];
    for (const part of ['inputs', 'outputs', 'nodes'] as const) {
      expect(after[part]).toEqual(before[part]);
    }
    expect([...after.constants.keys()]).toEqual([...before.constants.keys()]);
    expect(after.metadata).toEqual({
      ...before.metadata,
      trained: 'branch-grpo in points/ring, seed 5, 40 iterations',
    });
  });

  test('gives in ONNX Runtime what the engine gives with those weights, and not what it began with', async () => {
    const graph = decodeModel(original);
    const feeds = inputsOf(graph);
    const { x, t, cond = null } = feeds;
    const engine = await createEngine('ort-wasm', model, null);
    const request = { latents: x.data, sigmas: t.data, conditions: cond?.data ?? null };
    const before = await engine.velocities(request);
    const none = new Float32Array(0);
    const moments = { reference: none, firstMoment: none, secondMoment: none };
    await engine.writeState({ weights, ...moments, updates: 0 });
    const expected = await engine.velocities(request);
    engine.destroy();

    const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
    const tensors = Object.entries(feeds).map(
      ([name, { shape, data }]) => [name, new ort.Tensor('float32', data, shape)] as const,
    );
    const results = await session.run(Object.fromEntries(tensors));
    await session.release();
    const output = results[graph.outputs[0].name].data as Float32Array;
    const size = x.data.length / ROWS;
    const found =
      graph.outputs[0].name === 'v'
        ? output
        : output.map(
            (x0, i) => (x.data[i] - x0) / Math.max(t.data[Math.floor(i / size)], SMALLEST_TIME),
          );
    expect(relativeError(found, Float64Array.from(expected))).toBeLessThan(1e-5);
    expect(relativeError(found, Float64Array.from(before))).toBeGreaterThan(1e-2);
  });

  test('is read again as a policy whose weights are the trained ones', () => {
    const again = loadPolicy(file);
    expect(again.parameters).toEqual(loadPolicy(original).parameters);
    if (choice === 'all') expect(again.initialWeights).toEqual(weights);
    expect(again.initialWeights).not.toEqual(loadPolicy(original).initialWeights);
  });
});

test('another policy is refused by its hash, and weights of another size by their number', () => {
  const original = encodeModel(tinyMlp());
  const run = runOf(original, 'all');
  const { weights } = movedWeights(original, 'all');
  const save = (bytes: Uint8Array, state: { weights: Float32Array }) => () =>
    trainedPolicyFile(bytes, run, { iteration: 1, state });
  expect(save(encodeModel(geluMlp('none')), { weights })).toThrow(
    /trained own\.onnx, and the policy at hand is another one/,
  );
  expect(save(original, { weights: weights.subarray(1) })).toThrow(/has \d+ weights, and the/);
});
