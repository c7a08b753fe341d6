import { describe, expect, test } from 'vitest';
import { EspalierError } from '../../core/errors';
import { interpret } from '../interpret';
import { policyFromGraph } from '../policy';
import { randomFeeds } from '../testGradient';
import { promptDit, tinyMlp } from '../testNetworks';
import { withTrained } from './trained';

const names = (choice: 'all' | 'blocks' | 'lora'): string[] =>
  policyFromGraph(withTrained(promptDit(), choice, 3)).parameters.map(({ name }) => name);

describe('blocks', () => {
  test('train with the embeddings of time, prompt and position, and without what touches pixels', () => {
    const left = names('all').filter((name) => !names('blocks').includes(name));
    expect(new Set(left.map((name) => name.split('.')[0]))).toEqual(new Set(['patch', 'final']));
    for (const part of ['time1', 'time2', 'condition', 'position', 'block0']) {
      expect(names('blocks').some((name) => name.startsWith(part))).toBe(true);
    }
  });

  test('leave the function as it is', () => {
    const feeds = randomFeeds(promptDit(), { batch: 2 });
    const before = interpret(promptDit(), feeds).get('v');
    expect(interpret(withTrained(promptDit(), 'blocks', 3), feeds).get('v')).toEqual(before);
  });

  test.each(['blocks', 'lora'] as const)('%s need a network that has some', (choice) => {
    let caught: unknown;
    try {
      withTrained(tinyMlp(), choice, 3);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(EspalierError);
    expect(caught).toMatchObject({ code: 'bad-setting' });
  });
});

describe('LoRA', () => {
  const rank = 3;
  const graph = withTrained(promptDit(), 'lora', rank);

  test('starts as exactly the same function', () => {
    const feeds = randomFeeds(promptDit(), { batch: 2 });
    expect(interpret(graph, feeds).get('v')).toEqual(interpret(promptDit(), feeds).get('v'));
  });

  test('trains two factors for every linear layer of the blocks, and nothing else', () => {
    const weights = names('all').filter((name) => /^block.*weight$/.test(name));
    expect(names('lora')).toEqual(weights.flatMap((name) => [`${name}.loraA`, `${name}.loraB`]));
    for (const { name, shape } of policyFromGraph(graph).parameters) {
      expect(shape[name.endsWith('A') ? 1 : 0]).toBe(rank);
    }
  });

  test('is x·(W + A·B): B moved by hand moves the function as W moved by A·B', () => {
    const weight = 'block0.mlp1.weight';
    const [inputs, outputs] = graph.constants.get(weight)!.shape;
    const a = graph.constants.get(`${weight}.loraA`)!.data as Float32Array;
    const b = Float32Array.from({ length: rank * outputs }, (_, i) => ((i % 7) - 3) / 5);
    const moved = (graph.constants.get(weight)!.data as Float32Array).map((w, at) => {
      const [row, column] = [Math.floor(at / outputs), at % outputs];
      let sum = w;
      for (let k = 0; k < rank; k++) sum += a[row * rank + k] * b[k * outputs + column];
      return sum;
    });
    const plain = promptDit();
    const whole = new Map(plain.constants).set(weight, { shape: [inputs, outputs], data: moved });
    const parted = new Map(graph.constants).set(`${weight}.loraB`, {
      shape: [rank, outputs],
      data: b,
    });
    const feeds = randomFeeds(plain, { batch: 2 });
    const expected = interpret({ ...plain, constants: whole }, feeds).get('v')!.data;
    const found = interpret({ ...graph, constants: parted }, feeds).get('v')!.data;
    const start = interpret(plain, feeds).get('v')!.data;
    const difference = (x: ArrayLike<number>): number =>
      Math.max(...Array.from(expected, (value, i) => Math.abs(value - x[i])));
    expect(difference(found)).toBeLessThan(1e-5);
    expect(difference(start)).toBeGreaterThan(1e-2);
  });

  test('at the start only B has a gradient', () => {
    const model = policyFromGraph(graph);
    const feeds = randomFeeds(promptDit(), { batch: 2 });
    const weights = model.parameters.map(({ name, shape, offset, length }) => {
      const data = model.initialWeights.subarray(offset, offset + length);
      return [name, { shape, data }] as const;
    });
    const all = new Map([...feeds, ...weights]);
    const { shape, data } = interpret(model.forward, all).get('v')!;
    const results = interpret(model.gradient, all.set('dv', { shape, data }));
    for (const { name } of model.parameters) {
      const largest = Math.max(...Array.from(results.get(`d_${name}`)!.data, Math.abs));
      if (name.endsWith('A')) expect(largest).toBe(0);
      else expect(largest).toBeGreaterThan(0);
    }
  });
});
