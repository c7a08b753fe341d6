import { describe, expect, test } from 'vitest';
import { algorithmNames, algorithms } from '../algorithms';
import { propertyByKey } from '../config/properties';
import type { SettingKey, Settings } from '../config/properties';
import { resolveSettings } from '../config/resolve';
import { checkSettings, defaultSettings } from '../config/settings';
import { EspalierError } from '../core/errors';
import { findScene, sceneNames, scenes } from '.';

describe('the registry of scenes', () => {
  test('finds every scene under its own name', () => {
    for (const name of sceneNames) expect(findScene(name).name).toBe(name);
    expect(sceneNames).toContain('points/ring');
  });

  test('refuses an unknown name and lists the valid ones', () => {
    for (const name of ['points/none', 'toString', '']) {
      let caught: unknown;
      try {
        findScene(name);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(EspalierError);
      expect((caught as EspalierError).code).toBe('bad-setting');
      expect((caught as EspalierError).hint).toContain('points/ring');
    }
  });

  test.each(Object.values(scenes))('$name: presets are settings that pass the checks', (scene) => {
    for (const name of algorithmNames) {
      const settings: Settings = {
        ...defaultSettings(),
        ...algorithms[name].choices,
        ...scene.preset,
        ...scene.algorithmPresets[name],
      };
      expect(() => checkSettings(settings)).not.toThrow();
      for (const key of Object.keys(settings)) {
        expect(propertyByKey.has(key as SettingKey)).toBe(true);
      }
      const leaves =
        settings.trees * settings.roots * settings.branchingFactor ** settings.splitSteps.length;
      expect(leaves).toBeGreaterThanOrEqual(128);
      expect(leaves).toBeLessThanOrEqual(512);
    }
  });

  test.each(Object.values(scenes))('$name: resolved settings name one of its rewards', (scene) => {
    const { reward } = resolveSettings(scene.name, 'branch-grpo');
    expect(scene.rewards.map(({ name }) => name)).toContain(reward);
  });
});
