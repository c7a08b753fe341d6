/**
 * What the sprite policy learns: pictures for prompts of six tasks in latent form, one in four of which violates its
 * prompt (caption noise, docs/scenes.md §3.1: what makes the base imperfect while its pictures stay sharp). Tasks that
 * are learned late are drawn more often.
 */
import { encodePicture } from '../scenes/sprites/latent';
import { PIXELS, drawSprites } from '../scenes/sprites/palette';
import { drawPrompt, obey, tasks, violate } from '../scenes/sprites/prompts';
import type { Prompt as SpritePrompt } from '../scenes/sprites/prompts';
import type { Draw } from '../scenes/promptTools';
import type { Prompt } from '../scenes/scene';

/** Violating pictures per thousand. */
const CAPTION_NOISE = 250;

/** How often each task is drawn, in the order of `tasks`. */
const shares = [1, 1, 3, 1, 5, 2];

const deck = tasks.flatMap((task, index) => new Array<typeof task>(shares[index]).fill(task));

export const drawSpritePrompt = (draw: Draw): SpritePrompt =>
  drawPrompt(deck[draw(deck.length)], draw);

/** A latent picture of `prompt` with caption noise, written at `offset` [12, 3, 3]. */
export function drawSpriteSample(
  prompt: Prompt,
  draw: Draw,
  out: Float32Array,
  offset: number,
): void {
  const asked = prompt as SpritePrompt;
  const sprites = draw(1000) < CAPTION_NOISE ? violate(asked, draw) : obey(asked, draw);
  encodePicture(drawSprites(sprites, new Float32Array(3 * PIXELS)), out, offset);
}
