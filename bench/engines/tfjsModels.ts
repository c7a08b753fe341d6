/** The workloads spelled out for TensorFlow.js; the twin of src/onnx/models and of jaxModels.ts. */
import * as tf from '@tensorflow/tfjs-core';
import { NORM_EPSILON } from '../../src/onnx/models/layers';
import { SMALLEST_TIME } from '../../src/onnx/passes/velocity';
import type { Transformer, Workload } from '../workload';

export type TfjsWeights = Readonly<Record<string, tf.Tensor>>;

/** x [N, …], t [N], cond [N, C] or null. */
export interface TfjsInputs {
  readonly x: tf.Tensor;
  readonly t: tf.Tensor;
  readonly cond: tf.Tensor | null;
  /** The frequencies of the time features [1, count]. */
  readonly frequencies: tf.Tensor;
}

export type TfjsModel = (weights: TfjsWeights, inputs: TfjsInputs) => tf.Tensor;

export const tfjsModel = (workload: Workload): TfjsModel =>
  workload.transformer ? dit(workload, workload.transformer) : mlp;

const silu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

const linear = (weights: TfjsWeights, name: string, x: tf.Tensor): tf.Tensor =>
  tf.add(tf.matMul(x, weights[`${name}.weight`]), weights[`${name}.bias`]);

function features({ t, frequencies }: TfjsInputs): tf.Tensor[] {
  const angle = tf.mul(tf.reshape(t, [-1, 1]), frequencies);
  return [tf.sin(angle), tf.cos(angle)];
}

const mlp: TfjsModel = (weights, inputs) => {
  let h = tf.concat([inputs.x, ...features(inputs)], 1);
  for (let layer = 0; layer < 3; layer++) h = silu(linear(weights, `layer${layer}`, h));
  return linear(weights, 'out', h);
};

function layerNorm(x: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.mul(centred, centred), -1, true);
  return tf.div(centred, tf.sqrt(tf.add(variance, NORM_EPSILON)));
}

/** LN(h)·(1 + scale) + shift. */
const modulated = (h: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor): tf.Tensor =>
  tf.add(tf.mul(layerNorm(h), tf.add(scale, 1)), shift);

/** What the prompt adds to the time embedding [N, dim], and its own tokens [N, promptTokens, dim] where it has any. */
function condition(
  w: TfjsWeights,
  cond: tf.Tensor,
  promptTokens: number,
): { vector: tf.Tensor; tokens: tf.Tensor | null } {
  if (!w['condition_routing']) return { vector: linear(w, 'condition', cond), tokens: null };
  const [rows, dim] = w['condition.tables'].shape;
  const hot = tf.reshape(tf.matMul(cond, w['condition_routing']), [-1, rows]);
  const sums = tf.reshape(tf.matMul(hot, w['condition.tables']), [-1, 1 + promptTokens, dim]);
  const [vector, tokens] = tf.split(sums, [1, promptTokens], 1);
  return { vector: tf.reshape(vector, [-1, dim]), tokens };
}

/** The velocity (x − x0)/max(t, .05). */
const velocityFromSample = (x: tf.Tensor, x0: tf.Tensor, t: tf.Tensor): tf.Tensor =>
  tf.div(tf.sub(x, x0), tf.reshape(tf.maximum(t, SMALLEST_TIME), [-1, 1, 1, 1]));

function dit(
  { sampleShape, weights: shapes }: Workload,
  { patch, heads, promptTokens, prediction }: Transformer,
): TfjsModel {
  const [channels, height, width] = sampleShape;
  const [tokens, dim] = shapes.get('position')!.shape;
  const [rows, columns] = [height / patch, width / patch];
  const patchSize = channels * patch * patch;

  const modulations = (w: TfjsWeights, name: string, e: tf.Tensor, count: number): tf.Tensor[] =>
    tf.split(tf.reshape(linear(w, name, e), [-1, count, dim]), count, 1);

  const attention = (w: TfjsWeights, name: string, x: tf.Tensor): tf.Tensor => {
    const joined = linear(w, `${name}.qkv`, tf.reshape(x, [-1, dim]));
    const parted = tf.reshape(joined, [-1, tokens, 3, heads, dim / heads]);
    const [q, k, v] = tf
      .split(tf.transpose(parted, [2, 0, 3, 1, 4]), 3, 0)
      .map((part) => tf.reshape(part, [-1, heads, tokens, dim / heads]));
    const scores = tf.matMul(tf.mul(q, 1 / Math.sqrt(dim / heads)), k, false, true);
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
    const out = linear(w, `${name}.out`, tf.reshape(mixed, [-1, dim]));
    return tf.reshape(out, [-1, tokens, dim]);
  };

  const block = (w: TfjsWeights, name: string, h: tf.Tensor, e: tf.Tensor): tf.Tensor => {
    const [shift1, scale1, gate1, shift2, scale2, gate2] = modulations(
      w,
      `${name}.modulation`,
      e,
      6,
    );
    const attended = attention(w, name, modulated(h, shift1, scale1));
    const middle = tf.add(h, tf.mul(attended, gate1));
    const first = tf.reshape(modulated(middle, shift2, scale2), [-1, dim]);
    const second = linear(w, `${name}.mlp2`, silu(linear(w, `${name}.mlp1`, first)));
    return tf.add(middle, tf.mul(tf.reshape(second, [-1, tokens, dim]), gate2));
  };

  return (w, inputs) => {
    const blocks = Object.keys(w).filter((name) => name.endsWith('.qkv.weight')).length;
    const time = linear(w, 'time1', tf.concat(features(inputs), 1));
    const prompt = inputs.cond && condition(w, inputs.cond, promptTokens);
    const sum = prompt ? tf.add(time, prompt.vector) : time;
    const e = silu(linear(w, 'time2', silu(sum)));
    const grid = tf.reshape(inputs.x, [-1, channels, rows, patch, columns, patch]);
    const patches = tf.reshape(tf.transpose(grid, [0, 2, 4, 1, 3, 5]), [-1, patchSize]);
    const embedded = tf.reshape(linear(w, 'patch', patches), [-1, tokens - promptTokens, dim]);
    const all = prompt?.tokens ? tf.concat([prompt.tokens, embedded], 1) : embedded;
    let h = tf.add(all, w['position']);
    for (let index = 0; index < blocks; index++) h = block(w, `block${index}`, h, e);
    const [shift, scale] = modulations(w, 'final.modulation', e, 2);
    const kept = promptTokens > 0 ? tf.slice(h, [0, promptTokens, 0], [-1, -1, -1]) : h;
    const out = linear(w, 'final.head', tf.reshape(modulated(kept, shift, scale), [-1, dim]));
    const pixels = tf.reshape(out, [-1, rows, columns, channels, patch, patch]);
    const ordered = tf.transpose(pixels, [0, 3, 1, 4, 2, 5]);
    const picture = tf.reshape(ordered, [-1, channels, height, width]);
    return prediction === 'x0' ? velocityFromSample(inputs.x, picture, inputs.t) : picture;
  };
}
