import { describe, expect, test } from 'vitest';
import { policyFromGraph } from '../onnx/policy';
import { tinyMlp } from '../onnx/testNetworks';
import { createOrtEngine } from './ortEngine';
import { completeState } from './refusals';

const model = policyFromGraph(tinyMlp());
const none = new Float32Array(0);
const weights = model.initialWeights.map((w) => w + 1);

describe('a checkpoint of trained weights alone', () => {
  const alone = { weights, reference: none, firstMoment: none, secondMoment: none, updates: 0 };

  test('goes on from them, with the file’s own policy as reference and moments at zero', async () => {
    const engine = await createOrtEngine(model);
    await engine.writeState(alone);
    const zeros = new Float32Array(model.parameterLength);
    expect(await engine.readState()).toEqual({
      weights,
      reference: model.initialWeights,
      firstMoment: zeros,
      secondMoment: zeros,
      updates: 0,
    });
    engine.destroy();
  });

  test('is refused without weights or with a vector of another length', () => {
    expect(() => completeState({ ...alone, weights: none }, model)).toThrow(/holds 0 weights/);
    const short = { ...alone, reference: new Float32Array(3) };
    expect(() => completeState(short, model)).toThrow(/holds 3 weights/);
  });
});
