/**
 * The workloads spelled out for jax-js; the twin of src/onnx/models (mlp in workloads.ts, dit.ts, condition.ts) and of
 * tfjsModels.ts. Arrays are reference counted: every use but the last takes `.ref`.
 */
import { nn, numpy as np } from '@jax-js/jax';
import type { Array as JaxArray } from '@jax-js/jax';
import { NORM_EPSILON } from '../../src/onnx/models/layers';
import { SMALLEST_TIME } from '../../src/onnx/passes/velocity';
import type { Transformer, Workload } from '../workload';

export type JaxWeights = Record<string, JaxArray>;

/** x [N, …], t [N], cond [N, C] (empty when the network takes none). */
export interface JaxInputs extends Record<string, JaxArray> {
  x: JaxArray;
  t: JaxArray;
  cond: JaxArray;
}

export type JaxModel = (weights: JaxWeights, inputs: JaxInputs) => JaxArray;

export function jaxModel(workload: Workload): JaxModel {
  const frequencies = [...workload.frequencies];
  const features = (t: JaxArray): JaxArray[] => {
    const angle = t.reshape([-1, 1]).mul(np.array(frequencies).reshape([1, frequencies.length]));
    return [np.sin(angle.ref), np.cos(angle)];
  };
  const { transformer } = workload;
  return transformer ? dit(workload, transformer, features) : mlp(features);
}

type Features = (t: JaxArray) => JaxArray[];

const silu = (x: JaxArray): JaxArray => x.ref.mul(nn.sigmoid(x));

const linear = (weights: JaxWeights, name: string, x: JaxArray): JaxArray =>
  np.matmul(x, weights[`${name}.weight`].ref).add(weights[`${name}.bias`].ref);

const mlp =
  (features: Features): JaxModel =>
  (weights, { x, t, cond }) => {
    cond.dispose();
    let h = np.concatenate([x, ...features(t)], 1);
    for (let layer = 0; layer < 3; layer++) h = silu(linear(weights, `layer${layer}`, h));
    return linear(weights, 'out', h);
  };

function layerNorm(x: JaxArray): JaxArray {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(centred.ref.mul(centred.ref), -1, { keepdims: true });
  return centred.div(np.sqrt(variance.add(NORM_EPSILON)));
}

/** LN(h)·(1 + scale) + shift. Takes its arguments. */
const modulated = (h: JaxArray, shift: JaxArray, scale: JaxArray): JaxArray =>
  layerNorm(h).mul(scale.add(1)).add(shift);

/** `count` parts of `whole`. Slices are views that its compiler fuses; np.split would make a copy of each part. */
function parts(
  whole: JaxArray,
  count: number,
  part: (whole: JaxArray, index: number) => JaxArray,
): JaxArray[] {
  const found = Array.from({ length: count }, (_, index) => part(whole.ref, index));
  whole.dispose();
  return found;
}

/** What the prompt adds to the time embedding [N, dim], and its own tokens [N, promptTokens, dim] where it has any. */
function condition(
  w: JaxWeights,
  cond: JaxArray,
  promptTokens: number,
): { vector: JaxArray; tokens: JaxArray | null } {
  if (!w['condition_routing']) return { vector: linear(w, 'condition', cond), tokens: null };
  const [rows, dim] = w['condition.tables'].shape;
  const hot = np.matmul(cond, w['condition_routing'].ref).reshape([-1, rows]);
  const sums = np.matmul(hot, w['condition.tables'].ref).reshape([-1, 1 + promptTokens, dim]);
  return { vector: sums.ref.slice([], 0), tokens: sums.slice([], [1, 1 + promptTokens]) };
}

/** The velocity (x − x0)/max(t, .05). Takes its arguments. */
const velocityFromSample = (x: JaxArray, x0: JaxArray, t: JaxArray): JaxArray =>
  x.sub(x0).div(np.maximum(t, SMALLEST_TIME).reshape([-1, 1, 1, 1]));

function dit(
  { sampleShape, weights: shapes }: Workload,
  { patch, heads, promptTokens, prediction }: Transformer,
  features: Features,
): JaxModel {
  const [channels, height, width] = sampleShape;
  const [tokens, dim] = shapes.get('position')!.shape;
  const [rows, columns] = [height / patch, width / patch];
  const patchSize = channels * patch * patch;

  const modulations = (w: JaxWeights, name: string, e: JaxArray, count: number): JaxArray[] =>
    parts(linear(w, name, e).reshape([-1, count, dim]), count, (all, i) =>
      all.slice([], [i, i + 1]),
    );

  const attention = (w: JaxWeights, name: string, x: JaxArray): JaxArray => {
    const joined = linear(w, `${name}.qkv`, x.reshape([-1, dim]));
    const perHead = joined.reshape([-1, tokens, 3, heads, dim / heads]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = parts(perHead, 3, (all, i) => all.slice(i));
    const scores = np.matmul(q.mul(1 / Math.sqrt(dim / heads)), k.transpose([0, 1, 3, 2]));
    const mixed = np.matmul(nn.softmax(scores, -1), v);
    const out = linear(w, `${name}.out`, mixed.transpose([0, 2, 1, 3]).reshape([-1, dim]));
    return out.reshape([-1, tokens, dim]);
  };

  const block = (w: JaxWeights, name: string, h: JaxArray, e: JaxArray): JaxArray => {
    const [shift1, scale1, gate1, shift2, scale2, gate2] = modulations(
      w,
      `${name}.modulation`,
      e,
      6,
    );
    const attended = attention(w, name, modulated(h.ref, shift1, scale1));
    const middle = h.add(attended.mul(gate1));
    const first = modulated(middle.ref, shift2, scale2).reshape([-1, dim]);
    const second = linear(w, `${name}.mlp2`, silu(linear(w, `${name}.mlp1`, first)));
    return middle.add(second.reshape([-1, tokens, dim]).mul(gate2));
  };

  return (w, { x, t, cond }) => {
    const blocks = Object.keys(w).filter((name) => name.endsWith('.qkv.weight')).length;
    const time = linear(w, 'time1', np.concatenate(features(t.ref), 1));
    const prompt = condition(w, cond, promptTokens);
    const e = silu(linear(w, 'time2', silu(time.add(prompt.vector))));
    const grid = x.ref.reshape([-1, channels, rows, patch, columns, patch]);
    const patches = grid.transpose([0, 2, 4, 1, 3, 5]).reshape([-1, patchSize]);
    const embedded = linear(w, 'patch', patches).reshape([-1, tokens - promptTokens, dim]);
    const all = prompt.tokens ? np.concatenate([prompt.tokens, embedded], 1) : embedded;
    let h = all.add(w['position'].ref);
    for (let index = 0; index < blocks; index++) h = block(w, `block${index}`, h, e.ref);
    const [shift, scale] = modulations(w, 'final.modulation', e, 2);
    const kept = promptTokens > 0 ? h.slice([], [promptTokens, tokens]) : h;
    const out = linear(w, 'final.head', modulated(kept, shift, scale).reshape([-1, dim]));
    const pixels = out.reshape([-1, rows, columns, channels, patch, patch]);
    const picture = pixels.transpose([0, 3, 1, 4, 2, 5]).reshape([-1, channels, height, width]);
    if (prediction === 'x0') return velocityFromSample(x, picture, t);
    x.dispose();
    t.dispose();
    return picture;
  };
}
