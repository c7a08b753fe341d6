/**
 * What can be asked of the sprite scene: the six tasks of GenEval in small (docs/scenes.md §3.1), drawn at random, and
 * the pictures that obey or violate them.
 *
 * A prompt is six slots [count, shape1, colour1, relation, shape2, colour2]; 0 is "not said", shapes, colours and
 * relations count from 1.
 */
import type { Draw } from '../promptTools';
import { TILES, colourNames, shapeNames } from './palette';
import type { Sprite } from './palette';

export type Prompt = readonly [number, number, number, number, number, number];

export const slotSizes = [5, 5, 5, 5, 5, 5] as const;

export const tasks = ['single', 'two', 'counting', 'colours', 'position', 'attributes'] as const;

export type Task = (typeof tasks)[number];

/** Relation r (1 … 4) of the first object to the second. */
export const relationNames = ['left of', 'right of', 'above', 'below'] as const;

export type { Draw };

export function taskOf([count, , colour1, relation, shape2, colour2]: Prompt): Task {
  if (relation > 0) return 'position';
  if (shape2 > 0) return colour2 > 0 ? 'attributes' : 'two';
  if (count > 0) return 'counting';
  return colour1 > 0 ? 'colours' : 'single';
}

const other = (draw: Draw, bound: number, not: number): number =>
  (not + 1 + draw(bound - 1)) % bound;

/** A random prompt of a task. */
export function drawPrompt(task: Task, draw: Draw): Prompt {
  const shapes = shapeNames.length;
  const colours = colourNames.length;
  const s1 = draw(shapes);
  const c1 = draw(colours);
  const s2 = other(draw, shapes, s1);
  const c2 = other(draw, colours, c1);
  switch (task) {
    case 'single':
      return [0, s1 + 1, 0, 0, 0, 0];
    case 'two':
      return [0, s1 + 1, 0, 0, s2 + 1, 0];
    case 'counting':
      return [draw(4) + 1, s1 + 1, 0, 0, 0, 0];
    case 'colours':
      return [0, s1 + 1, c1 + 1, 0, 0, 0];
    case 'position':
      return [0, s1 + 1, 0, draw(4) + 1, s2 + 1, 0];
    case 'attributes':
      return [0, s1 + 1, c1 + 1, 0, s2 + 1, c2 + 1];
  }
}

/** Two-object compositions that are never trained on by RL: a fifth of them. */
export function isHeldOut([, s1, c1, relation, s2, c2]: Prompt): boolean {
  return s2 > 0 && (2 * s1 + c1 + relation + 2 * s2 + 3 * c2) % 5 === 0;
}

/** Whether an object in `tile` stands in `relation` (1 … 4) to one in `other`: strictly more along than across. */
export function stands(tile: number, relation: number, otherTile: number): boolean {
  const dx = (tile % TILES) - (otherTile % TILES);
  const dy = Math.floor(tile / TILES) - Math.floor(otherTile / TILES);
  switch (relation) {
    case 1:
      return -dx > Math.abs(dy);
    case 2:
      return dx > Math.abs(dy);
    case 3:
      return -dy > Math.abs(dx);
    default:
      return dy > Math.abs(dx);
  }
}

function twoTiles(draw: Draw, relation: number): [number, number] {
  for (;;) {
    const a = draw(TILES * TILES);
    const b = other(draw, TILES * TILES, a);
    if (relation === 0 || stands(a, relation, b)) return [a, b];
  }
}

/** Sprites that obey `prompt`; what it leaves open is drawn at random. */
export function obey(prompt: Prompt, draw: Draw): Sprite[] {
  const [count, s1, c1, relation, s2, c2] = prompt;
  const colour = (said: number): number => (said > 0 ? said - 1 : draw(colourNames.length));
  if (s2 > 0) {
    const [a, b] = twoTiles(draw, relation);
    return [
      { shape: s1 - 1, colour: colour(c1), tile: a },
      { shape: s2 - 1, colour: colour(c2), tile: b },
    ];
  }
  const tiles: number[] = [];
  while (tiles.length < Math.max(1, count)) {
    const tile = draw(TILES * TILES);
    if (!tiles.includes(tile)) tiles.push(tile);
  }
  const one = colour(c1);
  return tiles.map((tile) => ({ shape: s1 - 1, colour: one, tile }));
}

/** Sprites that violate `prompt` as its task is usually got wrong (caption noise of the base, docs/scenes.md §3.1). */
export function violate(prompt: Prompt, draw: Draw): Sprite[] {
  const [count, s1, c1, relation, s2, c2] = prompt;
  const dropSecond = (): Sprite[] => obey(prompt, draw).slice(0, 1);
  switch (taskOf(prompt)) {
    case 'single':
      return obey([0, other(draw, 4, s1 - 1) + 1, 0, 0, 0, 0], draw);
    case 'two':
      return draw(10) < 6 ? dropSecond() : obey([0, s1, 0, 0, s1, 0], draw);
    case 'counting':
      return obey([other(draw, 4, count - 1) + 1, s1, 0, 0, 0, 0], draw);
    case 'colours':
      return obey([0, s1, other(draw, 4, c1 - 1) + 1, 0, 0, 0], draw);
    case 'position':
      return draw(4) < 3
        ? obey([0, s1, 0, other(draw, 4, relation - 1) + 1, s2, 0], draw)
        : dropSecond();
    case 'attributes':
      return draw(10) < 6 ? obey([0, s1, c2, 0, s2, c1], draw) : obey([0, s1, c1, 0, s2, c1], draw);
  }
}
