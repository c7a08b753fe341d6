/** What the terminal prints of a run: the progress line, JSON lines and the final table. */
import { say } from '../content/terminal';
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
  const iteration = journal.firstIteration + iterations;
  const parts = [say('report.progress', { iteration, iterations: run.settings.iterations })];
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
  const { scene, algorithm, settings, engine, model } = run;
  const tier = say(run.tier === 'cpu' ? 'report.cpuTier' : 'report.webgpuTier');
  const weights = figure(model.parameters);
  const end = say(`report.${ended?.reason ?? 'cutOff'}`);
  return [
    say('report.run', { scene, algorithm, ...settings, tier, engine }),
    say('report.policy', { model: model.name, weights, count: iterations, end }),
    '',
    table(
      [
        ['', say('report.first'), say('report.last')],
        ...rows.map(({ name, first, last }) => [titleOf(name), figure(first), figure(last)]),
      ],
      [1, 2],
    ),
    '',
    say('report.evaluations', {
      forward: figure(forwardEvaluations),
      gradient: figure(gradientEvaluations),
    }),
    say('report.time', {
      phases: phases.map((phase) => `${phase} ${duration(milliseconds[phase])}`).join(' · '),
    }),
  ].join('\n');
}
