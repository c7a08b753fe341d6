/**
 * Where a run's settings come from, weakest first: the property table's initial values, the algorithm's record of
 * choices, the scene's preset, the scene's preset under that algorithm, what the person set.
 */
import { algorithmNames, algorithms } from '../algorithms';
import type { Algorithm, AlgorithmName } from '../algorithms';
import { EspalierError } from '../core/errors';
import { findScene } from '../scenes';
import type { Settings } from './properties';
import { checkSettings, defaultSettings } from './settings';

/** @throws EspalierError 'bad-setting' with the valid names. */
export function findAlgorithm(name: string): Algorithm & { readonly name: AlgorithmName } {
  if (!algorithmNames.includes(name as AlgorithmName)) {
    const valid = algorithmNames.join(', ');
    throw new EspalierError('bad-setting', 'noAlgorithm', { name, valid });
  }
  return algorithms[name as AlgorithmName] as Algorithm & { readonly name: AlgorithmName };
}

/** Complete, checked settings of a run. @throws EspalierError 'bad-setting' listing every problem. */
export function resolveSettings(
  sceneName: string,
  algorithmName: string,
  overrides: Partial<Settings> = {},
): Settings {
  const scene = findScene(sceneName);
  const algorithm = findAlgorithm(algorithmName);
  const settings: Settings = {
    ...defaultSettings(),
    reward: scene.rewards[0].name,
    ...algorithm.choices,
    ...scene.preset,
    ...scene.algorithmPresets[algorithm.name],
    ...overrides,
  };
  checkSettings(settings);
  if (!scene.rewards.some((reward) => reward.name === settings.reward)) {
    const valid = scene.rewards.map((reward) => reward.name).join(', ');
    const params = { scene: scene.name, reward: settings.reward, valid };
    throw new EspalierError('bad-setting', 'noReward', params);
  }
  return settings;
}
