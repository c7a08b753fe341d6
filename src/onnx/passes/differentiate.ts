/**
 * From a forward graph to its vector–Jacobian graph: reverse-mode differentiation as a graph transform, so that every
 * executor that can run a network can also train it.
 *
 *   given y = f(x, θ) and dL/dy, the new graph returns y and dL/dθ = (∂y/∂θ)ᵀ·dL/dy
 *
 * Only operators of the same set are used, the batch stays symbolic, and everything that does not need dL/dy comes
 * first, so that an executor may put a loss between the two halves. The rules stand with the operators.
 */
import { EspalierError } from '../../core/errors';
import { GradientBuilder } from './gradientBuilder';
import { gradientName, type Graph, type GraphNode } from '../graph';
import { lower } from './lower';
import { operatorOf, unsupportedOperator } from '../operators';
import type { Term } from '../operators/operator';
import { shapeContext } from './shapes';

export interface DifferentiateOptions {
  /** The forward output that the loss depends on. */
  readonly output: string;
  /** Name of the new input dL/d(output), of the output's shape. */
  readonly upstream: string;
  /** The tensors to differentiate by; the gradient of `name` is the output `d_<name>`. */
  readonly wrt: readonly string[];
}

/**
 * The gradient graph, with the forward output first and then one `d_<name>` per entry of `wrt`, in that order. Throws
 * `unsupported-operator` for operators outside the set, naming the node.
 */
export function differentiate(graph: Graph, options: DifferentiateOptions): Graph {
  const lowered = lower(graph);
  const builder = new GradientBuilder(lowered);
  const { output, upstream, wrt } = options;
  const unknown = [output, ...wrt].filter((name) => !builder.builder.has(name));
  if (unknown.length > 0) {
    throw new EspalierError('bad-model', 'noGraphTensor', { names: unknown.join('", "') });
  }
  const taken = [upstream, ...wrt.map(gradientName)].filter((name) => builder.builder.has(name));
  if (taken.length > 0) {
    throw new EspalierError('bad-model', 'tensorNameTaken', { names: taken.join('", "') });
  }
  builder.builder.input(upstream, builder.shape(output));
  const gradients = propagate(lowered, builder, options);
  const results = wrt.map((name) => {
    const tensor = finalGradient(builder, name, gradients.get(name) ?? []);
    return { tensor, name: gradientName(name) };
  });
  const renamed = nameResults(builder, lowered, results);
  builder.builder.output(output);
  renamed.forEach(({ tensor }) => builder.builder.output(tensor));
  const names = new Map(renamed.map(({ tensor, name }) => [tensor, name]));
  return arrange(builder.builder.build(lowered.metadata), upstream, names);
}

/** Walks the nodes backwards and collects the contributions to the gradient of every tensor that leads to `wrt`. */
function propagate(
  graph: Graph,
  builder: GradientBuilder,
  { output, upstream, wrt }: DifferentiateOptions,
): ReadonlyMap<string, readonly Term[]> {
  const active = dependents(graph, wrt);
  const terms = new Map<string, Term[]>([[output, [{ tensor: upstream, scale: 1 }]]]);
  for (const node of [...graph.nodes].reverse()) {
    if (!node.inputs.some((input) => active.has(input))) continue;
    const { vjp, broadcasts } = operatorOf(node);
    const gradients = node.outputs.map((name) => {
      const contributions = terms.get(name);
      if (!contributions) return null;
      const total = builder.total(contributions);
      return broadcasts ? total : builder.expand(total, name);
    });
    if (gradients.every((gradient) => gradient === null)) continue;
    if (!vjp) throw unsupportedOperator(node);
    const wanted = (input: number): boolean => active.has(node.inputs[input]);
    const context = shapeContext(node, (name) => builder.shape(name), builder.constants);
    const results = vjp({ ...context, builder, wanted }, gradients);
    node.inputs.forEach((name, index) => {
      const result = results[index];
      if (result && active.has(name)) terms.set(name, [...(terms.get(name) ?? []), result]);
    });
  }
  return terms;
}

/** `sources` and every tensor computed from one of them. */
function dependents(graph: Graph, sources: readonly string[]): Set<string> {
  const reached = new Set(sources);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => reached.has(input))) {
      node.outputs.forEach((name) => reached.add(name));
    }
  }
  return reached;
}

function finalGradient(builder: GradientBuilder, name: string, terms: readonly Term[]): string {
  if (terms.length === 0) return builder.emit('Sub', [name, name]);
  return builder.materialise(builder.expand(builder.total(terms), name));
}

interface NamedTensor {
  readonly tensor: string;
  readonly name: string;
}

/** Puts an Identity where a result cannot simply be renamed: it is an input, a forward tensor, or used twice. */
function nameResults(
  builder: GradientBuilder,
  forward: Graph,
  results: readonly NamedTensor[],
): NamedTensor[] {
  const fixed = new Set(forward.nodes.flatMap((node) => node.outputs));
  return results.map(({ tensor, name }) => {
    if (builder.producer(tensor) && !fixed.has(tensor)) {
      fixed.add(tensor);
      return { tensor, name };
    }
    return { tensor: builder.builder.add('Identity', [tensor]), name };
  });
}

/** Drops what no output needs, renames results, and moves everything that does not need `upstream` to the front. */
function arrange(graph: Graph, upstream: string, names: ReadonlyMap<string, string>): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const live: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    node.inputs.forEach((name) => needed.add(name));
    live.unshift(node);
  }
  const late = dependents(graph, [upstream]);
  const isLate = (node: GraphNode): boolean => late.has(node.outputs[0]);
  const renamed = (name: string): string => names.get(name) ?? name;
  return {
    ...graph,
    outputs: graph.outputs.map((value) => ({ ...value, name: renamed(value.name) })),
    constants: new Map([...graph.constants].filter(([name]) => needed.has(name))),
    nodes: [...live.filter((node) => !isLate(node)), ...live.filter(isLate)].map((node) => ({
      ...node,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    })),
  };
}
