/** The registry of scenes, from which page, terminal and tools take names and everything else. */
import { EspalierError } from '../core/errors';
import { glyphScene } from './glyphs';
import { pointScenes } from './points';
import type { Scene } from './scene';
import { spriteScene } from './sprites';

export const scenes: Readonly<Record<string, Scene>> = Object.fromEntries(
  [...pointScenes, glyphScene, spriteScene].map((scene) => [scene.name, scene]),
);

export const sceneNames: readonly string[] = Object.keys(scenes);

/** @throws EspalierError 'bad-setting' with the valid names. */
export function findScene(name: string): Scene {
  if (Object.hasOwn(scenes, name)) return scenes[name];
  throw new EspalierError('bad-setting', 'noScene', { name, valid: sceneNames.join(', ') });
}
