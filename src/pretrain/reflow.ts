/**
 * Distillation by reflow: the rectified flow of Liu, Gong & Liu ("Flow Straight and Fast", 2209.03003, §2.2), one round.
 *
 *   pairs (z1, z0): z1 ~ N(0, I), z0 = the teacher's Euler samples from z1 in many steps
 *   the student learns the straight paths x_t = (1 − t)·z0 + t·z1, with flowMatching.ts's loss, from the teacher's weights
 *
 * Chosen over progressive or consistency distillation because the student stays a velocity field of the same form: it
 * can be sampled with any number of steps, with the SDE samplers, and be trained further by RL; and its samples from one
 * noise stay the teacher's, so what the base gets wrong is kept and not washed out. Pairs without prompts are among
 * them, as in pre-training, for guidance.
 */
import { threefry2x32 } from '../kernels/noise/noise.twin';
import type { Prompt } from '../scenes/scene';
import { drawsOf } from '../scenes/promptTools';
import { onPaths } from './flowMatching';
import type { FlowBatch, PathEnds } from './flowMatching';
import { encodeSlots } from './pictureData';
import type { PictureRecipe } from './pictureRecipes';
import { eulerSamples, initialNoise } from './pictureScore';
import type { Sampler } from './pictureScore';

const REFLOW_STREAM = 0x7265666c;

/** Euler steps of the teacher. */
export const TEACHER_STEPS = 40;

/** One prompt in so many is the null prompt. */
const NULL_EVERY = 10;

/** `count` pairs from the teacher. A function of its arguments alone, whatever else was drawn before. */
export async function teacherPairs(
  recipe: PictureRecipe,
  teacher: Sampler,
  count: number,
  { seed, onPairs }: { seed: number; onPairs?: (done: number, count: number) => void },
): Promise<PathEnds> {
  const draw = drawsOf(seed, REFLOW_STREAM, 0);
  const prompts = Array.from({ length: count }, (): Prompt => {
    const prompt = recipe.drawPrompt(draw);
    return draw(NULL_EVERY) === 0 ? recipe.slots.map(() => 0) : prompt;
  });
  const noise = initialNoise(count, recipe.sampleSize, seed);
  const cond = encodeSlots(recipe.slots, prompts);
  const course = { count, steps: TEACHER_STEPS, shift: recipe.timeShift, onRows: onPairs };
  return { size: count, data: await eulerSamples(teacher, noise, cond, course), noise, cond };
}

/** The batch of one step: `size` of the pairs, each at a time of its own. */
export function reflowBatch(
  pairs: PathEnds,
  size: number,
  { dataSeed, noiseSeed, timeShift }: { dataSeed: number; noiseSeed: number; timeShift: number },
): FlowBatch {
  const chosen = Array.from({ length: size }, (_, i) => {
    const [word] = threefry2x32(dataSeed, REFLOW_STREAM, i, 0);
    return Math.floor((word >>> 0) * (pairs.size / 0x1_0000_0000));
  });
  const rows = (values: Float32Array): Float32Array => {
    const width = values.length / pairs.size;
    const out = new Float32Array(size * width);
    chosen.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
    return out;
  };
  const ends: PathEnds = {
    size,
    data: rows(pairs.data),
    noise: rows(pairs.noise),
    cond: pairs.cond && rows(pairs.cond),
  };
  return onPaths(ends, noiseSeed, { prediction: 'x0', timeShift });
}
