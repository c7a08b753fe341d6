import { expect, test } from 'vitest';
import { resolveSettings } from '../config/resolve';
import type { Settings } from '../config/properties';
import { createOrtEngine } from '../engine/ortEngine';
import { loadPolicy } from '../onnx/policy';
import { findScene } from '../scenes';
import { examplePolicy } from '../session/examplePolicy';
import { explorationProfile } from './explorationProfile';
import type { ProfileStep } from './explorationProfile';

async function profileOf(overrides: Partial<Settings> = {}): Promise<ProfileStep[]> {
  const engine = await createOrtEngine(loadPolicy(examplePolicy()));
  const settings = resolveSettings('points/ring', 'branch-grpo', {
    steps: 5,
    splitSteps: [0],
    ...overrides,
  });
  const scene = findScene('points/ring');
  const profile = await explorationProfile({ scene, settings, engine, prompts: 12, leaves: 6 });
  engine.destroy();
  return profile;
}

test('every step but the last has a spread, with its noise level', async () => {
  const profile = await profileOf();
  expect(profile.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  expect(profile.map(({ sigma }) => sigma)).toEqual(
    [...profile.map(({ sigma }) => sigma)].sort().reverse(),
  );
  for (const { spread, byTask } of profile) {
    expect(spread).toBeGreaterThan(0);
    expect(byTask).toEqual({});
  }
});

test('is a function of the seed', async () => {
  expect(await profileOf()).toEqual(await profileOf());
  expect(await profileOf()).not.toEqual(await profileOf({ seed: 2 }));
});

test('less noise, less spread; none at all without', async () => {
  const [loud, quiet, silent] = [
    await profileOf(),
    await profileOf({ noise: 0.1 }),
    await profileOf({ noise: 0 }),
  ];
  for (const [i, { spread }] of loud.entries()) {
    expect(quiet[i].spread).toBeLessThan(spread);
    expect(silent[i].spread).toBe(0);
  }
});
