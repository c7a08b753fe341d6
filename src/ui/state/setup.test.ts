import { describe, expect, test } from 'vitest';
import { sha256 } from '../../core/sha256';
import { exampleRun } from '../../journal/exampleJournal';
import { Setup } from './setup.svelte';

describe('what the next run will be', () => {
  test('starts from what scene and algorithm suggest', () => {
    const setup = new Setup();
    expect(setup.settings).toEqual(setup.preset);
    expect(setup.request()).toMatchObject({
      scene: 'points/ring',
      algorithm: 'branch-grpo',
      engine: 'auto',
      model: null,
      checkpoint: null,
    });
  });

  test('knows a visitor’s own policy by its hash, and a recorded run takes back the one it was made of', () => {
    const setup = new Setup();
    const model = { name: 'mine.onnx', bytes: new TextEncoder().encode('weights') };
    const policy = { name: 'mine.onnx', sha256: sha256(model.bytes), trained: 'all' };
    expect(setup.modelOf(policy)).toBeNull();
    setup.chooseModel(model);
    expect(setup.modelOf(policy)).toBe(model);
    expect(setup.modelOf({ ...policy, sha256: 'ab' })).toBeNull();
    const run = exampleRun();
    setup.adopt(run);
    expect(setup.model).toBeNull();
    setup.adopt({ ...run, model: { ...run.model, ...policy } });
    expect(setup.model).toBe(model);
  });

  test('takes valid values and refuses others with the reason, keeping what was', () => {
    const setup = new Setup();
    expect(setup.set({ trees: 4 })).toBeNull();
    expect(setup.set({ trees: 900 })).toContain('a whole number from 1 to 256');
    expect(setup.set({ splitSteps: [0, 20] })).toContain('must lie below steps');
    expect(setup.settings.trees).toBe(4);
  });

  test('knows what was changed by hand and puts it back', () => {
    const setup = new Setup();
    setup.set({ trees: 4, seed: setup.preset.seed });
    expect([setup.isOverridden('trees'), setup.isOverridden('seed')]).toEqual([true, false]);
    expect(setup.clear('trees')).toBeNull();
    expect(setup.settings.trees).toBe(setup.preset.trees);
  });

  test('does not put one value back if another one would not fit it', () => {
    const setup = new Setup();
    setup.set({ steps: 30 });
    setup.set({ splitSteps: [0, 20] });
    expect(setup.clear('steps')).toContain('must lie below steps');
    expect(setup.settings.steps).toBe(30);
  });

  test('carries over what still fits when the algorithm changes', () => {
    const setup = new Setup();
    setup.set({ seed: 7, trees: 2 });
    setup.chooseAlgorithm('flow-grpo');
    expect(setup.settings).toMatchObject({ seed: 7, trees: 2, branchingFactor: 1 });
  });

  test('becomes what a recorded run was', () => {
    const setup = new Setup();
    const run = exampleRun({ seed: 99, steps: 12 });
    expect(setup.matches(run)).toBe(false);
    setup.adopt(run);
    expect(setup.settings).toMatchObject({ seed: 99, steps: 12 });
    expect(setup.matches(run)).toBe(true);
  });
});
