import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../onnx/graph';
import { policyFromGraph } from '../../onnx/policy';
import { randomFeeds } from '../../onnx/testGradient';
import { networks, promptDit, tinyMlp } from '../../onnx/testNetworks';
import type { OpenDevice } from '../device';
import { openNodeDevice } from '../nodeGpu';
import { compilePlan, errors, rounded, runPlan, samples, type Feeds } from './testPlan';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

const feedsFor = (graph: Graph, batch: number): Feeds =>
  rounded(randomFeeds(graph, { batch, value: (z) => 0.5 * z }));

describe('forward pass and gradient agree with the interpreter', () => {
  test.each(networks)('%s', async (_name, build) => {
    const { forward, gradient } = policyFromGraph(build());
    for (const graph of [forward, gradient]) {
      const plan = await compilePlan(open.device, graph);
      for (const batch of [1, 3, 4]) {
        const feeds = feedsFor(graph, batch);
        const results = await runPlan(open.device, plan, graph, feeds, batch);
        for (const [name, error] of errors(graph, feeds, results)) {
          expect(error, `${name}, batch ${batch}`).toBeLessThan(1e-4);
        }
      }
      plan.destroy();
    }
  });
});

describe('a sample does not depend on its batch', () => {
  test.each([
    ['point MLP', tinyMlp],
    ['tiny DiT with prompt tokens', promptDit],
  ])('%s: bit for bit', async (_name, build) => {
    const { forward } = policyFromGraph(build());
    const plan = await compilePlan(open.device, forward, { maxBatch: 8 });
    const feeds = feedsFor(forward, 8);
    const all = (await runPlan(open.device, plan, forward, feeds, 8)).get('v')!;
    const size = all.length / 8;
    for (const [from, to] of [
      [0, 1],
      [5, 6],
      [2, 5],
    ]) {
      const some = samples(forward, feeds, from, to);
      const alone = await runPlan(open.device, plan, forward, some, to - from);
      expect(alone.get('v')).toEqual(all.slice(from * size, to * size));
    }
    plan.destroy();
  });
});
