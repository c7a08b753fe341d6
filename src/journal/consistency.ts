/**
 * Whether a list of events is a journal: one run, phases in order, every array as long as the run's tree says. Readers
 * index into these arrays without looking, so nothing that came from outside reaches them unchecked.
 */
import type { IterationPlan } from '../config/plan';
import type { Settings } from '../config/properties';
import { checkSettings } from '../config/settings';
import { say } from '../content';
import { EspalierError } from '../core/errors';
import { edgeCount, leafCount, nodeCount } from '../core/tree';
import { phaseEvent, phases } from './events';
import type { EventOf, JournalEvent } from './events';

type Refuse = (problem: string) => never;

/** @throws EspalierError 'bad-file' or 'bad-setting' naming the first event that does not fit. */
export function checkJournal(events: readonly JournalEvent[]): void {
  const [first] = events;
  if (first?.type !== 'run-started') return refuseAt(first, 0)(say('journal.begins'));
  checkSettings(first.run.settings);
  const lengths = new Lengths(first);
  const order = new Order(first.iteration);
  events.forEach((event, i) => {
    const refuse = refuseAt(event, i);
    if (i > 0) order.check(event, refuse);
    lengths.check(event, refuse);
  });
}

const refuseAt =
  (event: JournalEvent | undefined, i: number): Refuse =>
  (problem) => {
    const place = event
      ? say('journal.eventOfType', { index: i, type: event.type })
      : say('journal.event', { index: i });
    throw new EspalierError('bad-file', 'badJournal', { place, problem });
  };

/** The order of events: six phases per iteration, everything else in between, nothing after the end. */
class Order {
  private phase = 0;
  private latest: number;
  private ended = false;

  constructor(private iteration: number) {
    this.latest = iteration;
  }

  check(event: JournalEvent, refuse: Refuse): void {
    if (this.ended) refuse(say('journal.afterEnd'));
    if (event.type === 'run-started') refuse(say('journal.oneRun'));
    if (event.iteration < this.latest) refuse(say('journal.iterationOver'));
    this.latest = event.iteration;
    if (event.type === 'run-ended') this.ended = true;
    const phase = phases.findIndex((name) => phaseEvent[name] === event.type);
    if (phase < 0) return;
    if (phase !== this.phase || event.iteration !== this.iteration) {
      const expected = phaseEvent[phases[this.phase]];
      refuse(say('journal.wrongPhase', { expected, iteration: this.iteration }));
    }
    this.phase = (phase + 1) % phases.length;
    if (this.phase === 0) this.iteration++;
  }
}

/** Lengths of all arrays: per-node ones from the plan of their iteration, samples from each other. */
class Lengths {
  private nodes = 0;
  private trees = 0;
  private leaves = 0;
  private edges = 0;
  private readonly settings: Settings;
  /** Numbers per sample D, known from the first tree on. */
  private dimensions = 0;
  private weights = 0;
  private readonly samples: number[];

  constructor(started: EventOf<'run-started'>) {
    this.settings = started.run.settings;
    this.samples = [started.data.length, started.baseSamples.length];
  }

  /** From here on the arrays of nodes are as long as this plan says. */
  private follow({ shape, stochasticSteps }: IterationPlan, refuse: Refuse): void {
    checkSettings({ ...this.settings, ...shape });
    const ascending = stochasticSteps.every((step, i) => i === 0 || step > stochasticSteps[i - 1]);
    const last = stochasticSteps[stochasticSteps.length - 1] ?? 0;
    if (!ascending || last >= shape.steps) refuse(say('journal.stochasticSteps'));
    this.nodes = nodeCount(shape);
    this.trees = shape.trees;
    this.leaves = leafCount(shape);
    this.edges = edgeCount(shape);
  }

  /** Latents of all nodes, or estimates of the first tree's. */
  private checkLatents({ latents, estimates }: EventOf<'tree-grown'>, refuse: Refuse): void {
    const [kept, rows] =
      estimates.length > 0
        ? [estimates.length, this.nodes / this.trees]
        : [latents.length, this.nodes];
    if (estimates.length > 0 && latents.length > 0) {
      refuse(say('journal.latentsAndEstimates'));
    }
    this.dimensions ||= kept / rows;
    if (!Number.isInteger(this.dimensions) || this.dimensions < 1) {
      refuse(say('journal.latentsOfNodes', { length: kept, nodes: rows }));
    }
    const expected = rows * this.dimensions;
    if (kept !== expected) {
      refuse(say('journal.length', { name: 'latents', length: kept, expected }));
    }
  }

  check(event: JournalEvent, refuse: Refuse): void {
    const expect = (name: string, length: number, expected: number): void => {
      if (length !== expected) refuse(say('journal.length', { name, length, expected }));
    };
    switch (event.type) {
      case 'tree-grown':
        this.follow(event.plan, refuse);
        this.checkLatents(event, refuse);
        expect('logProbs', event.logProbs.length, this.nodes);
        break;
      case 'leaves-scored':
        return expect('rewards', event.rewards.length, this.leaves);
      case 'rewards-fused':
        return expect('fusedRewards', event.fusedRewards.length, this.nodes);
      case 'advantages-set':
        return expect('advantages', event.advantages.length, this.nodes);
      case 'edges-pruned':
        expect('kept', event.kept.length, this.nodes);
        return expect('edges', event.edges, this.edges);
      case 'weights-updated':
        if (event.updates.length > this.settings.updates) {
          const { length } = event.updates;
          refuse(say('journal.tooManyUpdates', { length, most: this.settings.updates }));
        }
        return;
      case 'evaluated':
        this.samples.push(event.samples.length);
        break;
      case 'landscape-painted':
        return expect('values', event.landscape.values.length, event.landscape.size ** 2);
      case 'checkpoint': {
        const { weights, reference, firstMoment, secondMoment } = event.state;
        this.weights ||= weights.length;
        expect(say('journal.stateVector'), weights.length, this.weights);
        // A checkpoint of trained weights alone has the others empty.
        for (const vector of [reference, firstMoment, secondMoment]) {
          if (vector.length > 0) expect(say('journal.stateVector'), vector.length, this.weights);
        }
        return;
      }
      default:
    }
    const broken = this.dimensions && this.samples.find((length) => length % this.dimensions !== 0);
    if (broken) {
      refuse(say('journal.notSamples', { numbers: broken, dimensions: this.dimensions }));
    }
  }
}
