/** Functions of one number, element by element: y = f(x). Every derivative is written with y where that is cheaper. */
import { say } from '../../content';
import { stringAttribute } from '../nodeView';
import { elementwise, scaleBy, step } from './derivative';
import type { Definition, Family, Lowering, Operator, VjpRule } from './operator';
import { same } from './shape';
import { mapped } from './tensor';

const primitive = (f: (x: number) => number, vjp: VjpRule): Operator => ({
  inputs: [1, 1],
  attributes: {},
  shape: same,
  definition: mapped(f),
  vjp,
  broadcasts: true,
});

/** erf(x) to float64 precision: its series for small |x|, the continued fraction of erfc (DLMF 7.9.3) for large. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 3) {
    let power = x;
    let sum = x;
    for (let n = 1; n < 120; n++) {
      power *= (-x * x) / n;
      sum += power / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 80; k > 0; k--) fraction = k / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-x * x) / ((size + fraction) * Math.sqrt(Math.PI)));
}

const gelu: Definition = (node, inputs) => {
  const tanhForm = stringAttribute(node, 'approximate', 'none') === 'tanh';
  return mapped((x) =>
    tanhForm
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  )(node, inputs);
};

/** x/2·(1 + erf(x/√2)), or in the tanh form x/2·(1 + tanh(√(2/π)·(x + .044715·x³))). */
const lowerGelu: Lowering = ({ builder, node, inputs, output, refuse }) => {
  const [x] = inputs;
  const times = (a: string, b: string): string => builder.add('Mul', [a, b]);
  const form = stringAttribute(node, 'approximate', 'none');
  const root = Math.sqrt(2 / Math.PI);
  let bell: string;
  if (form === 'tanh') {
    const cubic = times(times(x, x), builder.scalar(0.044715 * root));
    const inner = times(x, builder.add('Add', [cubic, builder.scalar(root)]));
    bell = builder.add('Tanh', [inner]);
  } else if (form === 'none') {
    bell = builder.add('Erf', [times(x, builder.scalar(Math.SQRT1_2))]);
  } else return refuse(say('untrainable.form', { form }));
  const half = times(x, builder.scalar(0.5));
  builder.add('Mul', [half, builder.add('Add', [bell, builder.scalar(1)])], {}, output);
};

export const functions: Family = {
  /** dx = −g·sin x. */
  Cos: primitive(
    Math.cos,
    elementwise(({ b, x }, g) => scaleBy(b.mul(g, b.emit('Sin', [x[0]])), -1)),
  ),
  /** dx = g·2/√π·exp(−x²). */
  Erf: primitive(
    erf,
    elementwise(({ b, x }, g) => {
      const bell = b.emit('Exp', [b.emit('Neg', [b.emit('Mul', [x[0], x[0]])])]);
      return scaleBy(b.mul(g, bell), 2 / Math.sqrt(Math.PI));
    }),
  ),
  /** dx = g·y. */
  Exp: primitive(
    Math.exp,
    elementwise(({ b, y }, g) => b.mul(g, y)),
  ),
  Gelu: {
    inputs: [1, 1],
    attributes: { approximate: 'string' },
    shape: same,
    definition: gelu,
    lowering: lowerGelu,
  },
  /** dx = g/x. */
  Log: primitive(
    Math.log,
    elementwise(({ b, x }, g) => b.div(g, x[0])),
  ),
  /** y = max(x, 0): dx = g where y > 0. */
  Relu: primitive(
    (x) => Math.max(x, 0),
    elementwise(({ b, y }, g) => b.mul(g, step(b, y))),
  ),
  /** y = 1/(1 + e⁻ˣ): dx = g·(y − y²). */
  Sigmoid: primitive(
    (x) => 1 / (1 + Math.exp(-x)),
    elementwise(({ b, y }, g) => b.mul(g, b.emit('Sub', [y, b.emit('Mul', [y, y])]))),
  ),
  /** dx = g·cos x. */
  Sin: primitive(
    Math.sin,
    elementwise(({ b, x }, g) => b.mul(g, b.emit('Cos', [x[0]]))),
  ),
  /** dx = g/(2·y). */
  Sqrt: primitive(
    Math.sqrt,
    elementwise(({ b, y }, g) => scaleBy(b.div(g, y), 0.5)),
  ),
  /** dx = g·(1 − y²). */
  Tanh: primitive(
    Math.tanh,
    elementwise(({ b, y }, g) => b.mul(g, b.emit('Sub', [b.scalar(1), b.emit('Mul', [y, y])]))),
  ),
};
