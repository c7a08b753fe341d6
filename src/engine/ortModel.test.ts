import { describe, expect, test } from 'vitest';
import { encodeModel } from '../onnx/format/encode';
import type { Graph } from '../onnx/graph';
import { policyFromGraph } from '../onnx/policy';
import { OrtModel } from './ortModel';

/** y = x, whose operator's name has as many letters as those it is exchanged for in the file's bytes. */
const identity: Graph = {
  name: 'reward',
  inputs: [{ name: 'x', shape: [-1, 2], type: 'float32' }],
  outputs: [{ name: 'reward', shape: [-1, 2], type: 'float32' }],
  constants: new Map(),
  nodes: [{ name: 'plus', op: 'Identity', inputs: ['x'], outputs: ['reward'], attributes: {} }],
  metadata: {},
};

function fileWith(operator: string): Uint8Array {
  const bytes = encodeModel(identity);
  const at = Buffer.from(bytes).indexOf('Identity');
  bytes.set(new TextEncoder().encode(operator), at);
  return bytes;
}

describe('a network outside the trainable operator set', () => {
  test('is run by onnxruntime all the same, for any batch', async () => {
    const model = await OrtModel.open(fileWith('Softplus'), { provider: 'wasm' });
    expect([model.inputs, model.outputs]).toEqual([['x'], ['reward']]);
    for (const rows of [1, 3]) {
      const data = Float32Array.from({ length: 2 * rows }, (_, i) => i - 2);
      const { reward } = await model.run({ x: { shape: [rows, 2], data } });
      expect(reward.shape).toEqual([rows, 2]);
      reward.data.forEach((y, i) => expect(y).toBeCloseTo(Math.log(1 + Math.exp(data[i])), 5));
    }
    await model.release();
  });
  test('is refused as a policy with its operator and node', () => {
    const policy: Graph = {
      ...identity,
      inputs: [...identity.inputs, { name: 't', shape: [-1], type: 'float32' }],
      outputs: [{ name: 'v', shape: [-1, 2], type: 'float32' }],
      nodes: [{ ...identity.nodes[0], op: 'Softplus', outputs: ['v'] }],
    };
    expect(() => policyFromGraph(policy)).toThrow(/Softplus.*plus|plus.*Softplus/);
  });
});

test('what onnxruntime cannot open is refused by name', async () => {
  const opened = OrtModel.open(fileWith('NoSuchOp'), { provider: 'wasm' });
  await expect(opened).rejects.toMatchObject({ code: 'bad-model' });
});
