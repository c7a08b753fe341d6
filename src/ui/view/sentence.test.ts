import { describe, expect, test } from 'vitest';
import { exampleIteration, exampleRun } from '../../journal/exampleJournal';
import type { EventOf, JournalEvent } from '../../journal/events';
import { Journal } from '../../journal/journal';
import { runView } from './runView';
import type { RunView } from './runView';
import { iterationSentence, phaseSentence } from './sentence';

const run = exampleRun();
const started: EventOf<'run-started'> = {
  type: 'run-started',
  version: '0',
  run,
  iteration: 0,
  data: new Float32Array(4),
  baseSamples: new Float32Array(4),
  milliseconds: 0,
};

/** The view after `position` phases of an iteration in which `change` was made to the events. */
function at(position: number, change: (event: JournalEvent) => JournalEvent = (e) => e): RunView {
  const events = exampleIteration(run, 0).map(change);
  const view = runView(new Journal([started, ...events]), position);
  if (!view) throw new Error('no view');
  return view;
}

const scored = (rewards: number[]) => (event: JournalEvent) =>
  event.type === 'leaves-scored'
    ? { ...event, rewards: Float32Array.from(rewards), mean: 0.62, best: 0.91, worst: 0.1 }
    : event;

describe('the sentence of a phase says what this run did', () => {
  test('before the first', () => {
    expect(phaseSentence(at(0))).toBe(
      'The policy still is the reference: 8 weights, nothing learned yet.',
    );
  });

  test('before the first, of a trained policy that was kept without its phases', () => {
    const evaluated: JournalEvent = {
      type: 'evaluated',
      samples: new Float32Array(4),
      reward: 0.92,
      metrics: {},
      iteration: 60,
      milliseconds: 0,
    };
    const view = runView(new Journal([started, evaluated]), 0);
    expect(view && phaseSentence(view)).toBe(
      'The policy as it was after 60 iterations: 8 weights, samples scored 0.92.',
    );
  });

  test('rollout', () => {
    expect(phaseSentence(at(1))).toBe(
      '2 trees of 2 leaves grown with 6 network evaluations, 1.5 per leaf.',
    );
  });

  test('score', () => {
    expect(phaseSentence(at(2, scored([0.1, 0.91, 0.7, 0.77])))).toBe(
      '4 leaves scored: mean 0.62, best 0.91, worst 0.10.',
    );
  });

  test('fuse', () => {
    const view = at(3, (event) =>
      event.type === 'rewards-fused'
        ? { ...event, fusedRewards: Float32Array.from(event.fusedRewards, (_, i) => i / 10) }
        : event,
    );
    expect(phaseSentence(view)).toBe(
      'Rewards climbed to the roots: the best group is worth 0.10, the poorest 0.00.',
    );
  });

  test('normalise, also when there is nothing to learn', () => {
    const set = (values: number[]) => (event: JournalEvent) =>
      event.type === 'advantages-set'
        ? { ...event, advantages: Float32Array.from(event.advantages, (_, i) => values[i] ?? 0) }
        : event;
    expect(phaseSentence(at(4, set([0, 0, 1.25, -0.5])))).toBe(
      'Advantages from −0.50 to +1.25: 1 edges become likelier, 1 less likely.',
    );
    expect(phaseSentence(at(4, set([])))).toMatch(/every advantage is 0/);
  });

  test('prune', () => {
    const view = at(5, (event) =>
      event.type === 'edges-pruned' ? { ...event, keptEdges: 5, edges: 8 } : event,
    );
    expect(phaseSentence(view)).toBe(
      '5 of 8 edges are trained; 3 rest: ODE steps, or no advantage.',
    );
  });

  test('update', () => {
    expect(phaseSentence(at(6))).toBe(
      '1 update made: gradient norm 2.00, 6 % of the edges clipped, KL 0.500.',
    );
  });
});

test('while training runs fast, the sentence is about the whole iteration', () => {
  expect(iterationSentence(at(6, scored([0.1, 0.91, 0.7, 0.77])))).toBe(
    'Iteration 1 of 60 took 9 ms: mean reward 0.62, best 0.91.',
  );
});
