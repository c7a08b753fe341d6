/**
 * Distillation: one Euler step of the student is worth several of the teacher's. Progressive distillation (Salimans &
 * Ho, 2202.00512) in one round instead of halvings, and from every one of the teacher's noise levels.
 *
 *   paths: z(t_0) ~ N(0, I) at t_0 = 1, then the teacher's Euler steps to z(t_N) at t_N = 0
 *   at every t_i the student learns the velocity that leads straight to the point `jump` steps on,
 *   u = (z(t_i) − z(t_j))/(t_i − t_j), j = min(i + jump, N), with flowMatching.ts's loss, from the teacher's weights
 *
 * Measured on the sprites, whose teacher scores .58 in 40 steps and .51 in 6: reflow (2209.03003), which straightens
 * whole paths, loses as much in any number of steps as it gains in few, because a network learns the map from noise to
 * samples only roughly from some thousands of paths; reflow in windows of time (2405.07510) is no better in 6 steps than
 * the teacher, because the field jumps where windows meet. Looking ahead, the field stays smooth and near the teacher's.
 *
 * The student stays a velocity field: it can be sampled with any number of steps and with the SDE samplers, and be
 * trained further by RL; and its samples from one noise stay the teacher's, so what the base gets wrong is kept and not
 * washed out. Paths without prompts are among them, as in pre-training, for guidance.
 */
import { streams } from '../core/streams';
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

/** One prompt in so many is the null prompt. */
const NULL_EVERY = 10;

/** Paths of the teacher, step by step. */
export interface TeacherPaths {
  readonly size: number;
  /** t_0 = 1 … t_N = 0 */
  readonly times: readonly number[];
  /** z(t_i) [paths, D] for each of them. */
  readonly points: readonly Float32Array[];
  /** [paths, C] */
  readonly cond: Float32Array;
}

export interface PathCourse {
  readonly seed: number;
  /** Euler steps of the teacher. */
  readonly teacherSteps: number;
  /** Told how many samples have made how many steps, of how many in all. */
  readonly onPaths?: (done: number, count: number) => void;
}

/** `size` paths of the teacher. A function of its arguments alone, whatever else was drawn before. */
export async function teacherPaths(
  recipe: PictureRecipe,
  teacher: Sampler,
  size: number,
  { seed, teacherSteps, onPaths: tell }: PathCourse,
): Promise<TeacherPaths> {
  const draw = drawsOf(seed, streams.progressivePath, 0);
  const prompts = Array.from({ length: size }, (): Prompt => {
    const prompt = recipe.drawPrompt(draw);
    return draw(NULL_EVERY) === 0 ? recipe.slots.map(() => 0) : prompt;
  });
  const cond = encodeSlots(recipe.slots, prompts);
  const points = [initialNoise(size, recipe.sampleSize, seed)];
  for (let step = 0; step < teacherSteps; step++) {
    const range = [step, step + 1] as const;
    const onRows = (done: number): void => tell?.(step * size + done, teacherSteps * size);
    const course = { count: size, steps: teacherSteps, shift: recipe.timeShift, range, onRows };
    points.push(await eulerSamples(teacher, points[step], cond, course));
  }
  return { size, times: sigmaSchedule(teacherSteps, recipe.timeShift), points, cond };
}

export interface JumpBatch {
  readonly size: number;
  /** Steps of the teacher that one of the student's is worth. */
  readonly jump: number;
  readonly dataSeed: number;
  readonly noiseSeed: number;
  readonly timeShift: number;
}

/** The batch of one training step: points of paths, each with the velocity that leads `jump` steps on. */
export function jumpBatch(
  paths: TeacherPaths,
  { size, jump, dataSeed, noiseSeed, timeShift }: JumpBatch,
): FlowBatch {
  const { times, points } = paths;
  const D = points[0].length / paths.size;
  const C = paths.cond.length / paths.size;
  const data = new Float32Array(size * D);
  const noise = new Float32Array(size * D);
  const cond = new Float32Array(size * C);
  const drawn = drawTimes(size, noiseSeed, timeShift);
  const t = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const [word] = threefry2x32(dataSeed, streams.progressivePath, i, 0);
    const row = Math.floor((word >>> 0) * (paths.size / 0x1_0000_0000));
    const from = times.findIndex((end) => end < drawn[i]) - 1;
    const to = Math.min(from + jump, times.length - 1);
    const [start, end] = [times[from], times[to]];
    t[i] = start;
    // The line between the two points goes on to both ends of time, so that it is a path like any other.
    for (let d = 0; d < D; d++) {
      const [before, after] = [points[from][row * D + d], points[to][row * D + d]];
      const velocity = (before - after) / (start - end);
      data[i * D + d] = after - end * velocity;
      noise[i * D + d] = before + (1 - start) * velocity;
    }
    cond.set(paths.cond.subarray(row * C, (row + 1) * C), i * C);
  }
  return onPaths({ size, data, noise, cond }, t, 'x0');
}
