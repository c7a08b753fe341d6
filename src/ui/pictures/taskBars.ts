/**
 * Figures of a picture scene side by side: the policy now, the reference it started from, that reference with guidance,
 * and what the paper reports of its own, far larger model on its own data.
 */
import { say } from '../../content/page';
import type { Journal } from '../../journal/journal';
import { measures } from '../../journal/measures';
import type { GuidedScore } from '../../scenes/manifest';
import type { Scene } from '../../scenes/scene';
import { valueUpTo } from '../view/series';

export interface TaskBar {
  /** Name of the measure. */
  readonly name: string;
  readonly title: string;
  /** Of the reference, in [0, 1]; NaN where it was not evaluated. */
  readonly base: number;
  /** Of the reference with guidance; null where that was not measured. */
  readonly guided: number | null;
  /** At the position shown; NaN before the first evaluation. */
  readonly now: number;
  /** What the paper reaches; null where it has no such figure. */
  readonly paper: number | null;
}

/** Measures that bars are drawn of: the judge's share of right samples, the same by task, or else the reward. */
export function barNames({ metrics, picture }: Scene): string[] {
  const verdict = picture?.verdict ?? '';
  const own = metrics.map(({ name }) => name).filter((name) => name.split(':')[0] === verdict);
  return own.length > 1 ? own : ['reward', ...own];
}

/** Whether a metric is one task's part of another one. */
export const isTaskMetric = (name: string): boolean => name.includes(':');

export function taskBars(
  journal: Journal,
  scene: Scene,
  iteration: number,
  guided: GuidedScore | null,
): TaskBar[] {
  const paper = scene.picture?.paper;
  const names = barNames(scene);
  return names.map((name, i) => {
    const series = journal.series(name);
    const [, task] = name.split(':');
    const metric = scene.metrics.find((one) => one.name === name);
    return {
      name,
      title: names.some(isTaskMetric)
        ? (task ?? say('bars.allTasks'))
        : (metric?.title ?? measures.reward.title),
      base: series.x[0] === 0 ? series.y[0] : NaN,
      guided: (task ? guided?.tasks[task] : i === 0 ? guided?.score : null) ?? null,
      now: valueUpTo(series, iteration),
      paper: paper?.after[name] ?? null,
    };
  });
}
