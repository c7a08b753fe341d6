/**
 * Distillation by reflow: the rectified flow of Liu, Gong & Liu ("Flow Straight and Fast", 2209.03003, §2.2), one round,
 * in windows of time as in PeRFlow (Yan et al., 2405.07510).
 *
 *   paths z(t): z(1) ~ N(0, I), then the teacher's Euler steps to z(0); kept where windows meet, at 1 = t_0 > … > t_W = 0
 *   in window w the student learns the straight line from z(t_w) to z(t_{w+1}), with flowMatching.ts's loss, starting
 *   from the teacher's weights
 *
 * With one window this is plain reflow: whole paths become straight. That asks for a map from noise to samples that a
 * network learns from some thousands of paths only roughly; the map of a window is much nearer to the identity.
 * `npm run distill` shows the loss of either: of the sprites' teacher one window lost .05 and six lost less than .02.
 *
 * Chosen over progressive or consistency distillation because the student stays a velocity field of the same form: it
 * can be sampled with any number of steps, with the SDE samplers, and be trained further by RL; and its samples from one
 * noise stay the teacher's, so what the base gets wrong is kept and not washed out. Paths without prompts are among
 * them, as in pre-training, for guidance.
 */
import { sigmaSchedule } from '../core/sampler';
import { threefry2x32 } from '../kernels/noise/noise.twin';
import type { Prompt } from '../scenes/scene';
import { drawsOf } from '../scenes/promptTools';
import { drawTimes, onPaths } from './flowMatching';
import type { FlowBatch } from './flowMatching';
import { encodeSlots } from './pictureData';
import type { PictureRecipe } from './pictureRecipes';
import { eulerSamples, initialNoise } from './pictureScore';
import type { Sampler } from './pictureScore';

const REFLOW_STREAM = 0x7265666c;

/** One prompt in so many is the null prompt. */
const NULL_EVERY = 10;

/** Paths of the teacher, as they stand where windows meet. */
export interface TeacherPaths {
  readonly size: number;
  /** t_0 = 1 … t_W = 0 */
  readonly times: readonly number[];
  /** z(t_w) [N, D] for each of them. */
  readonly points: readonly Float32Array[];
  /** [N, C] */
  readonly cond: Float32Array;
}

export interface PathCourse {
  readonly seed: number;
  /** Euler steps of the teacher, and windows that they are divided into evenly. */
  readonly teacherSteps: number;
  readonly windows: number;
  /** Told how many samples have passed how many windows, of how many in all. */
  readonly onPaths?: (done: number, count: number) => void;
}

/** `size` paths of the teacher. A function of its arguments alone, whatever else was drawn before. */
export async function teacherPaths(
  recipe: PictureRecipe,
  teacher: Sampler,
  size: number,
  { seed, teacherSteps, windows, onPaths: tell }: PathCourse,
): Promise<TeacherPaths> {
  const draw = drawsOf(seed, REFLOW_STREAM, 0);
  const prompts = Array.from({ length: size }, (): Prompt => {
    const prompt = recipe.drawPrompt(draw);
    return draw(NULL_EVERY) === 0 ? recipe.slots.map(() => 0) : prompt;
  });
  const cond = encodeSlots(recipe.slots, prompts);
  const sigmas = sigmaSchedule(teacherSteps, recipe.timeShift);
  const ofWindow = teacherSteps / windows;
  const points = [initialNoise(size, recipe.sampleSize, seed)];
  for (let w = 0; w < windows; w++) {
    const range = [w * ofWindow, (w + 1) * ofWindow] as const;
    const onRows = (done: number): void => tell?.(w * size + done, windows * size);
    const course = { count: size, steps: teacherSteps, shift: recipe.timeShift, range, onRows };
    points.push(await eulerSamples(teacher, points[w], cond, course));
  }
  const times = Array.from({ length: windows + 1 }, (_, w) => sigmas[w * ofWindow]);
  return { size, times, points, cond };
}

/** The batch of one step: at each of `size` times a point on the line through the window of some path. */
export function reflowBatch(
  paths: TeacherPaths,
  size: number,
  { dataSeed, noiseSeed, timeShift }: { dataSeed: number; noiseSeed: number; timeShift: number },
): FlowBatch {
  const { times, points } = paths;
  const D = points[0].length / paths.size;
  const C = paths.cond.length / paths.size;
  const data = new Float32Array(size * D);
  const noise = new Float32Array(size * D);
  const cond = new Float32Array(size * C);
  const t = drawTimes(size, noiseSeed, timeShift);
  for (let i = 0; i < size; i++) {
    const [word] = threefry2x32(dataSeed, REFLOW_STREAM, i, 0);
    const row = Math.floor((word >>> 0) * (paths.size / 0x1_0000_0000));
    const w = times.findIndex((end) => end < t[i]) - 1;
    const [start, end] = [times[w], times[w + 1]];
    // The line goes on to both ends of time, so that it is a path like any other.
    for (let d = 0; d < D; d++) {
      const [before, after] = [points[w][row * D + d], points[w + 1][row * D + d]];
      const velocity = (before - after) / (start - end);
      data[i * D + d] = after - end * velocity;
      noise[i * D + d] = before + (1 - start) * velocity;
    }
    cond.set(paths.cond.subarray(row * C, (row + 1) * C), i * C);
  }
  return onPaths({ size, data, noise, cond }, t, 'x0');
}
