/** The scrubber's ruler: how long it is, and the reward curve that lies in it. */
import type { Series } from '../../journal/journal';

/** Runs planned longer than this get a ruler that grows with them. */
const longestPlan = 600;

/** How many iterations the ruler is long, and the curves with it. */
export function rulerIterations(iterationsDone: number, planned: number): number {
  let iterations = Math.max(1, planned);
  if (planned > longestPlan) {
    iterations = 60;
    while (iterations < iterationsDone) iterations *= 2;
    iterations = Math.min(iterations, planned);
  }
  return Math.max(iterations, iterationsDone);
}

/** More points than this cannot be told apart in the ruler. */
const mostPoints = 300;

/**
 * A curve over the ruler as an SVG path in a box of 1 × 1, y down. `first` is the iteration the ruler begins with,
 * `iterations` how many it is long.
 */
export function rulerCurve({ x, y }: Series, first: number, iterations: number): string {
  if (x.length === 0) return '';
  const high = y.reduce((most, value) => Math.max(most, value), 1);
  const low = y.reduce((least, value) => Math.min(least, value), 0);
  const every = Math.ceil(x.length / mostPoints);
  const points: string[] = [];
  x.forEach((value, i) => {
    if (i % every !== 0 && i !== x.length - 1) return;
    const across = (value - first + 1) / iterations;
    points.push(`${across.toFixed(4)} ${(1 - (y[i] - low) / (high - low)).toFixed(4)}`);
  });
  return `M0 1L${points.join('L')}L${points[points.length - 1].split(' ')[0]} 1Z`;
}
