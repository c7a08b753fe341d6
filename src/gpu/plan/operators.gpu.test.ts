import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../onnx/builder';
import { randomFeeds } from '../../onnx/testGradient';
import { operatorCases } from '../../onnx/operators/testOperators';
import type { OpenDevice } from '../device';
import { openNodeDevice } from '../nodeGpu';
import { compilePlan, errors, rounded, runPlan } from './testPlan';

let open: OpenDevice & { release(): void };
beforeAll(async () => {
  open = await openNodeDevice();
});
afterAll(() => open.release());

describe('every operator agrees with the interpreter for every batch size', () => {
  test.each(operatorCases.map((one) => [one.title, one] as const))(
    '%s',
    async (_title, { graph, value }) => {
      const plan = await compilePlan(open.device, graph);
      for (const batch of [1, 3, 4]) {
        const feeds = rounded(randomFeeds(graph, { batch, value }));
        const results = await runPlan(open.device, plan, graph, feeds, batch);
        expect(errors(graph, feeds, results).get('v')).toBeLessThan(2e-6);
      }
      plan.destroy();
    },
  );

  test('Gather of rows of an input and of a constant', async () => {
    const builder = new GraphBuilder('gather');
    const x = builder.input('x', [5, 3]);
    const rows = builder.ints([4, 0, 0]);
    const table = builder.constant(
      'table',
      [5, 3],
      Array.from({ length: 15 }, (_, i) => i),
    );
    const found = [x, table].map((source) => builder.add('Gather', [source, rows], { axis: 0 }));
    builder.output(builder.add('Concat', found, { axis: 1 }, 'v'));
    const graph = builder.build();
    const plan = await compilePlan(open.device, graph);
    const feeds = rounded(randomFeeds(graph, { batch: 1 }));
    const results = await runPlan(open.device, plan, graph, feeds, 1);
    expect(errors(graph, feeds, results).get('v')).toBeLessThan(2e-6);
  });
});
