/** Pictures that were asked for: in the tree, in a contact sheet, and counted by task. */
import { say } from '../../content/page';
import { nodeShows } from '../view/pictures';
import type { PictureScene } from '../../scenes/scene';
import type { SceneView } from '../view/sceneView';
import ContactSheet from './ContactSheet.svelte';
import NodePicture from './NodePicture.svelte';
import TaskBars from './TaskBars.svelte';
import TreePictures from './TreePictures.svelte';
import TreePrompt from './TreePrompt.svelte';
import { isTaskMetric } from './taskBars';
import { leafPicture, nodePicture } from './thumbnails';

const aspect = ({ picture }: PictureScene): number => picture.width / picture.height;

export const pictureView: SceneView<PictureScene> = {
  name: 'picture',
  title: say('samples.title'),
  serves: (scene) => scene.view === 'picture',
  samples: ContactSheet,
  nodes: {
    heading: TreePrompt,
    overlay: TreePictures,
    close: NodePicture,
    leafWidth: (scene, stage, row) => leafPicture(aspect(scene), stage, row).width,
    width: (scene, layout, tree, depth) => nodePicture(layout, tree, aspect(scene), depth).width,
    describe: nodeShows,
  },
  figures: { panel: TaskBars, holds: isTaskMetric },
};
