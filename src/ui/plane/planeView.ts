/** Points of the plane, under the reward that judges them. */
import { say } from '../../content/page';
import type { PointScene } from '../../scenes/scene';
import type { SceneView } from '../view/sceneView';
import PlanePanel from './PlanePanel.svelte';

export const planeView: SceneView<PointScene> = {
  name: 'plane',
  title: say('plane.title'),
  serves: (scene) => scene.view === 'plane',
  samples: PlanePanel,
  nodes: null,
  figures: null,
};
