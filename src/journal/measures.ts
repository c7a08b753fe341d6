/**
 * The figures that every run has, whatever its scene: what curves show and the terminal prints. A scene's own metrics
 * come beside them under their own names.
 */
import type { UpdateStatistics } from '../engine/engine';
import type { JournalEvent } from './events';

export interface Measure {
  readonly title: string;
  readonly summary: string;
}

export const measures = {
  reward: { title: 'Reward', summary: 'Mean reward of fresh samples of the current policy.' },
  rolloutReward: {
    title: 'Rollout reward',
    summary: 'Mean reward of the leaves, whose sampler is noisy.',
  },
  bestReward: { title: 'Best leaf', summary: 'Highest reward among the leaves.' },
  worstReward: { title: 'Worst leaf', summary: 'Lowest reward among the leaves.' },
  referenceLoss: {
    title: 'KL',
    summary:
      'Divergence of the policy’s steps from the reference’s, or the squared distance of their velocities if the run is set so; with the deterministic steps’ added where those are held too.',
  },
  policyLoss: { title: 'Policy loss', summary: 'Clipped objective before each optimiser step.' },
  clipFraction: {
    title: 'Clip fraction',
    summary: 'Share of trained edges whose gradient the clip removed.',
  },
  ratioDeviation: {
    title: 'Ratio deviation',
    summary: 'Largest distance of a probability ratio from 1.',
  },
  gradientNorm: { title: 'Gradient norm', summary: 'Length of the gradient before its bound.' },
  keptShare: { title: 'Edges kept', summary: 'Share of edges that are trained.' },
  rolloutEvaluations: {
    title: 'NFE, rollout',
    summary: 'Network forward evaluations that grew the trees.',
  },
  updateEvaluations: {
    title: 'NFE, replay',
    summary: 'Network forward evaluations of updates: replay and reference.',
  },
  gradientEvaluations: {
    title: 'NFE, gradient',
    summary: 'Network evaluations with gradient.',
  },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;

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
  const mean = (key: keyof UpdateStatistics): number =>
    updates.reduce((sum, update) => sum + update[key], 0) / updates.length;
  return {
    ...counted,
    referenceLoss: mean('referenceLoss'),
    policyLoss: mean('policyLoss'),
    clipFraction: mean('clipFraction'),
    gradientNorm: mean('gradientNorm'),
    ratioDeviation: Math.max(...updates.map(({ ratioDeviation }) => ratioDeviation)),
  };
}
