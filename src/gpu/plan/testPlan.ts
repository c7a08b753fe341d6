/** Shared by the tests of this folder: runs plans on feeds and compares them with the float64 interpreter. */
import { concreteShape, elementCount, type Graph } from '../../onnx/graph';
import { interpret, type Feed } from '../../onnx/interpret';
import { relativeError } from '../../onnx/testGradient';
import { readFloats } from '../buffers';
import { Plan } from './plan';
import type { PlanOptions } from './types';

export type Feeds = ReadonlyMap<string, Feed>;

/** Writes the inputs that `feeds` has. */
export function writeInputs(device: GPUDevice, plan: Plan, graph: Graph, feeds: Feeds): void {
  for (const { name } of graph.inputs) {
    const feed = feeds.get(name);
    if (!feed) continue;
    const { buffer, offset } = plan.binding(name);
    device.queue.writeBuffer(buffer, offset, Float32Array.from(feed.data));
  }
}

/** Writes the inputs, runs all stages and reads every output. */
export async function runPlan(
  device: GPUDevice,
  plan: Plan,
  graph: Graph,
  feeds: Feeds,
  batch: number,
): Promise<Map<string, Float32Array>> {
  writeInputs(device, plan, graph, feeds);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  plan.encode(pass, batch);
  pass.end();
  device.queue.submit([encoder.finish()]);
  const results = new Map<string, Float32Array>();
  for (const { name, shape } of graph.outputs) {
    const data = await readFloats(device, plan.binding(name), elementCount(shape, batch));
    results.set(name, data);
  }
  return results;
}

/** Feeds as float32, so that plan and interpreter see the same numbers. */
export function rounded(feeds: Feeds): Feeds {
  return new Map(
    [...feeds].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
}

/** Largest relative error of every output against the interpreter. */
export function errors(
  graph: Graph,
  feeds: Feeds,
  results: ReadonlyMap<string, Float32Array>,
): Map<string, number> {
  const expected = interpret(graph, feeds);
  return new Map(
    graph.outputs.map(({ name }) => [
      name,
      relativeError(results.get(name)!, expected.get(name)!.data),
    ]),
  );
}

export function compilePlan(
  device: GPUDevice,
  graph: Graph,
  options: Partial<PlanOptions> = {},
): Promise<Plan> {
  return Plan.compile(device, graph, { label: graph.name, maxBatch: 4, ...options });
}

/** The samples `from`…`to` of batch-sized feeds; other feeds unchanged. */
export function samples(graph: Graph, feeds: Feeds, from: number, to: number): Feeds {
  return new Map(
    graph.inputs.map(({ name, shape }) => {
      const { data } = feeds.get(name)!;
      if (!shape.some((dim) => dim < 0)) return [name, feeds.get(name)!];
      const one = elementCount(shape, 1);
      const part = Array.from(data).slice(from * one, to * one);
      return [name, { shape: concreteShape(shape, to - from), data: part }];
    }),
  );
}
