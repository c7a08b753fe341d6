/** Shared by the tests of this folder: random feeds, and gradients by central differences through the interpreter. */
import { differentiate } from './passes/differentiate';
import { concreteShape, elementCount, gradientName, type Graph } from './graph';
import { interpret, type Feed } from './interpret';
import type { Tensor } from './operators/operator';
import { testNormal } from './models/testNormal';

export interface FeedOptions {
  readonly batch: number;
  readonly seed?: number;
  /** Turns a standard normal number into the values that an input may have. */
  readonly value?: (normal: number) => number;
}

/** Feeds for every float input of `graph`. */
export function randomFeeds(graph: Graph, options: FeedOptions): Map<string, Feed> {
  const { batch, seed = 1, value = (z) => z } = options;
  return new Map(
    graph.inputs.map(({ name, shape }, index) => {
      const normal = testNormal(seed * 100 + index);
      const real = concreteShape(shape, batch);
      const data = Float64Array.from({ length: elementCount(real) }, (_, i) => value(normal(i)));
      return [name, { shape: real, data }];
    }),
  );
}

/** max |a − b| / max |b|, the measure of docs/engine.md §2; where b is all zero, max |a|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return a.length !== b.length ? Infinity : size === 0 ? difference : difference / size;
}

const STEP = 1e-4;

/** dL/d(name)[i] of L = Σ dv·v by central differences. */
function slope(graph: Graph, feeds: ReadonlyMap<string, Feed>, name: string, i: number): number {
  const dv = feeds.get('dv')!.data;
  const lossAt = (shift: number): number => {
    const feed = feeds.get(name)!;
    const data = Float64Array.from(feed.data);
    data[i] += shift;
    const moved = new Map(feeds).set(name, { shape: feed.shape, data });
    const v = interpret(graph, moved).get('v')!;
    return v.data.reduce((sum, value, index) => sum + value * dv[index], 0);
  };
  return (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
}

export interface GradientCheck extends FeedOptions {
  /** Inputs to differentiate by; all when left out. */
  readonly wrt?: readonly string[];
  /** At most this many elements of every tensor are checked. */
  readonly probes?: number;
  /** Values for inputs that are not random. */
  readonly feeds?: ReadonlyMap<string, Feed>;
}

/** The largest relative error of the gradient graph of output `v` against finite differences, over all tensors. */
export function gradientError(graph: Graph, check: GradientCheck): number {
  const wrt =
    check.wrt ?? graph.inputs.filter(({ type }) => type === 'float32').map(({ name }) => name);
  const gradient = differentiate(graph, { output: 'v', upstream: 'dv', wrt });
  const feeds = new Map([...randomFeeds(gradient, check), ...(check.feeds ?? [])]);
  const results: Map<string, Tensor> = interpret(gradient, feeds);
  const forward = interpret(graph, feeds).get('v')!;
  const errors = wrt.map((name) => {
    const computed = results.get(gradientName(name))!;
    const { length } = feeds.get(name)!.data;
    const count = Math.min(length, check.probes ?? length);
    const probes = Array.from({ length: count }, (_, k) => Math.floor((k * length) / count));
    if (computed.shape.join() !== feeds.get(name)!.shape.join()) return Infinity;
    return relativeError(
      probes.map((i) => computed.data[i]),
      probes.map((i) => slope(graph, feeds, name, i)),
    );
  });
  return Math.max(relativeError(results.get('v')!.data, forward.data), ...errors);
}
