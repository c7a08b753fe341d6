/** Sums, products and what is made of them, element by element with broadcasting. */
import { say } from '../../content';
import { constantScalar } from '../nodeView';
import { elementwise, rule, scaleBy, step } from './derivative';
import {
  many,
  type Family,
  type Lowering,
  type ShapeRule,
  type VjpRule,
  type Tensor,
} from './operator';
import { broadcast, same } from './shape';
import { combined, mapped } from './tensor';

const unary = { inputs: [1, 1], attributes: {}, shape: same, broadcasts: true } as const;
const binary = { inputs: [2, 2], attributes: {}, shape: broadcast } as const;

/** y = a·b: da = g·b, db = g·a, summed over repeated axes; y = a²: 2·g·a; y = x·σ(x): g·(σ + y·(1 − σ)). */
const mulRule = rule(({ b, x, y, shapes, wanted }, g) => {
  if (x[0] === x[1]) return [b.mul(scaleBy(g, 2), x[0]), null];
  const gate = [0, 1].find((i) => {
    const producer = b.producer(x[i]);
    return producer?.op === 'Sigmoid' && producer.inputs[0] === x[1 - i];
  });
  if (gate !== undefined) {
    const falling = b.emit('Sub', [b.scalar(1), x[gate]]);
    const slope = b.emit('Add', [x[gate], b.emit('Mul', [y, falling])]);
    const whole = b.mul(g, slope);
    return gate === 1 ? [whole, null] : [null, whole];
  }
  return [0, 1].map((i) =>
    wanted(i) ? b.sumTo(b.expand(b.mul(g, x[1 - i]), y), shapes[i]) : null,
  );
});

/** y = a/b: da = g/b, db = −(g/b)·y. */
const divRule = rule(({ b, x, y, shapes, wanted }, g) => {
  const quotient = b.div(g, x[1]);
  return [
    wanted(0) ? b.sumTo(quotient, shapes[0]) : null,
    wanted(1) ? b.sumTo(scaleBy(b.mul(quotient, y), -1), shapes[1]) : null,
  ];
});

/** y = max(a, b) or min(a, b): g goes to the operand that won, on a tie to the second. */
const extremumRule = (op: 'Max' | 'Min'): VjpRule =>
  rule(({ b, x, shapes, wanted }, g) => {
    const [high, low] = op === 'Max' ? [x[0], x[1]] : [x[1], x[0]];
    const first = step(b, b.emit('Sub', [high, low]));
    return [
      wanted(0) ? b.sumTo(b.mul(g, first), shapes[0]) : null,
      wanted(1) ? b.sumTo(b.mul(g, b.emit('Sub', [b.scalar(1), first])), shapes[1]) : null,
    ];
  });

/** One or many operands as a chain of two. */
const pairwise: Lowering = ({ builder, node, inputs, output }) => {
  if (inputs.length === 1) builder.add('Identity', inputs, {}, output);
  inputs.slice(1).reduce((left, right, index) => {
    const last = index === inputs.length - 2;
    return builder.add(node.op, [left, right], {}, last ? output : undefined);
  }, inputs[0]);
};

const extremum = (op: 'Max' | 'Min') =>
  ({
    inputs: [1, many],
    attributes: {},
    shape: broadcast,
    definition: combined(Math[op === 'Max' ? 'max' : 'min']),
    vjp: extremumRule(op),
    lowering: pairwise,
    isComposite: ({ inputs }) => inputs.length !== 2,
  }) satisfies Family[string];

const clipShape: ShapeRule = (context) => {
  for (const index of [1, 2].filter((i) => context.node.inputs[i])) {
    if (context.shape(index).length !== 0) context.fail(say('network.bounds'));
  }
  return [context.shape(0)];
};

const bound = (input: Tensor | undefined, none: number): number => input?.data[0] ?? none;

/** Min(Max(x, low), high), whichever of them are given. */
const lowerClip: Lowering = ({ builder, inputs, output }) => {
  const [x, low, high] = inputs;
  if (!low && !high) builder.add('Identity', [x], {}, output);
  const raised = low ? builder.add('Max', [x, low], {}, high ? undefined : output) : x;
  if (high) builder.add('Min', [raised, high], {}, output);
};

const powShape: ShapeRule = (context) => {
  const exponent = context.constants.get(context.node.inputs[1]);
  if (exponent?.data.length !== 1) context.refuse(say('untrainable.oneExponent'));
  return broadcast(context);
};

/** Largest whole exponent that is written as products. */
const LARGEST_POWER = 8;

/** xᵖ by products for small whole p, √x for p = ½, else exp(p·log x); negative p by 1/x. */
const lowerPow: Lowering = ({ builder, inputs, output, refuse }) => {
  const [x] = inputs;
  const exponent = constantScalar(inputs[1], builder.constants);
  if (exponent === null) return refuse(say('untrainable.constantExponent'));
  const power = Math.abs(exponent);
  const inverse = exponent < 0;
  const last = inverse ? undefined : output;
  let result: string;
  if (power === 0.5) result = builder.add('Sqrt', [x], {}, last);
  else if (Number.isInteger(power) && power >= 1 && power <= LARGEST_POWER) {
    result = power === 1 ? builder.add('Identity', [x], {}, last) : x;
    for (let factor = 2; factor <= power; factor++) {
      result = builder.add('Mul', [result, x], {}, factor === power ? last : undefined);
    }
  } else if (Number.isInteger(power)) {
    return refuse(say('untrainable.exponent', { exponent }));
  } else {
    const scaled = builder.add('Mul', [builder.add('Log', [x]), builder.scalar(power)]);
    result = builder.add('Exp', [scaled], {}, last);
  }
  if (inverse) builder.add('Reciprocal', [result], {}, output);
};

export const arithmetic: Family = {
  /** y = a + b: da = db = g, summed over repeated axes. */
  Add: {
    ...binary,
    definition: combined((a, b) => a + b),
    vjp: rule(({ b, shapes, wanted }, g) =>
      shapes.map((shape, i) => (wanted(i) ? b.sumTo(g, shape) : null)),
    ),
  },
  Clip: {
    inputs: [1, 3],
    attributes: {},
    shape: clipShape,
    definition: (node, inputs) => {
      const [low, high] = [bound(inputs[1], -Infinity), bound(inputs[2], Infinity)];
      return mapped((x) => Math.min(Math.max(x, low), high))(node, inputs);
    },
    lowering: lowerClip,
  },
  Div: { ...binary, definition: combined((a, b) => a / b), vjp: divRule },
  Identity: {
    ...unary,
    definition: mapped((x) => x),
    vjp: elementwise((_, g) => g),
    isNoop: () => true,
  },
  Max: extremum('Max'),
  Min: extremum('Min'),
  Mul: { ...binary, definition: combined((a, b) => a * b), vjp: mulRule, broadcasts: true },
  Neg: { ...unary, definition: mapped((x) => -x), vjp: elementwise((_, g) => scaleBy(g, -1)) },
  Pow: {
    inputs: [2, 2],
    attributes: {},
    shape: powShape,
    definition: combined(Math.pow),
    lowering: lowerPow,
  },
  /** y = 1/x: dx = −g·y². */
  Reciprocal: {
    ...unary,
    definition: mapped((x) => 1 / x),
    vjp: elementwise(({ b, y }, g) => scaleBy(b.mul(g, b.emit('Mul', [y, y])), -1)),
  },
  /** y = a − b: da = g, db = −g, summed over repeated axes. */
  Sub: {
    ...binary,
    definition: combined((a, b) => a - b),
    vjp: rule(({ b, shapes, wanted }, g) =>
      [g, scaleBy(g, -1)].map((gi, i) => (wanted(i) ? b.sumTo(gi, shapes[i]) : null)),
    ),
  },
};
