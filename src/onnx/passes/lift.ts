/**
 * Turns the trainable weights of a graph from constants into inputs, packed in one flat vector, so that optimisers see
 * one array and executors update weights in place.
 *
 * Trainable are the constants listed in the metadata entry `parameters` (a JSON list of names). A file without that
 * entry, from another tool, has its weights found: float constants of more than one element that are an operand of
 * Gemm, MatMul, Add or Mul, save for frequency tables, which only reach sines and cosines.
 */
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import { elementCount, type Graph, type GraphNode, type Parameter } from '../graph';
import { consumers } from '../nodeView';

/** Elements to which every parameter's offset is rounded up: 64 floats are the 256 bytes of a GPU binding's start. */
export const PARAMETER_ALIGNMENT = 64;

export interface LiftedGraph {
  /** The graph with parameters as inputs after x, t and cond, in the order of `parameters`. */
  readonly graph: Graph;
  readonly parameters: readonly Parameter[];
  /** Length of the flat vector; the gaps between parameters are zero. */
  readonly parameterLength: number;
  readonly initialWeights: Float32Array;
}

/** Throws `bad-model` when the metadata names a constant that is not there, or when there is nothing to train. */
export function liftParameters(graph: Graph): LiftedGraph {
  const names = listedParameters(graph) ?? foundParameters(graph);
  if (names.length === 0) {
    throw new EspalierError('bad-model', 'noWeights');
  }
  let parameterLength = 0;
  const parameters = names.map((name) => {
    const { shape } = graph.constants.get(name)!;
    const parameter = { name, shape, offset: parameterLength, length: elementCount(shape) };
    parameterLength += Math.ceil(parameter.length / PARAMETER_ALIGNMENT) * PARAMETER_ALIGNMENT;
    return parameter;
  });
  const initialWeights = new Float32Array(parameterLength);
  for (const { name, offset } of parameters) {
    initialWeights.set(graph.constants.get(name)!.data as Float32Array, offset);
  }
  const lifted = parameters.map(({ name, shape }) => ({ name, shape, type: 'float32' as const }));
  return {
    graph: {
      ...graph,
      inputs: [...graph.inputs, ...lifted],
      constants: new Map([...graph.constants].filter(([name]) => !names.includes(name))),
    },
    parameters,
    parameterLength,
    initialWeights,
  };
}

/** The inverse of `liftParameters`: a graph that carries `weights` (flat, with gaps) as constants again. */
export function withWeights(lifted: LiftedGraph, weights: Float32Array): Graph {
  const { graph, parameters } = lifted;
  const names = new Set(parameters.map(({ name }) => name));
  const own = parameters.map(({ name, shape, offset, length }) => {
    const data = weights.slice(offset, offset + length);
    return [name, { shape, data }] as const;
  });
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !names.has(name)),
    constants: new Map([...graph.constants, ...own]),
    metadata: { ...graph.metadata, parameters: JSON.stringify([...names]) },
  };
}

/** Names in the metadata entry `parameters`, or null without one. Throws `bad-model` when they are no weights. */
export function listedParameters(graph: Graph): string[] | null {
  const listed = graph.metadata['parameters'];
  if (listed === undefined) return null;
  const names = parseNames(listed);
  const missing = names?.filter(
    (name) => !(graph.constants.get(name)?.data instanceof Float32Array),
  );
  if (!names || !missing || missing.length > 0 || new Set(names).size !== names.length) {
    const details = (missing ?? []).map((name) => say('network.noFloatConstant', { name }));
    throw new EspalierError('bad-model', 'listedParameters', {}, details);
  }
  return names;
}

function parseNames(text: string): string[] | null {
  try {
    const value: unknown = JSON.parse(text);
    const fits = Array.isArray(value) && value.every((name) => typeof name === 'string');
    return fits ? value : null;
  } catch {
    return null;
  }
}

function foundParameters(graph: Graph): string[] {
  const readers = consumers(graph);
  const weighs = ({ op }: GraphNode): boolean => ['Gemm', 'MatMul', 'Add', 'Mul'].includes(op);
  const isWave = ({ op }: GraphNode): boolean => op === 'Sin' || op === 'Cos';
  const becomesWave = (node: GraphNode): boolean => {
    const after = readers.get(node.outputs[0]) ?? [];
    return after.length > 0 && after.every((next) => isWave(next) || becomesWave(next));
  };
  return [...graph.constants]
    .filter(([name, { data }]) => {
      const users = readers.get(name) ?? [];
      const trainable = data instanceof Float32Array && data.length > 1;
      return trainable && users.some(weighs) && !users.every(becomesWave);
    })
    .map(([name]) => name);
}
