import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../onnx/builder';
import type { Graph, PolicyModel } from '../../onnx/graph';
import { buildWorkload } from '../../onnx/models/workloads';
import { testNormal } from '../../onnx/models/testNormal';
import { policyFromGraph } from '../../onnx/policy';
import { arrange, type Arrangement, type ArrangeOptions } from './arrange';
import { MAX_BINDINGS } from './fuse';
import { trafficOf } from './schedule';

const arranged = (graph: Graph, options: Partial<ArrangeOptions> = {}): Arrangement =>
  arrange(graph, { maxBatch: 32, hardware: false, ...options });

/** What each dispatch computes, as domain kinds. */
const kinds = ({ dispatches }: Arrangement): string[][] =>
  dispatches.map(({ groups }) => groups.map(({ domain }) => domain.kind));

function graphOf(build: (builder: GraphBuilder) => string): Graph {
  const builder = new GraphBuilder('test');
  builder.output(build(builder));
  return builder.build();
}

describe('what is fused', () => {
  test('a chain of element-wise operators is one kernel without memory in between', () => {
    const graph = graphOf((b) => {
      const x = b.input('x', [-1, 8]);
      return b.add('Tanh', [b.add('Mul', [b.add('Exp', [x]), b.add('Neg', [x])])]);
    });
    const { dispatches, realisation } = arranged(graph);
    expect(dispatches).toHaveLength(1);
    expect(realisation.stores).toHaveLength(1);
  });

  test('bias, activation and residual are the epilogue of their product', () => {
    const graph = graphOf((b) => {
      const x = b.input('x', [-1, 8]);
      const y = b.add('Gemm', [x, b.input('w', [8, 8]), b.input('bias', [8])]);
      return b.add('Add', [x, b.add('Mul', [y, b.add('Sigmoid', [y])])]);
    });
    expect(kinds(arranged(graph))).toEqual([['product']]);
  });

  test('an epilogue follows its product through a transposition', () => {
    const graph = graphOf((b) => {
      const product = b.add('MatMul', [b.input('x', [-1, 4, 3, 5]), b.input('y', [-1, 4, 5, 6])]);
      const moved = b.add('Transpose', [product], { perm: [0, 2, 1, 3] });
      return b.add('Exp', [b.add('Reshape', [moved, b.ints([-1, 24])])]);
    });
    expect(kinds(arranged(graph))).toEqual([['product']]);
  });

  test('normalisation with modulation is one kernel over rows', () => {
    const graph = graphOf((b) => {
      const x = b.input('x', [-1, 4, 8]);
      const normal = b.add('LayerNormalization', [x, b.input('w', [8]), b.input('b', [8])]);
      const scale = b.add('Add', [b.input('scale', [-1, 1, 8]), b.scalar(1)]);
      return b.add('Add', [b.add('Mul', [normal, scale]), b.input('shift', [-1, 1, 8])]);
    });
    expect(kinds(arranged(graph))).toEqual([['rows']]);
  });

  test('products of one operand with several matrices share a dispatch', () => {
    const graph = graphOf((b) => {
      const x = b.input('x', [-1, 8]);
      const parts = ['w0', 'w1', 'w2'].map((w) => b.add('Gemm', [x, b.input(w, [8, 8])]));
      return b.add('Concat', parts, { axis: 1 });
    });
    const shared = Symbol('weights');
    const arrangement = arranged(graph, {
      bufferOf: ({ label }) => (label.startsWith('w') ? shared : undefined),
    });
    expect(kinds(arrangement)).toEqual([['product', 'product', 'product']]);
  });

  test('a row that is read across rows starts a kernel of its own', () => {
    const graph = graphOf((b) => {
      const x = b.input('x', [-1, 16, 8]);
      const sum = b.add('ReduceSum', [x, b.ints([2])], { keepdims: 1 });
      const turned = b.add('Transpose', [b.add('Mul', [x, sum])], { perm: [0, 2, 1] });
      return b.add('Softmax', [turned], { axis: 2 });
    });
    expect(arranged(graph).dispatches.length).toBeGreaterThan(1);
  });
});

describe('DiT-small', () => {
  const model: PolicyModel = policyFromGraph(buildWorkload('B', testNormal()).graph);
  const names = new Set(model.parameters.map(({ name }) => name));
  const [weights, gradients] = [Symbol('weights'), Symbol('gradients')];
  const options: Partial<ArrangeOptions> = {
    splitAt: 'dv',
    bufferOf: ({ label, role }) => {
      if (role === 'input' && names.has(label)) return weights;
      return role === 'output' && label.startsWith('d_') ? gradients : undefined;
    },
  };

  test('takes at most 45 dispatches forward and 100 forward and backward', () => {
    expect(arranged(model.forward, options).dispatches.length).toBeLessThanOrEqual(45);
    expect(arranged(model.gradient, options).dispatches.length).toBeLessThanOrEqual(100);
  });

  test('binds at most eight buffers per kernel, never one both as read-only and writable', () => {
    const { dispatches, realisation } = arranged(model.gradient, options);
    for (const { groups } of dispatches) {
      const traffic = groups.map((group) => trafficOf(group, realisation));
      const key = (storage: Parameters<NonNullable<ArrangeOptions['bufferOf']>>[0]): unknown =>
        storage.role === 'constant' ? 'constants' : (options.bufferOf!(storage) ?? storage);
      const reads = new Set(traffic.flatMap((t) => [...t.reads].map(key)));
      const writes = new Set(traffic.flatMap((t) => [...t.writes].map(key)));
      expect(new Set([...reads, ...writes]).size).toBeLessThanOrEqual(MAX_BINDINGS);
      expect([...writes].filter((buffer) => reads.has(buffer))).toEqual([]);
    }
  });

  test('runs what does not depend on dv first', () => {
    const stages = arranged(model.gradient, options).dispatches.map(({ stage }) => stage);
    expect(stages).toEqual([...stages].sort());
    expect(stages).toContain(0);
    expect(stages).toContain(1);
  });

  test('cuts the sums over the batch for real GPUs only', () => {
    const splits = (hardware: boolean): number[] =>
      arranged(model.gradient, { ...options, hardware }).dispatches.flatMap(({ groups }) =>
        groups.map(({ domain }) => (domain.kind === 'map' ? 1 : domain.splits)),
      );
    expect(Math.max(...splits(false))).toBe(1);
    expect(splits(true).filter((count) => count > 1).length).toBeGreaterThan(20);
  });
});
