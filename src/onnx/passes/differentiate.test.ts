import { describe, expect, test } from 'vitest';
import { EspalierError } from '../../core/errors';
import { GraphBuilder } from '../builder';
import { differentiate } from './differentiate';
import type { Graph } from '../graph';
import { interpret } from '../interpret';
import { liftParameters } from './lift';
import { primitiveOperators } from '../operators';
import { lower } from './lower';
import { testNormal } from '../models/testNormal';
import { buildWorkload } from '../models/workloads';
import { inferShapes } from './shapes';
import { gradientError, randomFeeds } from '../testGradient';
import { geluMlp, networks, promptDit } from '../testNetworks';

/** Gradient graph by every parameter of `graph`. */
function gradientOf(graph: Graph): Graph {
  const { graph: lifted, parameters } = liftParameters(lower(graph));
  const wrt = parameters.map(({ name }) => name);
  return differentiate(lifted, { output: 'v', upstream: 'dv', wrt });
}

describe('the gradient of whole networks', () => {
  test.each(networks)('%s agrees with finite differences to 1e-6', (_, build) => {
    const { graph, parameters } = liftParameters(build());
    const wrt = parameters.map(({ name }) => name);
    for (const batch of [1, 3]) {
      const value = (z: number): number => z / 2;
      expect(gradientError(graph, { batch, wrt, probes: 2, value })).toBeLessThan(1e-6);
    }
  });

  test.each(networks)('%s: by x and t as well', (_, build) => {
    const { graph } = liftParameters(build());
    const wrt = graph.inputs.map(({ name }) => name).filter((name) => name === 'x' || name === 't');
    const value = (z: number): number => Math.abs(z) / 2 + 0.1;
    expect(gradientError(graph, { batch: 2, wrt, probes: 6, value })).toBeLessThan(1e-6);
  });
});

describe('the gradient graph', () => {
  const gradient = gradientOf(promptDit());

  test('uses primitive operators only and has consistent shapes', () => {
    expect(gradient.nodes.filter(({ op }) => !primitiveOperators.includes(op))).toEqual([]);
    const values = inferShapes(gradient);
    expect(gradient.outputs).toEqual(gradient.outputs.map(({ name }) => values.get(name)));
    for (const { name, shape } of gradient.outputs.slice(1)) {
      expect(shape).toEqual(values.get(name.slice(2))!.shape);
    }
  });

  test('computes everything that does not need dv first', () => {
    const late = new Set(['dv']);
    const needs = gradient.nodes.map((node) => {
      const isLate = node.inputs.some((input) => late.has(input));
      if (isLate) node.outputs.forEach((output) => late.add(output));
      return isLate;
    });
    expect(needs).toEqual([...needs].sort());
    expect(needs).toContain(false);
  });

  test('has no node whose result is unused, and no two nodes alike', () => {
    const read = new Set([
      ...gradient.nodes.flatMap(({ inputs }) => inputs),
      ...gradient.outputs.map(({ name }) => name),
    ]);
    expect(gradient.nodes.filter(({ outputs }) => !outputs.some((o) => read.has(o)))).toEqual([]);
    const keys = gradient.nodes.map(({ op, inputs, attributes }) =>
      JSON.stringify([op, inputs, attributes]),
    );
    const names = new Map(keys.map((key, i) => [key, gradient.nodes[i].name]));
    expect(keys.length - names.size).toBeLessThanOrEqual(0);
  });

  test('is the same graph every time', () => {
    expect(gradientOf(geluMlp('none'))).toEqual(gradientOf(geluMlp('none')));
  });

  test('of DiT-small needs no more nodes than this', () => {
    const { graph } = buildWorkload('B', testNormal());
    expect(graph.nodes.length).toBeLessThanOrEqual(225);
    expect(gradientOf(graph).nodes.length).toBeLessThanOrEqual(570);
    expect(gradientOf(buildWorkload('A', testNormal()).graph).nodes.length).toBeLessThanOrEqual(44);
  });

  test('is zero for a weight that the output does not depend on, and passes dv through', () => {
    const builder = new GraphBuilder('partial');
    const x = builder.input('x', [-1, 2]);
    builder.input('unused', [3]);
    builder.output(builder.add('Add', [x, builder.input('shift', [-1, 2])], {}, 'v'));
    const wrt = ['unused', 'shift', 'x'];
    const graph = differentiate(builder.build(), { output: 'v', upstream: 'dv', wrt });
    const feeds = randomFeeds(graph, { batch: 2 });
    const results = interpret(graph, feeds);
    expect([...results.get('d_unused')!.data]).toEqual([0, 0, 0]);
    expect([...results.get('d_shift')!.data]).toEqual(Array.from(feeds.get('dv')!.data));
    expect([...results.get('d_x')!.data]).toEqual(Array.from(feeds.get('dv')!.data));
  });
});

describe('what cannot be differentiated is refused', () => {
  test('an operator outside the set, by name and node', () => {
    const graph: Graph = {
      name: 'g',
      inputs: [{ name: 'x', shape: [-1, 2], type: 'float32' }],
      outputs: [{ name: 'v', shape: [-1, 2], type: 'float32' }],
      constants: new Map(),
      nodes: [{ name: 'act7', op: 'Mish', inputs: ['x'], outputs: ['v'], attributes: {} }],
      metadata: {},
    };
    const run = (): Graph => differentiate(graph, { output: 'v', upstream: 'dv', wrt: ['x'] });
    expect(run).toThrow(EspalierError);
    expect(run).toThrow(/Mish \(node "act7"\)/);
  });

  test('a mean over the batch, which has no fixed divisor', () => {
    const builder = new GraphBuilder('g');
    const x = builder.input('x', [-1, 2]);
    const mean = builder.add('ReduceMean', [x], { axes: [0], keepdims: 1 });
    builder.output(builder.add('Sub', [x, mean], {}, 'v'));
    const options = { output: 'v', upstream: 'dv', wrt: ['x'] };
    expect(() => differentiate(builder.build(), options)).toThrow(/over the batch/);
  });
});
