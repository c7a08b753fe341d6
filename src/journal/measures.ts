/**
 * The figures that every run has, whatever its scene: what curves show and the terminal prints. A scene's own metrics
 * come beside them under their own names.
 */
import { say } from '../content';
import type { UpdateStatistics } from '../engine/engine';
import type { JournalEvent } from './events';

export interface Measure {
  readonly title: string;
  readonly summary: string;
}

const names = [
  'reward',
  'rolloutReward',
  'bestReward',
  'worstReward',
  'referenceLoss',
  'policyLoss',
  'clipFraction',
  'ratioDeviation',
  'gradientNorm',
  'keptShare',
  'rolloutEvaluations',
  'updateEvaluations',
  'gradientEvaluations',
] as const;

export type MeasureName = (typeof names)[number];

export const measures = Object.fromEntries(
  names.map((name) => [
    name,
    { title: say(`measure.${name}.title`), summary: say(`measure.${name}.summary`) },
  ]),
) as Readonly<Record<MeasureName, Measure>>;

type Figures = Partial<Record<MeasureName, number>>;

/** The measures that `event` tells, and for an evaluation the scene's metrics. */
export function figuresOf(event: JournalEvent): Readonly<Record<string, number>> {
  const figures: Figures = {};
  switch (event.type) {
    case 'tree-grown':
      figures.rolloutEvaluations = event.forwardEvaluations;
      break;
    case 'leaves-scored':
      figures.rolloutReward = event.mean;
      figures.bestReward = event.best;
      figures.worstReward = event.worst;
      break;
    case 'edges-pruned':
      figures.keptShare = event.keptEdges / event.edges;
      break;
    case 'weights-updated':
      return figuresOfUpdates(event.updates);
    case 'evaluated':
      return { ...event.metrics, reward: event.reward };
    default:
  }
  return figures;
}

/** Means over the optimiser steps of an iteration; evaluations are added up, of deviations the largest counts. */
function figuresOfUpdates(updates: readonly UpdateStatistics[]): Figures {
  const evaluations = (key: 'forwardEvaluations' | 'gradientEvaluations'): number =>
    updates.reduce((sum, update) => sum + update[key], 0);
  const counted: Figures = {
    updateEvaluations: evaluations('forwardEvaluations'),
    gradientEvaluations: evaluations('gradientEvaluations'),
  };
  if (updates.length === 0) return counted;
  const mean = (key: Exclude<keyof UpdateStatistics, 'referenceLoss'>): number =>
    updates.reduce((sum, update) => sum + update[key], 0) / updates.length;
  const references = updates.flatMap(({ referenceLoss }) => referenceLoss ?? []);
  const referenceLoss = references.reduce((sum, loss) => sum + loss, 0) / references.length;
  return {
    ...counted,
    ...(references.length > 0 && { referenceLoss }),
    policyLoss: mean('policyLoss'),
    clipFraction: mean('clipFraction'),
    gradientNorm: mean('gradientNorm'),
    ratioDeviation: Math.max(...updates.map(({ ratioDeviation }) => ratioDeviation)),
  };
}
