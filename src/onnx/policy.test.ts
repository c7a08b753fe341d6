import { describe, expect, test } from 'vitest';
import { EspalierError } from '../core/errors';
import { GraphBuilder } from './builder';
import { encodeModel } from './format/encode';
import type { Graph } from './graph';
import { interpret } from './interpret';
import { liftParameters, PARAMETER_ALIGNMENT, withWeights } from './passes/lift';
import { buildDit } from './models/dit';
import { checkPolicySignature, loadPolicy, policyFromGraph } from './policy';
import { randomFeeds, relativeError } from './testGradient';
import { networks, promptDit, tinyDitOptions, tinyMlp } from './testNetworks';

function refusal(run: () => unknown): EspalierError {
  try {
    run();
  } catch (error) {
    if (error instanceof EspalierError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

/** Replaces the metadata, so that the weights are no longer listed. */
const withoutList = (graph: Graph): Graph => ({ ...graph, metadata: {} });

describe('a network with the right signature becomes a policy', () => {
  test.each(networks)('%s: the same function of x, t and cond', (_, build) => {
    const graph = build();
    const { forward, parameters, initialWeights, gradient } = policyFromGraph(graph);
    const feeds = randomFeeds(graph, { batch: 3 });
    const weights = parameters.map(({ name, shape, offset, length }) => {
      const data = initialWeights.subarray(offset, offset + length);
      return [name, { shape, data }] as const;
    });
    const all = new Map([...feeds, ...weights]);
    const { data, shape } = interpret(graph, feeds).get('v')!;
    expect(relativeError(interpret(forward, all).get('v')!.data, data)).toBeLessThan(1e-6);
    const both = interpret(gradient, all.set('dv', { shape, data }));
    expect(relativeError(both.get('v')!.data, data)).toBeLessThan(1e-6);
    expect([...both.keys()]).toEqual(['v', ...parameters.map(({ name }) => `d_${name}`)]);
  });

  test('with its shapes and metadata, from bytes', () => {
    const policy = loadPolicy(encodeModel(promptDit()));
    expect(policy.sampleShape).toEqual([2, 4, 4]);
    expect(policy.conditionShape).toEqual([5]);
    expect(policy.metadata['prediction']).toBe('x0');
    expect(policyFromGraph(tinyMlp()).conditionShape).toBeNull();
  });

  test('parameters do not overlap, start at multiples of 64 and leave zeros between them', () => {
    const { parameters, parameterLength, initialWeights } = policyFromGraph(promptDit());
    const used = new Uint8Array(parameterLength);
    for (const { offset, length } of parameters) {
      expect(offset % PARAMETER_ALIGNMENT).toBe(0);
      for (let i = offset; i < offset + length; i++) used[i]++;
    }
    expect(Math.max(...used)).toBe(1);
    expect(initialWeights.filter((value, i) => value !== 0 && used[i] === 0)).toHaveLength(0);
    expect(initialWeights).toHaveLength(parameterLength);
  });

  test('t may be a column, and the batch may have any multiple in between', () => {
    const builder = new GraphBuilder('column');
    const x = builder.input('x', [-1, 2]);
    const t = builder.input('t', [-1, 1]);
    const weight = builder.constant('weight', [3, 2], [1, 2, 3, 4, 5, 6]);
    const joined = builder.add('Concat', [x, t], { axis: 1 });
    builder.output(builder.add('MatMul', [joined, weight], {}, 'v'));
    const { forward, initialWeights } = policyFromGraph(builder.build());
    expect(forward.inputs.map(({ shape }) => shape)).toEqual([[-1, 2], [-1], [3, 2]]);
    const feeds = new Map([
      ['x', { shape: [2, 2], data: [1, 0, 0, 1] }],
      ['t', { shape: [2], data: [0, 2] }],
      ['weight', { shape: [3, 2], data: initialWeights.subarray(0, 6) }],
    ]);
    expect([...interpret(forward, feeds).get('v')!.data]).toEqual([1, 2, 13, 16]);
  });

  test('a network that predicts x0 gets v = (x − x0)/max(t, .05)', () => {
    const builder = new GraphBuilder('sample');
    const x = builder.input('x', [-1, 2]);
    builder.input('t', [-1]);
    const half = builder.constant('half', [2], [0.5, 0.25]);
    builder.output(builder.add('Mul', [x, half], {}, 'x0'));
    const { forward } = policyFromGraph(builder.build());
    const feeds = new Map([
      ['x', { shape: [2, 2], data: [1, 1, 1, 1] }],
      ['t', { shape: [2], data: [0.5, 0.01] }],
      ['half', { shape: [2], data: [0.5, 0.25] }],
    ]);
    const { data } = interpret(forward, feeds).get('v')!;
    expect(relativeError(data, [1, 1.5, 10, 15])).toBeLessThan(1e-6);
  });

  test('weights can be put back into a graph', () => {
    const lifted = liftParameters(tinyMlp());
    expect(withWeights(lifted, lifted.initialWeights)).toEqual(tinyMlp());
    const doubled = withWeights(
      lifted,
      lifted.initialWeights.map((w) => 2 * w),
    );
    expect(doubled.constants.get('in.bias')!.data).toEqual(
      (tinyMlp().constants.get('in.bias')!.data as Float32Array).map((w) => 2 * w),
    );
  });
});

describe('weights', () => {
  test.each(networks)('%s: are found by themselves where no metadata lists them', (_, build) => {
    const names = (graph: Graph): string[] => {
      return liftParameters(graph)
        .parameters.map(({ name }) => name)
        .filter((name) => name !== 'condition_routing')
        .sort();
    };
    expect(names(withoutList(build()))).toEqual(names(build()));
  });

  test('a list that names something else is refused', () => {
    const wrong = { ...tinyMlp(), metadata: { parameters: '["in.weight", "nothing"]' } };
    expect(refusal(() => liftParameters(wrong))).toMatchObject({
      code: 'bad-model',
      details: ['"nothing" is not a float constant'],
    });
    const broken = { ...tinyMlp(), metadata: { parameters: 'in.weight' } };
    expect(refusal(() => liftParameters(broken)).code).toBe('bad-model');
  });

  test('a network without any is refused', () => {
    const builder = new GraphBuilder('fixed');
    builder.input('t', [-1]);
    builder.output(builder.add('Sin', [builder.input('x', [-1, 2])], {}, 'v'));
    expect(refusal(() => policyFromGraph(builder.build())).message).toMatch(/no weights/);
  });
});

describe('a network that is no policy is refused with everything that is wrong', () => {
  test('names, types, shapes and outputs', () => {
    const builder = new GraphBuilder('wrong');
    const image = builder.input('x', [1, 3, -1]);
    builder.input('timestep', [-1], 'int64');
    builder.output(builder.add('Sin', [image], {}, 'velocity'));
    builder.output(builder.add('Cos', [image], {}, 'extra'));
    const error = refusal(() => policyFromGraph(builder.build()));
    expect(error.code).toBe('bad-model');
    expect(error.details).toEqual([
      'it has no input "t"',
      expect.stringMatching(/x has a fixed first dimension of 1.*dynamic_axes/),
      'dimension 2 of the input x is not a fixed number',
      expect.stringMatching(/an input "timestep"/),
      'it has 2 outputs instead of one',
      expect.stringMatching(/called "velocity"/),
    ]);
    for (const problem of error.details) expect(error.message).toContain(problem);
  });

  test('an output of another shape than x', () => {
    const builder = new GraphBuilder('wrong');
    builder.input('t', [-1]);
    const x = builder.input('x', [-1, 2]);
    builder.output(builder.add('Concat', [x, x], { axis: 1 }, 'v'));
    expect(checkPolicySignature(builder.build())).toEqual([
      'the output v has shape [N, 4], but x has [N, 2]',
    ]);
  });

  test('an operator that cannot be trained, by node', () => {
    const graph = tinyMlp();
    const index = graph.nodes.findIndex(({ op }) => op === 'Sigmoid');
    const nodes = graph.nodes.with(index, {
      ...graph.nodes[index],
      name: 'head/act',
      op: 'HardSwish',
    });
    const error = refusal(() => policyFromGraph({ ...graph, nodes }));
    expect(error.code).toBe('unsupported-operator');
    expect(error.message).toContain('HardSwish (node "head/act")');
  });

  test('nothing is wrong with the networks built here', () => {
    for (const [, build] of networks) expect(checkPolicySignature(build())).toEqual([]);
    expect(checkPolicySignature(buildDit(tinyDitOptions))).toEqual([]);
  });
});
