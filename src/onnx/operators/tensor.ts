/** Tensors in float64, and the few functions in which the definitions of the operators are written. */
import { say } from '../../content';
import { broadcastShapes } from '../dims';
import { elementCount, type GraphNode } from '../graph';
import { badNode, intAttribute } from '../nodeView';
import type { Definition, Tensor } from './operator';

export type Index = readonly number[];

export const stridesOf = (shape: Index): number[] =>
  shape.map((_, axis) => elementCount(shape.slice(axis + 1)));

/** The tensor whose element at `index` is `value(index)`. */
export function tabulate(shape: Index, value: (index: Index) => number): Tensor {
  const data = new Float64Array(elementCount(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < data.length; i++) {
    data[i] = value(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) {
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element of `tensor` at `index`, whose leading and length-1 axes are repeated as broadcasting asks. */
export function at(tensor: Tensor, index: Index): number {
  const { shape, data } = tensor;
  const lead = index.length - shape.length;
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    flat = flat * shape[axis] + (shape[axis] === 1 ? 0 : index[axis + lead]);
  }
  return data[flat];
}

export function need(
  node: GraphNode,
  inputs: readonly (Tensor | undefined)[],
  index: number,
): Tensor {
  const tensor = inputs[index];
  if (!tensor) throw badNode(node, say('network.inputMissing', { input: index }));
  return tensor;
}

/** The inputs, of which the first `fewest` must be there. */
export const present = (
  node: GraphNode,
  inputs: readonly (Tensor | undefined)[],
  fewest: number,
): Tensor[] => Array.from({ length: fewest }, (_, index) => need(node, inputs, index));

export const numbers = (tensor: Tensor | undefined): number[] | null =>
  tensor ? Array.from(tensor.data) : null;

export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The node's attribute `axis`, counted from the front. */
export const axisOf = (node: GraphNode, fallback: number, rank: number): number =>
  fromFront(intAttribute(node, 'axis', fallback), rank);

export const replaced = (shape: Index, axis: number, value: number): number[] =>
  shape.map((dim, i) => (i === axis ? value : dim));

/** y = f(x), element by element. */
export const mapped =
  (f: (x: number) => number): Definition =>
  (node, inputs) => {
    const { shape, data } = need(node, inputs, 0);
    return [{ shape, data: data.map(f) }];
  };

/** f over all inputs from the first to the last, which broadcast to each other. */
export const combined =
  (f: (a: number, b: number) => number): Definition =>
  (node, inputs) => [
    present(node, inputs, inputs.length).reduce((a, b) => {
      const shape = broadcastShapes(a.shape, b.shape);
      if (!shape)
        throw badNode(
          node,
          say('network.notBroadcast', { a: String(a.shape), b: String(b.shape) }),
        );
      return tabulate(shape, (index) => f(at(a, index), at(b, index)));
    }),
  ];
