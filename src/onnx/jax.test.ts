/**
 * An independent automatic differentiation of the same networks: the point MLP and a tiny transformer with prompt tokens
 * and x0-prediction, written out in jax-js (float64, WebAssembly), against the gradient graph.
 */
import { grad, init, nn, numpy as np, type Array as JaxArray } from '@jax-js/jax';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Graph } from './graph';
import { interpret, type Feed } from './interpret';
import { testNormal } from './models/testNormal';
import { policyFromGraph } from './policy';
import { randomFeeds, relativeError } from './testGradient';
import { promptDit, promptTokens, tinyDitOptions, tinyMlp } from './testNetworks';

type Arrays = Record<string, JaxArray>;
type Network = (weights: Arrays, inputs: Arrays) => JaxArray;

beforeAll(async () => {
  // jax-js asks for this name on its way to float64; Node 20 does not have it.
  if (!('Float16Array' in globalThis)) vi.stubGlobal('Float16Array', class {});
  await init('wasm');
});

const arrayOf = ({ shape, data }: Feed): JaxArray =>
  np.array(Float64Array.from(data), { shape: [...shape], dtype: np.float64 });

const numbersOf = (array: JaxArray): Float64Array => array.dataSync() as Float64Array;

/** Uses `w[name]` without giving it up; jax-js frees an array at its last use. */
const keep = (arrays: Arrays, name: string): JaxArray => arrays[name].ref;

const dense = (w: Arrays, name: string, x: JaxArray): JaxArray =>
  np.matmul(x, keep(w, `${name}.weight`)).add(keep(w, `${name}.bias`));

/** Dense on the last axis of [n, token, feature]. */
const denseTokens = (w: Arrays, name: string, x: JaxArray): JaxArray =>
  np
    .einsum(x, [0, 1, 2], keep(w, `${name}.weight`), [2, 3], [0, 1, 3])
    .add(keep(w, `${name}.bias`));

function waves(inputs: Arrays, count: number, last: number): JaxArray {
  const table = Float64Array.from({ length: count }, (_, k) =>
    Math.fround(last ** (k / (count - 1))),
  );
  const frequencies = np.array(table, { shape: [count], dtype: np.float64 });
  const angle = np.einsum(keep(inputs, 't'), [0], frequencies, [1], [0, 1]);
  return np.concatenate([np.sin(angle.ref), np.cos(angle)], 1);
}

const mlp: Network = (w, inputs) => {
  let h = dense(w, 'in', np.concatenate([keep(inputs, 'x'), waves(inputs, 2, 5)], 1));
  for (const layer of [0, 1]) h = h.ref.add(dense(w, `layer${layer}`, nn.silu(h)));
  return dense(w, 'out', nn.silu(h));
};

const { channels, height, width, patch, dim, heads } = tinyDitOptions;
const [rows, columns] = [height / patch, width / patch];
const prompts = promptTokens.tokens.length;
const tokens = prompts + rows * columns;

/** Parts of the rows of the table: slot 0, slot 1, and the extra table of slot 1. */
const tableRows = (w: Arrays, from: number, to: number): JaxArray =>
  keep(w, 'condition.tables').slice([from, to]);

function prompt(w: Arrays, inputs: Arrays): { vector: JaxArray; tokens: JaxArray } {
  const slot = (from: number, to: number): JaxArray => keep(inputs, 'cond').slice([], [from, to]);
  const first = np.matmul(slot(0, 3), tableRows(w, 0, 3));
  const second = np.matmul(slot(3, 5), tableRows(w, 3, 5));
  const role = np.matmul(slot(3, 5), tableRows(w, 5, 7));
  const pair = [first.ref.add(role), second.ref].map((token) => token.reshape([-1, 1, dim]));
  return { vector: first.add(second), tokens: np.concatenate(pair, 1) };
}

const norm = (h: JaxArray): JaxArray => nn.standardize(h, -1, { epsilon: 1e-6 });

const modulate = (h: JaxArray, shift: JaxArray, scale: JaxArray): JaxArray =>
  h.mul(scale.add(1)).add(shift);

const modulations = (w: Arrays, name: string, e: JaxArray, count: number): JaxArray[] =>
  np.split(dense(w, name, e.ref), count, 1).map((part) => part.reshape([-1, 1, dim]));

function attend(w: Arrays, name: string, x: JaxArray): JaxArray {
  const joined = denseTokens(w, `${name}.qkv`, x).reshape([-1, tokens, 3, heads, dim / heads]);
  const [q, k, v] = np
    .split(joined, 3, 2)
    .map((part) => part.reshape([-1, tokens, heads, dim / heads]));
  const scores = np
    .einsum(q, [0, 1, 2, 4], k, [0, 3, 2, 4], [0, 2, 1, 3])
    .mul(1 / Math.sqrt(dim / heads));
  const mixed = np.einsum(nn.softmax(scores, -1), [0, 2, 1, 3], v, [0, 3, 2, 4], [0, 1, 2, 4]);
  return denseTokens(w, `${name}.out`, mixed.reshape([-1, tokens, dim]));
}

const dit: Network = (w, inputs) => {
  const { vector, tokens: front } = prompt(w, inputs);
  const time = dense(w, 'time1', waves(inputs, 4, 10)).add(vector);
  const e = nn.silu(dense(w, 'time2', nn.silu(time)));
  const patches = keep(inputs, 'x')
    .reshape([-1, channels, rows, patch, columns, patch])
    .transpose([0, 2, 4, 1, 3, 5])
    .reshape([-1, rows * columns, channels * patch * patch]);
  let h = np.concatenate([front, denseTokens(w, 'patch', patches)], 1).add(keep(w, 'position'));
  for (const name of ['block0', 'block1']) {
    const [shift1, scale1, gate1, shift2, scale2, gate2] = modulations(
      w,
      `${name}.modulation`,
      e,
      6,
    );
    h = h.ref.add(gate1.mul(attend(w, name, modulate(norm(h), shift1, scale1))));
    const hidden = denseTokens(w, `${name}.mlp1`, modulate(norm(h.ref), shift2, scale2));
    h = h.add(gate2.mul(denseTokens(w, `${name}.mlp2`, nn.silu(hidden))));
  }
  const [shift, scale] = modulations(w, 'final.modulation', e, 2);
  e.dispose();
  const kept = h.slice([], [prompts, tokens], []);
  const x0 = denseTokens(w, 'final.head', modulate(norm(kept), shift, scale))
    .reshape([-1, rows, columns, channels, patch, patch])
    .transpose([0, 3, 1, 4, 2, 5])
    .reshape([-1, channels, height, width]);
  const divisor = np.maximum(keep(inputs, 't'), 0.05).reshape([-1, 1, 1, 1]);
  return keep(inputs, 'x').sub(x0).div(divisor);
};

const networks: readonly (readonly [string, () => Graph, Network])[] = [
  ['point MLP', tinyMlp, mlp],
  ['tiny DiT with prompt tokens that predicts x0', promptDit, dit],
];

describe('gradients agree with those of jax-js', () => {
  test.each(networks)('%s', (_, build, network) => {
    const { gradient, parameters } = policyFromGraph(build());
    const normal = testNormal(3);
    const feeds = new Map(
      [...randomFeeds(gradient, { batch: 3 })].map(([name, feed], index) => {
        const data = Array.from(feed.data, (z, i) => z / 2 + 0.1 * normal(1000 * index + i));
        return [name, { ...feed, data: name === 't' ? data.map(Math.abs) : data }];
      }),
    );
    const pick = (names: readonly string[]): Arrays =>
      Object.fromEntries(names.map((name) => [name, arrayOf(feeds.get(name)!)]));
    const inputs = pick([...feeds.keys()].filter((name) => ['x', 't', 'cond'].includes(name)));
    const dv = arrayOf(feeds.get('dv')!);
    const loss = (w: Arrays): JaxArray => network(w, inputs).mul(dv.ref).sum();
    const names = parameters.map(({ name }) => name);
    const expected = grad(loss)(pick(names));
    const results = interpret(gradient, feeds);
    const velocity = numbersOf(network(pick(names), inputs));
    expect(relativeError(results.get('v')!.data, velocity)).toBeLessThan(1e-6);
    for (const name of names) {
      const { data } = results.get(`d_${name}`)!;
      expect(relativeError(data, numbersOf(expected[name])), name).toBeLessThan(1e-6);
    }
  });
});
