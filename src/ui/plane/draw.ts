/**
 * The plane: what the policy was trained on, where it began, where its samples are now, and the selected group's
 * denoising paths over it. Fresh samples are dots; leaves are triangles once they have an advantage, so that its sign is
 * told by form as well as by hue.
 */
import type { Tokens } from '../parts/tokens';
import type { PlaneLayers } from '../state/preferences.svelte';
import { fullAdvantage, isRelated, toneOf } from '../view/treeMarks';
import type { Tone } from '../view/treeMarks';
import type { Reveal } from '../view/reveal';
import type { RunView } from '../view/runView';
import { toPixels } from './projection';
import type { Projection } from './projection';

/** What everything is drawn on. */
export interface Ground {
  readonly layers: PlaneLayers;
  readonly projection: Projection;
  readonly tokens: Tokens;
}

/** Point sets [n, 2]. */
export interface Clouds {
  readonly data: Float32Array;
  readonly base: Float32Array;
  readonly samples: Float32Array | null;
}

export interface PlaneScene extends Ground {
  readonly view: RunView;
  readonly group: number;
  readonly selected: number | null;
  readonly reveal: Reveal;
}

type Context = CanvasRenderingContext2D;

/** Samples of the policy as it is; before the first iteration it is the reference. */
export const presentSamples = ({ evaluation, baseSamples, iteration, phase }: RunView) =>
  evaluation?.samples ?? (phase === 'start' && iteration === 0 ? baseSamples : null);

/** Draws what changes seldom: axes, data, base samples and fresh samples, above the landscape. */
export function drawClouds(context: Context, ground: Ground, clouds: Clouds): void {
  const { layers, tokens } = ground;
  drawAxes(context, ground);
  if (layers.data) drawDots(context, ground, clouds.data, tokens.faint, 1.1);
  if (layers.base) drawRings(context, ground, clouds.base);
  if (layers.samples && clouds.samples) {
    drawDots(context, ground, clouds.samples, tokens.ink, 1.6, 0.75);
  }
}

/** Draws what changes with every phase: the denoising paths of the group that is looked at. */
export function drawTree(context: Context, scene: PlaneScene): void {
  const { view, layers } = scene;
  if (layers.tree && view.grown && view.dimensions === 2) {
    drawPaths(context, scene);
    drawLeaves(context, scene);
    drawSelected(context, scene);
  }
  context.globalAlpha = 1;
}

function drawAxes(context: Context, { projection, tokens }: Ground): void {
  const [zero] = toPixels(projection, 0, 0);
  context.strokeStyle = tokens.rule;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(zero, 0);
  context.lineTo(zero, projection.size);
  context.moveTo(0, zero);
  context.lineTo(projection.size, zero);
  context.stroke();
}

function drawDots(
  context: Context,
  { projection }: Ground,
  samples: Float32Array,
  colour: string,
  radius: number,
  opacity = 1,
): void {
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.beginPath();
  for (let i = 0; i < samples.length; i += 2) {
    const [x, y] = toPixels(projection, samples[i], samples[i + 1]);
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fill();
  context.globalAlpha = 1;
}

function drawRings(context: Context, { projection, tokens }: Ground, samples: Float32Array): void {
  context.strokeStyle = tokens.edge;
  context.lineWidth = 0.9;
  context.beginPath();
  for (let i = 0; i < samples.length; i += 2) {
    const [x, y] = toPixels(projection, samples[i], samples[i + 1]);
    context.moveTo(x + 2.2, y);
    context.arc(x, y, 2.2, 0, 2 * Math.PI);
  }
  context.stroke();
}

/** More leaves than this are drawn finer, so that a large tree does not cover the plane. */
const plainLeaves = 48;

const fineness = ({ view }: PlaneScene): number =>
  Math.min(1, Math.sqrt(plainLeaves / view.tree.widths[view.tree.shape.steps]));

/** The denoising paths of one group: every edge from its parent's latent to its own. */
function drawPaths(context: Context, scene: PlaneScene): void {
  const { view, group, reveal, projection, tokens } = scene;
  const { tree, grown, normalised } = view;
  if (!grown) return;
  const fine = fineness(scene);
  context.lineCap = 'round';
  for (let depth = 1; depth <= Math.ceil(reveal.grown); depth++) {
    const share = Math.min(1, reveal.grown - depth + 1);
    const shown = normalised !== null && depth <= reveal.colouredTo;
    context.setLineDash(view.steps[depth - 1].std > 0 ? [] : [3, 3]);
    const { first, count } = tree.range(group, depth);
    for (let node = first; node < first + count; node++) {
      const advantage = shown ? normalised.advantages[node] : 0;
      const from = pixelsOf(view, projection, tree.parentOf(node));
      const to = pixelsOf(view, projection, node);
      context.globalAlpha = pathOpacity(scene, node) * (scene.selected === null ? fine : 1);
      context.strokeStyle = toneColour(tokens, toneOf(advantage));
      context.lineWidth = fine * (0.8 + 1.7 * Math.min(1, Math.abs(advantage) / fullAdvantage));
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share);
      context.stroke();
    }
  }
  context.setLineDash([]);
}

function pathOpacity(scene: PlaneScene, node: number): number {
  const { view, selected, reveal } = scene;
  if (selected !== null && !isRelated(view.tree, selected, node)) return 0.12 * fineness(scene);
  const kept = view.pruned ? view.pruned.kept[node] === 1 : true;
  return kept ? 0.85 : 0.85 - 0.5 * reveal.faded;
}

function drawLeaves(context: Context, scene: PlaneScene): void {
  const { view, group, reveal, projection, tokens, selected } = scene;
  const { tree, normalised } = view;
  const { steps } = tree.shape;
  if (reveal.grown < steps) return;
  const { first, count } = tree.range(group, steps);
  const shown = normalised !== null && reveal.colouredTo >= steps;
  const fine = fineness(scene);
  context.strokeStyle = tokens.paper;
  context.lineWidth = 1.5 * fine;
  for (let node = first; node < first + count; node++) {
    const [x, y] = pixelsOf(view, projection, node);
    const tone = shown ? toneOf(normalised.advantages[node]) : 'none';
    context.globalAlpha = selected !== null && !isRelated(tree, selected, node) ? 0.25 : 1;
    context.fillStyle = toneColour(tokens, tone);
    leafMark(context, x, y, tone, Math.max(0.5, fine));
  }
}

function leafMark(context: Context, x: number, y: number, tone: Tone, size: number): void {
  context.beginPath();
  if (tone === 'none') {
    context.arc(x, y, 3.2 * size, 0, 2 * Math.PI);
  } else {
    const sign = tone === 'up' ? -size : size;
    context.moveTo(x - 4.5 * size, y - sign * 3.5);
    context.lineTo(x + 4.5 * size, y - sign * 3.5);
    context.lineTo(x, y + sign * 4.5);
    context.closePath();
  }
  context.stroke();
  context.fill();
}

function drawSelected(context: Context, scene: PlaneScene): void {
  const { view, selected, projection, tokens } = scene;
  if (selected === null || view.tree.treeOf(selected) !== scene.group) return;
  const [x, y] = pixelsOf(view, projection, selected);
  context.globalAlpha = 1;
  context.strokeStyle = tokens.leaf;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, 8, 0, 2 * Math.PI);
  context.stroke();
}

function pixelsOf(view: RunView, projection: Projection, node: number): readonly [number, number] {
  const latents = view.grown?.latents;
  return latents ? toPixels(projection, latents[2 * node], latents[2 * node + 1]) : [0, 0];
}

const toneColour = (tokens: Tokens, tone: Tone): string =>
  tone === 'none' ? tokens.edge : tokens[tone];
