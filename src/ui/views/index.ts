/** The registry of views: each scene names the one that its samples are looked at in. */
import type { Scene, ViewName } from '../../scenes/scene';
import { pictureView } from '../pictures/pictureView';
import { planeView } from '../plane/planeView';
import type { SceneView } from '../view/sceneView';

/** A view as those see it who give it only scenes that it serves. */
const open = <S extends Scene>(view: SceneView<S>): SceneView => view as unknown as SceneView;

export const views: Readonly<Record<ViewName, SceneView>> = {
  plane: open(planeView),
  picture: open(pictureView),
};

/** The view that a scene is looked at in. */
export const viewOf = (scene: Scene): SceneView => views[scene.view];
