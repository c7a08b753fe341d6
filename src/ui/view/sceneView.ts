/**
 * How the samples of a scene are looked at. A view is a record of components that the panels put in their places, so a
 * kind of sample that is seen in another way is one more record in `index.ts`, and no panel knows which ones there are.
 */
import type { Component } from 'svelte';
import type { TreeIndex } from '../../core/tree';
import type { Scene, ViewName } from '../../scenes/scene';
import type { Reveal } from './reveal';
import type { RunView } from './runView';
import type { TreeLayout } from './treeLayout';
import type { TreeMarks } from './treeMarks';

/** `S` is what the view knows of its scenes. */
export interface SceneView<S extends Scene = Scene> {
  /** What scenes call it. */
  readonly name: ViewName;
  /** Of its panel, and of what one turns to on a phone. */
  readonly title: string;
  /** Whether a scene has what the view draws. */
  readonly serves: (scene: Scene) => scene is S;
  /** The panel of samples, beside the tree. */
  readonly samples: Component<{ scene: S }>;
  /** What nodes of the tree look like; null where they are dots. */
  readonly nodes: NodeView<S> | null;
  /** Figures that stand beside the curves instead of among them; null where there are none. */
  readonly figures: FigureView<S> | null;
}

/** Nodes that are drawn as what they would become. The journal has that of the first tree alone. */
export interface NodeView<S extends Scene = Scene> {
  /** Above the tree: what it was asked for. */
  readonly heading: Component<{ view: RunView; scene: S }>;
  /** Over the edges of the tree. */
  readonly overlay: Component<{
    view: RunView;
    scene: S;
    layout: TreeLayout;
    marks: TreeMarks;
    reveal: Reveal;
    selected: number | null;
  }>;
  /** In the inspector: one node, large. */
  readonly close: Component<{ view: RunView; scene: S; node: number }>;
  /** Pixels that a leaf takes on a stage of a width with rows of a height. */
  readonly leafWidth: (scene: S, stageWidth: number, rowHeight: number) => number;
  /** Pixels that a node of a depth takes. */
  readonly width: (scene: S, layout: TreeLayout, tree: TreeIndex, depth: number) => number;
  /** What a node shows, in words; empty where nothing is recorded. */
  readonly describe: (view: RunView, scene: S, node: number) => string;
}

export interface FigureView<S extends Scene = Scene> {
  /** `tick` changes when the journal has grown enough to look again. */
  readonly panel: Component<{ scene: S; iteration: number; tick: number }>;
  /** Whether a metric is shown here. */
  readonly holds: (metric: string) => boolean;
}
