/** What the terminal prints of a run: the progress line, JSON lines and the final table. */
import type { JournalEvent } from '../journal/events';
import { phases } from '../journal/events';
import type { Journal } from '../journal/journal';
import { measures } from '../journal/measures';
import { findScene } from '../scenes';
import { duration, figure, table } from './text';

/** One event as a line of JSON: no arrays of numbers, and numbers that JSON lacks as words. */
export function jsonLine(event: JournalEvent): string {
  return JSON.stringify(event, (_key, value: unknown) => {
    if (ArrayBuffer.isView(value)) return undefined;
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });
}

/** Where a run stands, in one line. */
export function progressLine(journal: Journal): string {
  const { run } = journal;
  if (!run) return '';
  const { iterations } = journal.summary();
  const parts = [`iteration ${journal.firstIteration + iterations} of ${run.settings.iterations}`];
  for (const name of ['reward', 'rolloutReward', 'referenceLoss'] as const) {
    const { y } = journal.series(name);
    if (y.length > 0) parts.push(`${measures[name].title} ${figure(y[y.length - 1])}`);
  }
  return parts.join(' · ');
}

/** The final table. */
export function summaryText(journal: Journal): string {
  const { run, ended } = journal;
  if (!run) return '';
  const { iterations, rows, forwardEvaluations, gradientEvaluations, milliseconds } =
    journal.summary();
  const metrics = new Map(findScene(run.scene).metrics.map(({ name, title }) => [name, title]));
  const titleOf = (name: string): string =>
    name in measures ? measures[name as keyof typeof measures].title : (metrics.get(name) ?? name);
  const tier = run.tier === 'cpu' ? 'CPU tier' : 'WebGPU tier';
  return [
    `${run.scene} · ${run.algorithm} · reward ${run.settings.reward} · seed ${run.settings.seed} · ${tier} (${run.engine})`,
    `${run.model.name}, ${figure(run.model.parameters)} weights · ${iterations} iterations · ${ended?.reason ?? 'cut off'}`,
    '',
    table(
      [
        ['', 'first', 'last'],
        ...rows.map(({ name, first, last }) => [titleOf(name), figure(first), figure(last)]),
      ],
      [1, 2],
    ),
    '',
    `NFE   forward ${figure(forwardEvaluations)} · gradient ${figure(gradientEvaluations)}`,
    `Time  ${phases.map((phase) => `${phase} ${duration(milliseconds[phase])}`).join(' · ')}`,
  ].join('\n');
}
