/**
 * What there is to see of a picture scene: the first tree's clean estimates x̂0, and the evaluation's samples beside
 * those of the reference. The journal keeps samples without their prompts, because prompts are a function of the run's
 * settings; here they are put together again.
 */
import { say } from '../../content/page';
import type { TreeIndex } from '../../core/tree';
import { sampleSize } from '../../scenes/scene';
import type { PictureForm, PictureScene, Prompt } from '../../scenes/scene';
import type { RunView } from './runView';

/** One sample among others. */
export interface Sample {
  readonly samples: Float32Array;
  /** Where it begins in `samples`. */
  readonly offset: number;
}

/** A sample with what its judge says. */
export interface JudgedSample extends Sample {
  readonly right: boolean;
  /** What it is seen to show. */
  readonly shows: string;
}

/** One prompt of the contact sheet, with every sample of it. */
export interface SheetEntry {
  readonly text: string;
  readonly task: string;
  readonly base: readonly JudgedSample[];
  /** Null before the first evaluation. */
  readonly now: readonly JudgedSample[] | null;
}

export interface SheetGroup {
  readonly task: string;
  readonly entries: readonly SheetEntry[];
}

/** Place of a node of the first tree among its estimates, which are kept depth by depth. */
export function estimateIndex(tree: TreeIndex, node: number): number {
  const depth = tree.depthOf(node);
  return tree.offsets[depth] / tree.shape.trees + node - tree.range(0, depth).first;
}

/** The picture of a node; null where none was recorded: of other trees than the first. */
export function estimateOf(view: RunView, scene: PictureScene, node: number): Sample | null {
  const { grown, tree } = view;
  if (!grown || tree.treeOf(node) !== 0) return null;
  const offset = estimateIndex(tree, node) * sampleSize(scene);
  return offset < grown.estimates.length ? { samples: grown.estimates, offset } : null;
}

/** What the picture of a node shows, e.g. "reads CAT"; empty where it has none. */
export function nodeShows(view: RunView, scene: PictureScene, node: number): string {
  const estimate = estimateOf(view, scene, node);
  return estimate ? scene.picture.describe(estimate.samples, estimate.offset) : '';
}

/** What the first tree of the view's iteration was asked for. */
export function treePrompt(view: RunView, { prompts }: PictureScene): Prompt {
  const { trees, seed } = view.run.settings;
  return prompts.draw(trees, seed, view.iteration)[0];
}

const noLandscape = { size: 1, extent: 1, values: new Float32Array(1) };

/** Whether each sample shows exactly what its prompt asked for. */
export function verdictsOf(
  { rewards, picture }: PictureScene,
  samples: Float32Array,
  prompts: readonly Prompt[],
): boolean[] {
  const judge = rewards.find(({ name }) => name === picture.verdict);
  const scores = new Float32Array(prompts.length);
  judge?.score(samples, scores, { landscape: noLandscape, prompts });
  return Array.from(scores, (score) => score === 1);
}

/** Every sample with its verdict and what it shows. */
export function judged(
  scene: PictureScene,
  samples: Float32Array,
  prompts: readonly Prompt[],
): JudgedSample[] {
  const size = sampleSize(scene);
  return verdictsOf(scene, samples, prompts).map((right, i) => {
    const offset = i * size;
    return { samples, offset, right, shows: scene.picture.describe(samples, offset) };
  });
}

const known = new WeakMap<Float32Array, JudgedSample[]>();

function judgedOnce(
  scene: PictureScene,
  samples: Float32Array,
  prompts: readonly Prompt[],
): JudgedSample[] {
  let result = known.get(samples);
  if (!result) known.set(samples, (result = judged(scene, samples, prompts)));
  return result;
}

/** The contact sheet: the recorded samples of the reference and of the newest evaluation by task and prompt. */
export function contactSheet(view: RunView, scene: PictureScene): SheetGroup[] {
  const { evaluationSamples, seed } = view.run.settings;
  const count = Math.floor(view.baseSamples.length / sampleSize(scene));
  const prompts = scene.prompts.evaluation(evaluationSamples, seed).slice(0, count);
  const base = judgedOnce(scene, view.baseSamples, prompts);
  const now = view.evaluation && judgedOnce(scene, view.evaluation.samples, prompts);
  const places = new Map<string, number[]>();
  prompts.forEach((prompt, i) => {
    const text = scene.prompts.write(prompt);
    places.set(text, [...(places.get(text) ?? []), i]);
  });
  const entries = [...places].map(([text, own]) => ({
    text,
    task: scene.prompts.taskOf(prompts[own[0]]),
    base: own.map((i) => base[i]),
    now: now && own.map((i) => now[i]),
  }));
  return scene.prompts.tasks
    .map((task) => ({ task, entries: entries.filter((entry) => entry.task === task) }))
    .filter((group) => group.entries.length > 0);
}

/** "“a ring”: base wrong, shows a red heart; now right". */
export function entryName({ text, base, now }: SheetEntry): string {
  const verdict = (sample: JudgedSample): string =>
    say(sample.right ? 'samples.judgedRight' : 'samples.judgedWrong', sample);
  const before = verdict(base[0]);
  return now
    ? say('samples.entryNow', { text, base: before, now: verdict(now[0]) })
    : say('samples.entry', { text, base: before });
}

/** All of some samples, painted one below the other. */
export function paintAll(form: PictureForm, samples: Float32Array, size: number): ImageData | null {
  const count = Math.floor(samples.length / size);
  if (count === 0) return null;
  const bytes = form.width * form.height * 4;
  const image = new ImageData(form.width, form.height * count);
  for (let i = 0; i < count; i++) {
    form.paint(samples, i * size, image.data.subarray(i * bytes, (i + 1) * bytes));
  }
  return image;
}
