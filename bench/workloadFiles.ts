/**
 * Writes the networks that are measured as files: workloads A and B, and the glyph scene's with the weights trained that
 * its preset trains. All have seeded weights, none of them zero, so that every path counts and how closely engines agree
 * does not change with what ships. Each is `.onnx` for the engines that run graphs, and `.bin`
 * beside `.json` for those that spell the network out.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { iterationPlan, plannedSteps } from '../src/config/plan';
import { resolveSettings } from '../src/config/resolve';
import { NOISE_STREAM, normals, sampleKeys } from '../src/kernels/noise/noise.twin';
import { encodeModel } from '../src/onnx/format/encode';
import { elementCount } from '../src/onnx/graph';
import type { Graph } from '../src/onnx/graph';
import { listedParameters } from '../src/onnx/passes/lift';
import { buildWorkload } from '../src/onnx/models/workloads';
import { withTrained } from '../src/onnx/passes/trained';
import { findPictureRecipe } from '../src/pretrain/pictureRecipes';
import type { BenchWorkload, Transformer, WorkloadIndex } from './workload';

const WEIGHT_SEED = 3;
/** At least as many as any workload has weights. */
const WEIGHT_COUNT = 700_000;

/** Writes all workloads into `folder`. */
export async function writeWorkloads(folder: string): Promise<void> {
  const [key0, key1] = sampleKeys(WEIGHT_SEED, 0, 1);
  const drawn = new Float32Array(WEIGHT_COUNT);
  normals(key0, key1, NOISE_STREAM.own, WEIGHT_COUNT, drawn, 0);
  for (const name of ['A', 'B'] as const) {
    const { graph } = buildWorkload(name, (index) => drawn[index]);
    const transformer = name === 'B' ? transformerOf(graph, 4) : null;
    const weights = listedParameters(graph)!;
    await write(folder, { name, graph, weights, slots: null, noiseLevels: null, transformer });
  }
  const settings = resolveSettings('glyphs', 'branch-grpo');
  const recipe = findPictureRecipe('glyphs');
  const whole = withoutZeros(recipe.build(WEIGHT_SEED, {}), drawn);
  await write(folder, {
    name: 'glyphs',
    graph: withTrained(whole, settings.trainedWeights, settings.loraRank),
    weights: [...listedParameters(whole)!, 'condition_routing'],
    slots: recipe.slots,
    noiseLevels: plannedSteps(settings, iterationPlan(settings, 0)).map(({ sigma }) => sigma),
    transformer: transformerOf(whole, 3),
  });
}

/** The graph with its zero weights and biases drawn as those of any linear layer (src/onnx/models/layers.ts). */
function withoutZeros(graph: Graph, drawn: Float32Array): Graph {
  const constants = new Map(graph.constants);
  let next = 0;
  for (const name of listedParameters(graph)!) {
    const { shape, data } = graph.constants.get(name)!;
    if (data.some((value) => Number(value) !== 0)) continue;
    const [inputs] = graph.constants.get(name.replace(/bias$/, 'weight'))!.shape;
    const values = drawn.slice(next, (next += data.length));
    constants.set(name, { shape, data: values.map((z) => z / Math.sqrt(3 * inputs)) });
  }
  return { ...graph, constants };
}

interface WorkloadFiles {
  readonly name: BenchWorkload;
  readonly graph: Graph;
  /** All float constants that someone who spells the network out needs, time frequencies apart. */
  readonly weights: readonly string[];
  readonly slots: readonly number[] | null;
  readonly noiseLevels: readonly number[] | null;
  readonly transformer: Transformer | null;
}

async function write(folder: string, workload: WorkloadFiles): Promise<void> {
  const { name, graph, slots, noiseLevels, transformer } = workload;
  const trained = new Set(listedParameters(graph));
  const weights = workload.weights.map((weight) => ({
    name: weight,
    ...graph.constants.get(weight)!,
  }));
  await writeFile(join(folder, `${name}.onnx`), encodeModel(graph));
  const data = weights.map((weight) => Buffer.from((weight.data as Float32Array).slice().buffer));
  await writeFile(join(folder, `${name}.bin`), Buffer.concat(data));
  const index: WorkloadIndex = {
    sampleShape: inputShape(graph, 'x') ?? [],
    conditionSize: elementCount(inputShape(graph, 'cond') ?? [0]),
    slots,
    noiseLevels,
    frequencies: [...(graph.constants.get('time_frequencies')!.data as Float32Array)],
    transformer,
    weights: weights.map((weight) => ({
      name: weight.name,
      shape: weight.shape,
      trained: trained.has(weight.name),
    })),
  };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(index));
}

/** Shape of one sample of a graph input. */
const inputShape = (graph: Graph, name: string): readonly number[] | undefined =>
  graph.inputs.find((input) => input.name === name)?.shape.slice(1);

/** The sizes of a transformer, which its weights' shapes tell, and what they do not tell: its heads. */
function transformerOf(graph: Graph, heads: number): Transformer {
  const [channels, height, width] = inputShape(graph, 'x')!;
  const [patchSize] = graph.constants.get('patch.weight')!.shape;
  const [tokens] = graph.constants.get('position')!.shape;
  const patches = (channels * height * width) / patchSize;
  return {
    patch: Math.sqrt(patchSize / channels),
    heads,
    promptTokens: tokens - patches,
    prediction: graph.metadata['prediction'] === 'x0' ? 'x0' : 'v',
  };
}
