/**
 * What one iteration asks of the network, as a list of passes: one forward pass per depth of the rollout, over all
 * parents of that depth, and one pass with gradients per update, over the parents that it trains. Taken from the same
 * functions as the trainer's own, with every edge of a stochastic step kept.
 */
import { holdsAllSteps, iterationPlan, plannedSteps } from '../src/config/plan';
import type { Settings } from '../src/config/properties';
import { ROW } from '../src/core/objective';
import { keptEdges } from '../src/core/prune';
import { nodeCount, widths } from '../src/core/tree';
import { updateBatch } from '../src/core/updateBatch';
import type { WorkPart } from './report/types';

/** Trees of a software adapter's iteration, on which the slowest engine would take ten minutes for all. */
const SOFTWARE_TREES = 2;

/** The settings with as many trees as are affordable. */
export const affordable = (settings: Settings, slow: boolean): Settings =>
  slow ? { ...settings, trees: Math.min(settings.trees, SOFTWARE_TREES) } : settings;

export function iterationWork(settings: Settings): WorkPart[] {
  const plan = iterationPlan(settings, 0);
  const { shape } = plan;
  const { trees, steps } = shape;
  const forward = widths(shape)
    .slice(0, steps)
    .map((width) => ({ pass: 'forward', batch: width * trees }) as const);
  const advantages = new Float32Array(nodeCount(shape)).fill(1);
  const samplerSteps = plannedSteps(settings, plan);
  const kept = keptEdges(shape, samplerSteps, advantages);
  const turn = holdsAllSteps(settings) ? 0 : null;
  const bound = (part: number): number => Math.floor((part * trees) / settings.updates);
  const gradient = Array.from({ length: settings.updates }, (_, part) => {
    const range = { first: bound(part), last: bound(part + 1) };
    const batch = updateBatch(shape, samplerSteps, kept, range, turn);
    return { pass: 'gradient', batch: batch!.rows.length / ROW.width } as const;
  });
  return collected([...forward, ...gradient]);
}

/** Equal passes as one part that is done several times. */
function collected(passes: readonly Omit<WorkPart, 'times'>[]): WorkPart[] {
  const parts: WorkPart[] = [];
  for (const { pass, batch } of passes) {
    const at = parts.findIndex((part) => part.pass === pass && part.batch === batch);
    if (at < 0) parts.push({ pass, batch, times: 1 });
    else parts[at] = { ...parts[at], times: parts[at].times + 1 };
  }
  return parts;
}
