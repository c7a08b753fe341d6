/**
 * How the teachers of the picture scenes are made (docs/scenes.md §3, §4); tools/distill.ts makes what ships from them.
 */
import { EspalierError } from '../core/errors';
import type { Graph } from '../onnx/graph';
import type { Condition } from '../onnx/models/condition';
import { buildDit } from '../onnx/models/dit';
import { textReward } from '../scenes/glyphs/ocr';
import { writeWord } from '../scenes/glyphs/words';
import type { Draw } from '../scenes/promptTools';
import { HEIGHT, WIDTH, alphabet } from '../scenes/glyphs/font';
import type { Prompt } from '../scenes/scene';
import { CHANNELS, LATENT, decodeLatent } from '../scenes/sprites/latent';
import { PIXELS, TILES } from '../scenes/sprites/palette';
import { slotSizes } from '../scenes/sprites/prompts';
import type { Prompt as SpritePrompt } from '../scenes/sprites/prompts';
import { judge } from '../scenes/sprites/verifier';
import { drawGlyphPrompt, drawGlyphSample, glyphSlots } from './glyphData';
import type { Training } from './pretrain';
import { drawSpritePrompt, drawSpriteSample } from './spriteData';
import { weightNoise } from './weightNoise';

export interface PictureRecipe {
  /** Scene whose policy this is. */
  readonly scene: string;
  /** The network in words. */
  readonly architecture: string;
  /** The untrained network. */
  readonly build: (seed: number, metadata: Readonly<Record<string, string>>) => Graph;
  readonly training: Training;
  /** Paths of the teacher, its Euler steps, how many of them one of the student's is worth, and how it learns that. */
  readonly distillation: {
    readonly paths: number;
    readonly teacherSteps: number;
    readonly jump: number;
    readonly training: Training;
  };
  /** Shift of the training times and of the samplers' schedule. */
  readonly timeShift: number;
  /** Numbers in one sample. */
  readonly sampleSize: number;
  /** What each prompt slot says, e.g. "relation". */
  readonly slotNames: readonly string[];
  /** Values of every prompt slot; value 0 of all of them is the null prompt. */
  readonly slots: readonly number[];
  /** A prompt as training meets it. */
  drawPrompt(draw: Draw): Prompt;
  /** A sample with caption noise. */
  drawSample(prompt: Prompt, draw: Draw, out: Float32Array, offset: number): void;
  /** The figure that is reported, in [0, 1]. */
  score(samples: Float32Array, offset: number, prompt: Prompt): number;
}

const network = {
  dim: 96,
  blocks: 3,
  heads: 3,
  mlpRatio: 3,
  prediction: 'x0',
} as const;

const training = {
  seed: 1,
  learningRate: 2e-3,
  warmUp: 100,
  hold: 0.6,
  floor: 0.05,
  beta1: 0.9,
  beta2: 0.98,
  weightDecay: 0.01,
  maxGradientNorm: 1,
  average: 0.995,
} as const;

/** The student starts from the teacher, so a short course at a quarter of the rate is enough. */
const distillation = { ...training, steps: 1200, batch: 256, learningRate: 5e-4, warmUp: 20 };

/** One token per letter; all four look their letter up in one table, so a letter is learned once. */
const glyphCondition: Condition = {
  kind: 'slots',
  sizes: glyphSlots,
  extraTables: [alphabet.length + 1],
  tokens: glyphSlots.map((_, slot) => [{ slot, table: glyphSlots.length }]),
};

const glyphs: PictureRecipe = {
  scene: 'glyphs',
  architecture: 'dit 96x3, patch 8, four letter tokens',
  build: (seed, metadata) =>
    buildDit({
      ...network,
      ...{ channels: 1, height: HEIGHT, width: WIDTH, patch: 8 },
      normal: weightNoise(seed),
      condition: glyphCondition,
      metadata,
    }),
  training: { ...training, steps: 1600, batch: 256 },
  distillation: { paths: 8192, teacherSteps: 42, jump: 7, training: distillation },
  timeShift: 1,
  sampleSize: HEIGHT * WIDTH,
  slotNames: ['first letter', 'second letter', 'third letter', 'fourth letter'],
  slots: glyphSlots,
  drawPrompt: drawGlyphPrompt,
  drawSample: drawGlyphSample,
  score: (samples, offset, prompt) => textReward(samples, writeWord(prompt), offset),
};

/** One token per object: count, shape, colour and role of the first; shape, colour and role of the second. */
const [SHAPE, COLOUR, FIRST_ROLE, SECOND_ROLE] = [1, 2, 6, 7];
const spriteCondition: Condition = {
  kind: 'slots',
  sizes: slotSizes,
  extraTables: [slotSizes[3], slotSizes[3]],
  tokens: [
    [
      { slot: 0, table: 0 },
      { slot: 1, table: SHAPE },
      { slot: 2, table: COLOUR },
      { slot: 3, table: FIRST_ROLE },
    ],
    [
      { slot: 4, table: SHAPE },
      { slot: 5, table: COLOUR },
      { slot: 3, table: SECOND_ROLE },
    ],
  ],
};

const sprites: PictureRecipe = {
  scene: 'sprites',
  architecture: 'dit 96x3 on latents 12x3x3, two object tokens',
  build: (seed, metadata) =>
    buildDit({
      ...network,
      ...{ channels: CHANNELS, height: TILES, width: TILES, patch: 1 },
      normal: weightNoise(seed),
      condition: spriteCondition,
      metadata,
    }),
  training: { ...training, steps: 3600, batch: 192 },
  distillation: { paths: 8192, teacherSteps: 42, jump: 7, training: distillation },
  timeShift: 1.5,
  sampleSize: LATENT,
  slotNames: ['count', 'shape', 'colour', 'relation', 'second shape', 'second colour'],
  slots: slotSizes,
  drawPrompt: drawSpritePrompt,
  drawSample: drawSpriteSample,
  score: (samples, offset, prompt) => {
    const picture = new Float32Array(3 * PIXELS);
    decodeLatent(samples, picture, offset);
    return judge(picture, prompt as SpritePrompt).strict ? 1 : 0;
  },
};

export const pictureRecipes: readonly PictureRecipe[] = [glyphs, sprites];

/** @throws EspalierError 'bad-setting' with the valid names. */
export function findPictureRecipe(scene: string): PictureRecipe {
  const recipe = pictureRecipes.find((candidate) => candidate.scene === scene);
  if (recipe) return recipe;
  const valid = pictureRecipes.map((candidate) => candidate.scene).join(', ');
  throw new EspalierError('bad-setting', 'noPictureRecipe', { scene, valid });
}
