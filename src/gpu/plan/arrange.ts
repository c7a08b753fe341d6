/** The part of compiling a plan that needs no device: from a graph to dispatches, all choices made. */
import type { Graph } from '../../onnx/graph';
import { fuse } from './fuse';
import { lowerGraph, type LowerOptions } from './lower';
import { realise, type Realisation, type Storage } from './realise';
import { schedule, type Dispatch } from './schedule';

export interface Arrangement {
  readonly realisation: Realisation;
  readonly dispatches: readonly Dispatch[];
}

export interface ArrangeOptions extends LowerOptions {
  /** The caller's buffer that an input or output lies in, if any. */
  readonly bufferOf?: (storage: Storage) => unknown;
}

/** Throws EspalierError 'unsupported-operator' or 'bad-model', naming the node. */
export function arrange(graph: Graph, options: ArrangeOptions): Arrangement {
  const { maxBatch, bufferOf } = options;
  const realisation = realise(graph, lowerGraph(graph, options), maxBatch);
  const bindingKey = (storage: Storage): unknown =>
    storage.role === 'constant' ? 'constants' : (bufferOf?.(storage) ?? storage);
  const groups = fuse(realisation, { bindingKey, maxBatch });
  return { realisation, dispatches: schedule(groups, realisation, { bindingKey, maxBatch }) };
}
