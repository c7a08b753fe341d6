/**
 * What of a phase is to be seen at which moment of its passing. The tree grows from noise to data, reward climbs from
 * the leaves to the root, advantage descends from the root to the leaves, untrained edges fade. `progress` runs from 0
 * to 1; at 1 everything stands still in its final state.
 */
import type { Phase } from '../../journal/events';

export interface Reveal {
  /** Depth up to which the tree has grown. */
  readonly grown: number;
  /** Share of the reward bars' length. */
  readonly scored: number;
  /** Fused rewards are shown from this depth on. */
  readonly fusedFrom: number;
  /** Edges are coloured down to this depth. */
  readonly colouredTo: number;
  /** How far untrained edges have faded. */
  readonly faded: number;
  /** Beads that travel along the edges at this depth, with their share of the way from parent to child. */
  readonly beads: { readonly carry: 'reward' | 'advantage'; readonly depth: number } | null;
}

/** Slow in, slow out (3p² − 2p³). */
export const ease = (p: number): number => p * p * (3 - 2 * p);

const settled = (steps: number): Reveal => ({
  grown: steps,
  scored: 1,
  fusedFrom: 0,
  colouredTo: steps,
  faded: 1,
  beads: null,
});

/** `steps` is T; depths are 0 … T and may be fractions while something travels. */
export function revealAt(phase: Phase | 'start', progress: number, steps: number): Reveal {
  const end = settled(steps);
  if (progress >= 1) return end;
  const share = ease(progress);
  switch (phase) {
    case 'rollout':
      return { ...end, grown: share * steps };
    case 'score':
      return { ...end, scored: share };
    case 'fuse': {
      const depth = (1 - share) * steps;
      return { ...end, fusedFrom: depth, beads: { carry: 'reward', depth } };
    }
    case 'normalise': {
      const depth = share * steps;
      return { ...end, colouredTo: depth, beads: { carry: 'advantage', depth } };
    }
    case 'prune':
      return { ...end, faded: share };
    default:
      return end;
  }
}
