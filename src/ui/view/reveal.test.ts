import { describe, expect, test } from 'vitest';
import { phases } from '../../journal/events';
import { ease, revealAt } from './reveal';

const T = 10;

describe('a phase passes', () => {
  test('and ends with everything standing still in its place', () => {
    for (const phase of ['start', ...phases] as const) {
      expect(revealAt(phase, 1, T)).toEqual({
        grown: T,
        scored: 1,
        fusedFrom: 0,
        colouredTo: T,
        faded: 1,
        beads: null,
      });
    }
  });

  test('the tree grows from noise to data', () => {
    const depths = [0, 0.3, 0.6, 0.9].map((p) => revealAt('rollout', p, T).grown);
    expect(depths).toEqual([...depths].sort((a, b) => a - b));
    expect(depths[0]).toBe(0);
  });

  test('reward climbs from the leaves to the root, advantage descends', () => {
    const climb = revealAt('fuse', 0.25, T);
    expect(climb.beads).toEqual({ carry: 'reward', depth: climb.fusedFrom });
    expect(climb.fusedFrom).toBeGreaterThan(revealAt('fuse', 0.75, T).fusedFrom);
    const descent = revealAt('normalise', 0.25, T);
    expect(descent.beads).toEqual({ carry: 'advantage', depth: descent.colouredTo });
    expect(descent.colouredTo).toBeLessThan(revealAt('normalise', 0.75, T).colouredTo);
  });
});

test('movement begins and ends slowly', () => {
  expect([ease(0), ease(0.5), ease(1)]).toEqual([0, 0.5, 1]);
  expect(ease(0.1)).toBeLessThan(0.1);
  expect(ease(0.9)).toBeGreaterThan(0.9);
});
