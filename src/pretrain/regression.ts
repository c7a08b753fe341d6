/**
 * One network run per training step: the loss of flowMatching.ts between the two halves of the gradient graph, so that
 * the forward half is not computed twice (a quarter of the arithmetic of a step with two runs).
 *
 *   dv = (v − target)·row_weight,   row_weight = 2·w(t)/(N·D)
 */
import { graphFeeds, takeGradients } from '../engine/network';
import type { NetworkOptions } from '../engine/network';
import { OrtModel } from '../engine/ortModel';
import { GraphBuilder } from '../onnx/builder';
import { encodeModel } from '../onnx/format/encode';
import type { Graph, PolicyModel } from '../onnx/graph';
import { weightedLoss } from './flowMatching';
import type { FlowBatch } from './flowMatching';
import type { Learner } from './pretrain';

/** The gradient graph with inputs `target` [N, …dims] and `row_weight` [N] in the place of `dv`. */
export function regressionGraph({ gradient, sampleShape }: PolicyModel): Graph {
  const builder = new GraphBuilder(`${gradient.name}-regression`);
  for (const { name, shape } of gradient.inputs) if (name !== 'dv') builder.input(name, shape);
  builder.input('target', [-1, ...sampleShape]);
  builder.input('row_weight', [-1]);
  for (const [name, { shape, data }] of gradient.constants) builder.constant(name, shape, data);
  for (const node of gradient.nodes) {
    if (node.inputs.includes('dv') && !builder.has('dv')) addLoss(builder, sampleShape.length);
    builder.node(node);
  }
  for (const { name } of gradient.outputs) builder.output(name);
  return builder.build(gradient.metadata);
}

function addLoss(builder: GraphBuilder, rank: number): void {
  const column = [-1, ...new Array<number>(rank).fill(1)];
  const weight = builder.add('Reshape', ['row_weight', builder.ints(column)]);
  const difference = builder.add('Sub', ['v', 'target']);
  builder.add('Mul', [difference, weight], {}, 'dv');
}

/** A learner of one network run per step; `close` frees its session. */
export interface RegressionLearner extends Learner {
  close(): Promise<void>;
}

export async function regressionLearner(
  model: PolicyModel,
  options: NetworkOptions,
): Promise<RegressionLearner> {
  const graph = regressionGraph(model);
  const regression = await OrtModel.open(encodeModel(graph), options);
  return {
    async step(weights, batch, gradients) {
      const { size, x, t, cond, target } = batch;
      const inputs = { x, t, cond, target, row_weight: rowWeights(batch) };
      const outputs = await regression.run(graphFeeds(model, graph, weights, size, inputs));
      takeGradients(model, outputs, gradients);
      return weightedLoss(outputs.v.data, batch);
    },
    close: () => regression.release(),
  };
}

/** 2·w(t)/(N·D) of each row. */
function rowWeights({ size, x, weight }: FlowBatch): Float32Array {
  const scale = 2 / x.length;
  return Float32Array.from({ length: size }, (_, i) => scale * (weight?.[i] ?? 1));
}
