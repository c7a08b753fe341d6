/** The few functions in which the derivatives of the operators are written. */
import { say } from '../../content';
import type { Constant, GraphNode, Shape } from '../graph';
import type { GradientWriter, Term, VjpRule } from './operator';

export const term = (tensor: string, scale = 1): Term => ({ tensor, scale });

export const scaleBy = (value: Term, factor: number): Term =>
  term(value.tensor, value.scale * factor);

export interface Operands {
  readonly node: GraphNode;
  readonly b: GradientWriter;
  readonly constants: ReadonlyMap<string, Constant>;
  readonly x: readonly string[];
  readonly y: string;
  readonly shapes: readonly Shape[];
  readonly wanted: (input: number) => boolean;
  readonly refuse: (reason: string) => never;
}

/** A rule for a one-output operator, called with its gradient. */
export const rule =
  (body: (operands: Operands, g: Term) => readonly (Term | null)[]): VjpRule =>
  ({ node, builder, constants, wanted, refuse }, [g]) => {
    if (!g) return node.inputs.map(() => null);
    const { inputs: x, outputs } = node;
    const shapes = x.map((name) => (name === '' ? [] : builder.shape(name)));
    return body({ node, b: builder, constants, x, y: outputs[0], shapes, wanted, refuse }, g);
  };

/** A rule for y = f(x), element by element: dL/dx = `slope`(…) applied to g. */
export const elementwise = (slope: (operands: Operands, g: Term) => Term): VjpRule =>
  rule((operands, g) => [slope(operands, g)]);

/** Smallest positive number that step functions tell from zero. */
const TINY = 1e-30;

/** 1 where value > 0 and 0 elsewhere, without comparisons: max(v, 0)/max(v, 0, tiny). */
export function step(b: GradientWriter, value: string): string {
  const positive = b.emit('Relu', [value]);
  return b.emit('Div', [positive, b.emit('Max', [positive, b.scalar(TINY)])]);
}

/** Why a derivative that would need the batch size as a number is refused. */
export const overBatch = (): string => say('untrainable.overBatch');
