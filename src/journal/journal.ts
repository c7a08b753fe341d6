/**
 * A journal to read from: what page and terminal show of a run is a function of a `Journal` and a position in it.
 *
 *   const journal = new Journal(events);      // of a file, or empty and fed by append(event) while a run is going on
 *   journal.run, .ended                       // what is run, how it ended (null while unknown)
 *   journal.positions                         // places to stand at: 0 (before the first phase) … positions (the newest)
 *   journal.view(position)                    // everything there is to draw at a position, see View
 *   journal.place(position)                   // { iteration, phase } just done there; position(place) goes back
 *   journal.after(position, 'iteration')      // the position one phase or iteration on; before() one back
 *   journal.series('reward')                  // { x: iterations, y: values } of a measure (measures.ts) or scene metric
 *   journal.summary()                         // the final table
 *
 * Reading never changes a journal; `append` only adds. Arrays handed out are the journal's own: read them, don't write.
 */
import { iterationPlan } from '../config/plan';
import type { IterationPlan } from '../config/plan';
import type { Landscape } from '../scenes/scene';
import { checkpointPolicy, phaseEvent, phases } from './events';
import type { Checkpoint, EventOf, EventType, JournalEvent, Phase, RunDescription } from './events';
import { figuresOf, measures } from './measures';

/** What one iteration did; null where it has not come to that, or was not looked at that far. */
export interface IterationRecord {
  readonly iteration: number;
  readonly tree: EventOf<'tree-grown'> | null;
  readonly scores: EventOf<'leaves-scored'> | null;
  readonly fused: EventOf<'rewards-fused'> | null;
  readonly advantages: EventOf<'advantages-set'> | null;
  readonly pruned: EventOf<'edges-pruned'> | null;
  readonly update: EventOf<'weights-updated'> | null;
}

/** Standing just after `phase` of `iteration`. */
export interface Place {
  readonly iteration: number;
  readonly phase: Phase;
}

/** A run as it stood at a position. */
export interface View {
  readonly position: number;
  /** Null at position 0. */
  readonly place: Place | null;
  /** The forest of the iteration: as recorded; before its trees have grown, as settings plan it; null without a run. */
  readonly plan: IterationPlan | null;
  /** The iteration in progress, phases after the position left out; null at position 0. */
  readonly record: IterationRecord | null;
  /** The newest evaluation by then; null before the first. */
  readonly evaluation: EventOf<'evaluated'> | null;
  /** The landscape that held then; null when none was painted. */
  readonly landscape: Landscape | null;
}

/** One curve: `y[i]` belongs to iteration `x[i]`. Evaluations carry the number of iterations done before them. */
export interface Series {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface SummaryRow {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

export interface RunSummary {
  /** Iterations gone through completely. */
  readonly iterations: number;
  readonly rows: readonly SummaryRow[];
  /** Network evaluations of all iterations: without gradient and with. */
  readonly forwardEvaluations: number;
  readonly gradientEvaluations: number;
  /** Time spent in each phase, added up. */
  readonly milliseconds: Readonly<Record<Phase, number>>;
}

export type Unit = 'phase' | 'iteration';

const summaryMeasures = ['rolloutReward', 'referenceLoss', 'clipFraction', 'gradientNorm'] as const;

const phaseOf = new Map<EventType, Phase>(phases.map((phase) => [phaseEvent[phase], phase]));

export class Journal {
  readonly #events: JournalEvent[] = [];
  /** Number of events up to and with each phase event. */
  readonly #phaseEnds: number[] = [];
  readonly #series = new Map<string, { x: number[]; y: number[] }>();

  constructor(events: readonly JournalEvent[] = []) {
    for (const event of events) this.append(event);
  }

  append(event: JournalEvent): void {
    this.#events.push(event);
    if (phaseOf.has(event.type)) this.#phaseEnds.push(this.#events.length);
    for (const [name, value] of Object.entries(figuresOf(event))) {
      let series = this.#series.get(name);
      if (!series) this.#series.set(name, (series = { x: [], y: [] }));
      series.x.push(event.iteration);
      series.y.push(value);
    }
  }

  get events(): readonly JournalEvent[] {
    return this.#events;
  }

  get started(): EventOf<'run-started'> | null {
    const [first] = this.#events;
    return first?.type === 'run-started' ? first : null;
  }

  get ended(): EventOf<'run-ended'> | null {
    const last = this.#events[this.#events.length - 1];
    return last?.type === 'run-ended' ? last : null;
  }

  get run(): RunDescription | null {
    return this.started?.run ?? null;
  }

  /** First iteration of the journal; above 0 when the run continued from a checkpoint. */
  get firstIteration(): number {
    return this.started?.iteration ?? 0;
  }

  /** Iterations begun, the one in progress included. */
  get iterationCount(): number {
    return Math.ceil(this.positions / phases.length);
  }

  /** The last position; also the number of phases done. */
  get positions(): number {
    return this.#phaseEnds.length;
  }

  /** Where `position` stands; null for 0. @throws RangeError outside 0 … positions */
  place(position: number): Place | null {
    this.#check(position);
    if (position === 0) return null;
    const done = position - 1;
    return {
      iteration: this.firstIteration + Math.floor(done / phases.length),
      phase: phases[done % phases.length],
    };
  }

  /** The position at `place`, at most the newest. */
  position({ iteration, phase }: Place): number {
    const whole = (iteration - this.firstIteration) * phases.length;
    return Math.max(0, Math.min(whole + phases.indexOf(phase) + 1, this.positions));
  }

  /** The next position, or the end of the iteration that comes after `position`; at most the newest. */
  after(position: number, unit: Unit): number {
    const size = unit === 'phase' ? 1 : phases.length;
    return Math.min((Math.floor(position / size) + 1) * size, this.positions);
  }

  /** The position before, or the end of the iteration before; at least 0. */
  before(position: number, unit: Unit): number {
    const size = unit === 'phase' ? 1 : phases.length;
    return Math.max((Math.ceil(position / size) - 1) * size, 0);
  }

  /** Everything that `iteration` did so far. */
  at(iteration: number): IterationRecord {
    const first = (iteration - this.firstIteration) * phases.length;
    return this.#record(iteration, first, first + phases.length);
  }

  /** The run as it stood at `position`. @throws RangeError outside 0 … positions */
  view(position: number): View {
    const place = this.place(position);
    const first = position - 1 - ((position - 1) % phases.length);
    const end = this.#endOf(position);
    const record = place ? this.#record(place.iteration, first, position) : null;
    const iteration = place?.iteration ?? this.firstIteration;
    return {
      position,
      place,
      plan: record?.tree?.plan ?? (this.run && iterationPlan(this.run.settings, iteration)),
      record,
      evaluation: this.#lastOf('evaluated', end),
      landscape: this.#lastOf('landscape-painted', end)?.landscape ?? null,
    };
  }

  /** The newest checkpoint, or null. */
  get checkpoint(): Checkpoint | null {
    const event = this.#lastOf('checkpoint', this.#events.length);
    if (!event || !this.run) return null;
    const policy = checkpointPolicy(this.run.model, this.run.settings);
    return { iteration: event.iteration, state: event.state, policy };
  }

  /** Measures and scene metrics that have values, measures first. */
  get seriesNames(): readonly string[] {
    const known = Object.keys(measures).filter((name) => this.#series.has(name));
    return [...known, ...this.metricNames];
  }

  /** The scene's own metrics, in the scene's order. */
  get metricNames(): readonly string[] {
    return [...this.#series.keys()].filter((name) => !Object.hasOwn(measures, name));
  }

  /** The curve of a measure or metric; empty where nothing is known of it. */
  series(name: string): Series {
    return this.#series.get(name) ?? { x: [], y: [] };
  }

  /** The final table: where each figure began and where it ended. */
  summary(): RunSummary {
    const rows = ['reward', ...this.metricNames, ...summaryMeasures].flatMap((name) => {
      const { y } = this.series(name);
      return y.length > 0 ? [{ name, first: y[0], last: y[y.length - 1] }] : [];
    });
    const total = (name: string): number => this.series(name).y.reduce((sum, y) => sum + y, 0);
    const milliseconds = Object.fromEntries(phases.map((phase) => [phase, 0]));
    for (const event of this.#events) {
      const phase = phaseOf.get(event.type);
      if (phase) milliseconds[phase] += event.milliseconds;
    }
    return {
      iterations: Math.floor(this.positions / phases.length),
      rows,
      forwardEvaluations: total('rolloutEvaluations') + total('updateEvaluations'),
      gradientEvaluations: total('gradientEvaluations'),
      milliseconds: milliseconds as Record<Phase, number>,
    };
  }

  #check(position: number): void {
    if (!Number.isInteger(position) || position < 0 || position > this.positions) {
      throw new RangeError(`Position ${position} is not one of 0 to ${this.positions}.`);
    }
  }

  /** Events seen at `position`: all before the next phase's event. */
  #endOf(position: number): number {
    return position < this.positions ? this.#phaseEnds[position] - 1 : this.#events.length;
  }

  #lastOf<T extends EventType>(type: T, end: number): EventOf<T> | null {
    for (let i = end - 1; i >= 0; i--) {
      const event = this.#events[i];
      if (event.type === type) return event as EventOf<T>;
    }
    return null;
  }

  #record(iteration: number, first: number, end: number): IterationRecord {
    const of = <P extends Phase>(phase: P): EventOf<(typeof phaseEvent)[P]> | null => {
      const position = first + phases.indexOf(phase);
      if (position < 0 || position >= Math.min(end, this.positions)) return null;
      return this.#events[this.#phaseEnds[position] - 1] as EventOf<(typeof phaseEvent)[P]>;
    };
    return {
      iteration,
      tree: of('rollout'),
      scores: of('score'),
      fused: of('fuse'),
      advantages: of('normalise'),
      pruned: of('prune'),
      update: of('update'),
    };
  }
}
