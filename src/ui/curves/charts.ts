/** Which curves a run has, and their columns as the chart wants them: iterations first, then one column per line. */
import { say } from '../../content/page';
import { measures } from '../../journal/measures';
import type { Journal, Series } from '../../journal/journal';
import type { Scene } from '../../scenes/scene';
import { formatNumber } from '../view/format';

export interface Line {
  readonly name: string;
  readonly title: string;
  /** How it is drawn: the main line, fresh samples as dots on a line, or the edge of a band. */
  readonly look: 'line' | 'dots' | 'edge';
}

export interface ChartPlan {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly lines: readonly Line[];
}

/** Iterations, then one column per line; null where a line has no value. */
export type Columns = [number[], ...(number | null)[][]];

const line = (name: string, title: string): Line => ({ name, title, look: 'line' });

/** The charts of a run of this scene, in the order they stand in. */
export function chartPlans(scene: Scene): ChartPlan[] {
  const plain = (name: keyof typeof measures): ChartPlan => ({
    name,
    ...measures[name],
    lines: [line(name, measures[name].title)],
  });
  const reward: ChartPlan = {
    name: 'reward',
    title: measures.reward.title,
    summary: say('curves.reward'),
    lines: [
      { name: 'worstReward', title: measures.worstReward.title, look: 'edge' },
      { name: 'bestReward', title: measures.bestReward.title, look: 'edge' },
      line('rolloutReward', measures.rolloutReward.title),
      { name: 'reward', title: measures.reward.title, look: 'dots' },
    ],
  };
  const metrics = scene.metrics.map(({ name, title, summary }) => ({
    name,
    title,
    summary,
    lines: [{ name, title, look: 'dots' } as const],
  }));
  return [
    reward,
    plain('referenceLoss'),
    ...metrics,
    plain('clipFraction'),
    plain('gradientNorm'),
    plain('ratioDeviation'),
  ];
}

/** Most points drawn of one line; beyond twice the pixels more cannot be seen. */
const mostPoints = 600;

/** The lines of a chart over the union of their iterations. */
export function chartColumns(journal: Journal, plan: ChartPlan): Columns {
  const series = plan.lines.map(({ name }) => thinned(journal.series(name)));
  const x = [...new Set(series.flatMap((one) => [...one.x]))].sort((a, b) => a - b);
  const at = new Map(x.map((value, i) => [value, i]));
  const columns = series.map((one) => {
    const column = new Array<number | null>(x.length).fill(null);
    one.x.forEach((value, i) => {
      const place = at.get(value);
      if (place !== undefined && Number.isFinite(one.y[i])) column[place] = one.y[i];
    });
    return column;
  });
  return [x, ...columns];
}

/** Every so many points, the last one always. */
function thinned({ x, y }: Series): Series {
  const every = Math.ceil(x.length / mostPoints);
  if (every <= 1) return { x, y };
  const keep = (_: number, i: number): boolean => i % every === 0 || i === x.length - 1;
  return { x: x.filter(keep), y: y.filter(keep) };
}

/** A chart in a sentence: where its main line began, where it is, and between what it moved. */
export function chartSummary(journal: Journal, plan: ChartPlan): string {
  const { x, y } = journal.series(plan.name);
  const { title } = plan;
  if (y.length === 0) return say('curves.noValues', { title });
  const last = y.length - 1;
  const from = { title, first: formatNumber(y[0], 3), start: x[0] };
  if (last === 0) return say('curves.oneValue', from);
  const low = y.reduce((least, value) => Math.min(least, value), Infinity);
  const high = y.reduce((most, value) => Math.max(most, value), -Infinity);
  return say('curves.values', {
    ...from,
    last: formatNumber(y[last], 3),
    end: x[last],
    low: formatNumber(low, 3),
    high: formatNumber(high, 3),
  });
}

/** Range of the y axis: from 0 where nothing is below it, to 1 where nothing is above. */
export function valueRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) {
    return [0, 1];
  }
  const top = high > 0.5 && high <= 1 ? 1 : high <= 0 ? 1 : high * 1.08;
  return [low < 0 ? low * 1.08 : 0, top];
}
