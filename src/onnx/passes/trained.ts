/**
 * Which weights RL trains: all of them, those of the transformer blocks with the embeddings of time, prompt and position
 * that steer them, or low-rank changes of the blocks' linear layers (LoRA, Hu et al. 2021, arXiv 2106.09685):
 *
 *   y = x·W + b + (x·A)·B,   A [inputs, rank] normal with variance 1/inputs, B [rank, outputs] zero
 *
 * so that training starts from exactly the same network and W never changes. With every weight trained, patch embedding
 * and head are free to let a faint pattern drift into the pictures (docs/scenes.md §1.4); they alone are left out. What
 * a prompt says enters by its embedding, which therefore learns too: held fixed, sprites went on confusing places.
 */
import { EspalierError } from '../../core/errors';
import type { TrainedWeights } from '../../core/objective';
import { normals } from '../../kernels/noise/noise.twin';
import type { Constant, Graph, GraphNode } from '../graph';
import { consumers, floatAttribute } from '../nodeView';
import { listedParameters } from './lift';

const isBlock = (name: string): boolean => name.startsWith('block');

/** Touches pixels: the patch embedding, and the head with its modulation. */
const isPixel = (name: string): boolean => name.startsWith('patch') || name.startsWith('final');

const NOISE_KEY = 0x6c6f7261;

/**
 * The network with only the chosen weights listed as trainable; with 'lora', also with the low-rank factors added.
 * @throws EspalierError 'bad-setting' when the choice needs transformer blocks and there are none
 */
export function withTrained(graph: Graph, choice: TrainedWeights, rank: number): Graph {
  if (choice === 'all') return graph;
  const listed = listedParameters(graph) ?? [];
  const blocks = listed.filter(isBlock);
  if (blocks.length === 0) {
    throw new EspalierError('bad-setting', 'noBlocks', { choice });
  }
  if (choice === 'lora') return addLowRank(graph, new Set(blocks), rank);
  return trainOnly(
    graph,
    listed.filter((name) => !isPixel(name)),
  );
}

const trainOnly = (graph: Graph, names: readonly string[]): Graph => ({
  ...graph,
  metadata: { ...graph.metadata, parameters: JSON.stringify(names) },
});

function addLowRank(graph: Graph, blocks: ReadonlySet<string>, rank: number): Graph {
  const constants = new Map(graph.constants);
  const nodes: GraphNode[] = [];
  const trained: string[] = [];
  for (const node of graph.nodes) {
    const weight = node.inputs[1];
    if (node.op !== 'Gemm' || !blocks.has(weight)) {
      nodes.push(node);
      continue;
    }
    const [inputs, outputs] = linearShape(node, graph.constants.get(weight)!);
    const [a, b] = [`${weight}.loraA`, `${weight}.loraB`];
    constants.set(a, { shape: [inputs, rank], data: initialFactor(trained.length, inputs, rank) });
    constants.set(b, { shape: [rank, outputs], data: new Float32Array(rank * outputs) });
    trained.push(a, b);
    nodes.push(...lowRankNodes(node, a, b));
  }
  return trainOnly({ ...graph, constants, nodes }, trained);
}

/**
 * `graph` without `withTrained`'s factors, with what they do: `factors` are the trained A and B of every layer, and each
 * weight becomes W + A·B. A weight that other nodes read too stays theirs; the layer gets a copy.
 */
export function mergeLowRank(graph: Graph, factors: ReadonlyMap<string, Constant>): Graph {
  const constants = new Map(graph.constants);
  const readers = consumers(graph);
  const nodes = graph.nodes.map((node) => {
    const [x, weight, ...rest] = node.inputs;
    const [a, b] = [factors.get(`${weight}.loraA`), factors.get(`${weight}.loraB`)];
    if (node.op !== 'Gemm' || !a || !b) return node;
    const merged = readers.get(weight)?.length === 1 ? weight : `${weight}.merged`;
    const alpha = floatAttribute(node, 'alpha', 1);
    constants.set(merged, addProduct(graph.constants.get(weight)!, a, b, alpha));
    return { ...node, inputs: [x, merged, ...rest] };
  });
  return { ...graph, constants, nodes };
}

/** W + A·B/α, summed in float64 and rounded once. */
function addProduct(w: Constant, a: Constant, b: Constant, alpha: number): Constant {
  const [rank, outputs] = b.shape;
  const data = Float32Array.from(w.data as Float32Array, (value, at) => {
    const [row, column] = [Math.floor(at / outputs), at % outputs];
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      sum += Number(a.data[row * rank + k]) * Number(b.data[k * outputs + column]);
    }
    return value + sum / alpha;
  });
  return { shape: w.shape, data };
}

/** [inputs, outputs] of a linear layer's weight. @throws EspalierError 'unsupported-operator' */
function linearShape({ name, attributes }: GraphNode, { shape }: Constant): readonly number[] {
  if (!attributes['transA'] && !attributes['transB']) return shape;
  throw new EspalierError('unsupported-operator', 'loraTransposed', { name });
}

function initialFactor(layer: number, inputs: number, rank: number): Float32Array {
  const data = new Float32Array(inputs * rank);
  normals(NOISE_KEY, layer, 0, data.length, data, 0);
  return data.map((z) => z / Math.sqrt(inputs));
}

/** `node` with its output replaced by the sum of its own and the low-rank product. */
function lowRankNodes(node: GraphNode, a: string, b: string): GraphNode[] {
  const [output] = node.outputs;
  const [own, down, up] = [`${output}.own`, `${output}.loraDown`, `${output}.loraUp`];
  const product = (inputs: string[], result: string): GraphNode => ({
    name: `${node.name}.${result.slice(output.length + 1)}`,
    op: 'Gemm',
    inputs,
    outputs: [result],
    attributes: {},
  });
  return [
    { ...node, outputs: [own] },
    product([node.inputs[0], a], down),
    product([down, b], up),
    {
      name: `${node.name}.sum`,
      op: 'Add',
      inputs: [own, up],
      outputs: [output],
      attributes: {},
    },
  ];
}
