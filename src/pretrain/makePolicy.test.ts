import { describe, expect, test } from 'vitest';
import { sha256 } from '../core/sha256';
import { loadPolicy } from '../onnx/policy';
import { findScene } from '../scenes';
import { makePolicy } from './makePolicy';
import { findRecipe, recipes } from './recipes';

const ring = findRecipe('points/ring');

describe('making a policy', () => {
  // If this hash changes, so do the shipped files: make them again with `npm run pretrain -- all`.
  test('six steps from seed 1 give exactly these bytes', async () => {
    const bytes = await makePolicy(ring, { seed: 1, steps: 6 });
    expect(sha256(bytes)).toBe('2a046c60ba4d42ba0d0b8ce141810095cee50f8c36810f379fa026f84c71ac71');
    const { metadata, parameters } = loadPolicy(bytes);
    expect(metadata).toMatchObject({ scene: 'points/ring', seed: '1', steps: '6' });
    expect(parameters.reduce((sum, { length }) => sum + length, 0)).toBe(14_850);
  });

  test('another seed gives other weights', async () => {
    const [one, two] = [
      await makePolicy(ring, { seed: 1, steps: 1 }),
      await makePolicy(ring, { seed: 2, steps: 1 }),
    ];
    expect(loadPolicy(two).initialWeights).not.toEqual(loadPolicy(one).initialWeights);
  });

  test('the loss starts at that of a field at rest and falls', async () => {
    const losses: number[] = [];
    const onStep = (step: number, loss: number) => void (losses[step] = loss);
    await makePolicy({ ...ring, batch: 128 }, { seed: 1, steps: 60, onStep });
    // v = 0 before the first step: E|ε − x0|²/2 = 1 + E|x0|²/2 = 3.02.
    expect(Math.abs(losses[0] - 3.02)).toBeLessThan(0.3);
    expect(losses.slice(-10).reduce((a, b) => a + b) / 10).toBeLessThan(2.8);
  });
});

test('every recipe belongs to a scene, and an unknown one is refused with the valid names', () => {
  for (const { scene } of recipes) expect(findScene(scene).name).toBe(scene);
  expect(() => findRecipe('points/none')).toThrow('There is no recipe for "points/none".');
});
