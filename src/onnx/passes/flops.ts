/**
 * Floating-point operations of one run of a graph, as they are usually reported: two per multiply-add of the matrix
 * products, which are nearly all of the work of these networks; everything else is left out.
 *
 *   Gemm, MatMul [M, K]·[K, N]: 2·M·K·N per matrix of the batch
 */
import { elementCount, type Graph, type GraphNode, type Shape } from '../graph';
import { intAttribute } from '../nodeView';
import { inferShapes } from './shapes';

/** Operations at batch size `batch`. Throws as `inferShapes`. */
export function flops(graph: Graph, batch = 1): number {
  const values = inferShapes(graph);
  const shape = (name: string): Shape => values.get(name)!.shape;
  return graph.nodes
    .filter(({ op }) => op === 'Gemm' || op === 'MatMul')
    .map((node) => 2 * elementCount(shape(node.outputs[0]), batch) * summed(node, shape, batch))
    .reduce((total, count) => total + count, 0);
}

/** K: over how many products each element of the result is summed. */
function summed(node: GraphNode, shape: (name: string) => Shape, batch: number): number {
  const left = shape(node.inputs[0]);
  const transposed = node.op === 'Gemm' && intAttribute(node, 'transA', 0) === 1;
  const inner = transposed ? left[0] : left[left.length - 1];
  return elementCount([inner], batch);
}
