/**
 * Runs a graph in float64, one operator after the other, as plainly as possible: the reference that every executor and
 * every derivative rule is checked against. The definitions stand with the operators. It is slow and never part of a run.
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import { sameShape } from './dims';
import { concreteShape, elementCount, type Graph } from './graph';
import { badNode } from './nodeView';
import { operatorOf } from './operators';
import type { Tensor } from './operators/operator';

/** What may be fed: any numbers in row-major order. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * The graph's outputs for the given inputs. Throws `bad-setting` for a missing or misshapen feed and
 * `unsupported-operator` for an operator outside the set.
 */
export function interpret(graph: Graph, feeds: ReadonlyMap<string, Feed>): Map<string, Tensor> {
  const values = new Map<string, Tensor>();
  let batch: number | null = null;
  for (const { name, shape } of graph.inputs) {
    const feed = feeds.get(name);
    const growing = shape.findIndex((dim) => dim < 0);
    if (feed && growing >= 0) batch ??= feed.shape[growing] / -shape[growing];
    const fits = feed && sameShape(concreteShape(shape, batch ?? 1), feed.shape);
    if (!fits || elementCount(feed.shape) !== feed.data.length) {
      throw new EspalierError('bad-setting', 'feedShape', { name, shape: String(shape) });
    }
    values.set(name, { shape: feed.shape, data: Float64Array.from(feed.data) });
  }
  for (const [name, { shape, data }] of graph.constants) {
    values.set(name, { shape, data: Float64Array.from(data, Number) });
  }
  for (const node of graph.nodes) {
    const { definition } = operatorOf(node);
    const inputs = node.inputs.map((name) => {
      const value = values.get(name);
      if (!value && name !== '') throw badNode(node, say('network.notComputed', { name }));
      return value;
    });
    definition(node, inputs).forEach((value, index) => {
      values.set(node.outputs[index], value);
    });
  }
  return new Map(graph.outputs.map(({ name }) => [name, values.get(name)!]));
}
