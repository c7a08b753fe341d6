/** Parts of tensors: joined, cut out, surrounded, looked up. */
import { say } from '../../content';
import { isBatchDim, sameShape } from '../dims';
import { elementCount, type Shape } from '../graph';
import { constantInts, intAttribute, stringAttribute } from '../nodeView';
import { overBatch, rule, scaleBy, term } from './derivative';
import type { Definition, Family, ShapeContext, ShapeRule, Term, VjpRule } from './operator';
import { many } from './operator';
import { checkedAxes, checkedAxis, requiredInts } from './shape';
import { at, axisOf, fromFront, need, numbers, present, replaced, tabulate } from './tensor';

const concatShape: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  const shapes = node.inputs.map((_, index) => shape(index));
  const axis = checkedAxis(context, intAttribute(node, 'axis', 0), shapes[0].length);
  const rest = (s: Shape): Shape => s.map((dim, i) => (i === axis ? 0 : dim));
  const fits = shapes.every((s) => sameShape(rest(s), rest(shapes[0])));
  const symbolic = shapes.filter((s) => isBatchDim(s[axis])).length;
  if (!fits || (symbolic !== 0 && symbolic !== shapes.length)) {
    const written = shapes.map((s) => `[${s}]`).join(', ');
    fail(say('network.notJoined', { shapes: written, axis }));
  }
  const total = shapes.reduce((sum, s) => sum + s[axis], 0);
  return [shapes[0].map((dim, i) => (i === axis ? total : dim))];
};

const concat: Definition = (node, inputs) => {
  const parts = present(node, inputs, inputs.length);
  const axis = axisOf(node, 0, parts[0].shape.length);
  const total = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
  return [
    tabulate(replaced(parts[0].shape, axis, total), (index) => {
      let position = index[axis];
      let part = 0;
      while (position >= parts[part].shape[axis]) position -= parts[part++].shape[axis];
      return at(parts[part], replaced(index, axis, position));
    }),
  ];
};

/** y = concat(x₀, x₁, …): the gradients are the parts of g, cut out alone or split all at once. */
const concatRule = rule(({ node, b, shapes, wanted, refuse }, g) => {
  const rank = shapes[0].length;
  const axis = intAttribute(node, 'axis', 0);
  const normal = axis < 0 ? axis + rank : axis;
  const sizes = shapes.map((shape) => shape[normal]);
  const alone = shapes.filter((_, i) => wanted(i)).length === 1;
  if (sizes.some(isBatchDim)) {
    if (sizes.some((size) => size !== sizes[0])) refuse(overBatch());
  } else if (alone) {
    return shapes.map((shape, i) => {
      if (!wanted(i)) return null;
      const start = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
      const bounds = [[start], [start + shape[normal]], [normal]].map((v) => b.ints(v));
      return term(b.emit('Slice', [g.tensor, ...bounds]), g.scale);
    });
  }
  const parts = sizes.length === 1 ? [g.tensor] : b.split(g.tensor, normal, sizes);
  return parts.map((part, i) => (wanted(i) ? term(part, g.scale) : null));
});

const splitShape: ShapeRule = (context) => {
  const { node, shape, fail } = context;
  const input = shape(0);
  const axis = checkedAxis(context, intAttribute(node, 'axis', 0), input.length);
  const parts = node.outputs.length;
  const given = constantInts(node, 1, context.constants);
  if (given && isBatchDim(input[axis])) fail(say('network.batchSplit'));
  const sizes = given ?? node.outputs.map(() => input[axis] / parts);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length !== parts || total !== input[axis] || !sizes.every(Number.isInteger)) {
    const wanted = given ? `[${given}]` : parts;
    fail(say('network.notSplit', { dimension: input[axis], parts: wanted }));
  }
  return sizes.map((size) => input.map((dim, i) => (i === axis ? size : dim)));
};

const split: Definition = (node, inputs) => {
  const x = need(node, inputs, 0);
  const axis = axisOf(node, 0, x.shape.length);
  const parts = node.outputs.length;
  const sizes = numbers(inputs[1]) ?? node.outputs.map(() => x.shape[axis] / parts);
  return sizes.map((size, part) => {
    const start = sizes.slice(0, part).reduce((sum, value) => sum + value, 0);
    return tabulate(replaced(x.shape, axis, size), (index) =>
      at(x, replaced(index, axis, index[axis] + start)),
    );
  });
};

/** The scale that most terms have, so that few of them need a factor. */
function commonScale(terms: readonly (Term | null)[]): number {
  const scales = terms.flatMap((t) => (t ? [t.scale] : []));
  const count = (scale: number): number => scales.filter((other) => other === scale).length;
  return scales.reduce((best, scale) => (count(scale) > count(best) ? scale : best));
}

/** [y₀, y₁, …] = split(x): dx = concat(g₀, g₁, …), zeros where a part is unused. */
const splitRule: VjpRule = ({ node, builder: b }, gradients) => {
  if (gradients.every((g) => g === null)) return [null, null];
  const axis = intAttribute(node, 'axis', 0);
  const scale = commonScale(gradients);
  const parts = gradients.map((g, i) => {
    if (g === null) return b.emit('Sub', [node.outputs[i], node.outputs[i]]);
    return b.materialise(scaleBy(g, 1 / scale));
  });
  return [term(b.emit('Concat', parts, { axis }), scale), null];
};

/** First element and length of what Slice keeps of every axis of its input. */
export function sliceBounds(context: ShapeContext): { start: number; length: number }[] {
  const shape = context.shape(0);
  const [starts, ends] = [requiredInts(context, 1), requiredInts(context, 2)];
  const axes = constantInts(context.node, 3, context.constants) ?? starts.map((_, i) => i);
  const steps = constantInts(context.node, 4, context.constants) ?? starts.map(() => 1);
  if (steps.some((step) => step !== 1)) context.refuse(say('untrainable.steps'));
  const bounds = shape.map((dim) => ({ start: 0, length: dim }));
  checkedAxes(context, axes, shape.length).forEach((axis, i) => {
    const dim = shape[axis];
    if (isBatchDim(dim)) context.refuse(say('untrainable.alongBatch'));
    const inside = (value: number): number =>
      Math.min(Math.max(value < 0 ? value + dim : value, 0), dim);
    const start = inside(starts[i]);
    bounds[axis] = { start, length: Math.max(inside(ends[i]) - start, 0) };
  });
  return bounds;
}

const slice: Definition = (node, inputs) => {
  const [x, first, last] = present(node, inputs, 3);
  const axes = numbers(inputs[3]) ?? Array.from(first.data, (_, i) => i);
  const start = x.shape.map(() => 0);
  const shape = [...x.shape];
  axes.forEach((given, i) => {
    const axis = fromFront(given, x.shape.length);
    const dim = x.shape[axis];
    const inside = (value: number): number =>
      Math.min(Math.max(value < 0 ? value + dim : value, 0), dim);
    start[axis] = inside(first.data[i]);
    shape[axis] = Math.max(inside(last.data[i]) - start[axis], 0);
  });
  return [
    tabulate(shape, (index) =>
      at(
        x,
        index.map((i, axis) => i + start[axis]),
      ),
    ),
  ];
};

/** y = x[start:end]: dx is g with zeros around it. */
const sliceRule: VjpRule = (context, [g]) => {
  const { builder: b } = context;
  if (!g) return [null];
  const bounds = sliceBounds(context);
  const shape = context.shape(0);
  const before = bounds.map(({ start }) => start);
  const after = bounds.map(({ start, length }, axis) => shape[axis] - start - length);
  return [term(b.emit('Pad', [g.tensor, b.ints([...before, ...after])]), g.scale)];
};

const padShape: ShapeRule = (context) => {
  const { node, shape, fail, refuse } = context;
  const input = shape(0);
  const pads = requiredInts(context, 1);
  const fill = constantInts(node, 2, context.constants);
  if (stringAttribute(node, 'mode', 'constant') !== 'constant' || fill?.some((f) => f !== 0)) {
    refuse(say('untrainable.padValue'));
  }
  if (pads.length !== 2 * input.length)
    fail(say('network.pads', { pads: pads.length, rank: input.length }));
  if (pads.some((p) => p < 0)) refuse(say('untrainable.negativePads'));
  return [
    input.map((dim, axis) => {
      const extra = pads[axis] + pads[axis + input.length];
      if (isBatchDim(dim) && extra !== 0) refuse(say('untrainable.alongBatch'));
      return dim + extra;
    }),
  ];
};

const pad: Definition = (node, inputs) => {
  const [x, pads] = present(node, inputs, 2);
  const rank = x.shape.length;
  const shape = x.shape.map((dim, axis) => dim + pads.data[axis] + pads.data[axis + rank]);
  return [
    tabulate(shape, (index) => {
      const source = index.map((i, axis) => i - pads.data[axis]);
      return source.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(x, source) : 0;
    }),
  ];
};

/** y = x with zeros around it: dx is the inner part of g. */
const padRule = rule(({ node, b, constants, shapes }, g) => {
  const rank = shapes[0].length;
  const pads = constantInts(node, 1, constants) ?? [];
  const axes = shapes[0].flatMap((_, axis) => (pads[axis] + pads[axis + rank] > 0 ? [axis] : []));
  if (axes.length === 0) return [g];
  const starts = axes.map((axis) => pads[axis]);
  const ends = axes.map((axis) => pads[axis] + shapes[0][axis]);
  const bounds = [starts, ends, axes].map((values) => b.ints(values));
  return [term(b.emit('Slice', [g.tensor, ...bounds]), g.scale)];
});

const gatherShape: ShapeRule = (context) => {
  const { node, shape, refuse, fail } = context;
  if (intAttribute(node, 'axis', 0) !== 0) refuse(say('untrainable.axis'));
  const data = shape(0);
  if (data.length === 0 || isBatchDim(data[0])) fail(say('network.notATable'));
  return [[...shape(1), ...data.slice(1)]];
};

const gather: Definition = (node, inputs) => {
  const [table, rows] = present(node, inputs, 2);
  const [count, ...item] = table.shape;
  return [
    tabulate([...rows.shape, ...item], (index) => {
      const row = at(rows, index.slice(0, rows.shape.length));
      const inItem = index.slice(rows.shape.length);
      return at(table, [fromFront(row, count), ...inItem]);
    }),
  ];
};

/** y = table[rows]: d(table) = onehot(rows)ᵀ·g, where onehot(rows) is the identity matrix looked up at rows. */
const gatherRule = rule(({ b, x, shapes }, g) => {
  const [size, ...item] = shapes[0];
  const hot = b.rows(term(b.emit('Gather', [b.identityMatrix(size), x[1]], { axis: 0 })));
  const count = elementCount(item);
  const rows = b.shape(hot.tensor)[0];
  const table = b.gemm(hot, b.reshape(g, [rows, count]), true, false);
  return [b.reshape(table, shapes[0]), null];
});

export const indexing: Family = {
  Concat: {
    inputs: [1, many],
    attributes: { axis: 'int' },
    shape: concatShape,
    definition: concat,
    vjp: concatRule,
  },
  Gather: {
    inputs: [2, 2],
    attributes: { axis: 'int' },
    integers: [1],
    shape: gatherShape,
    definition: gather,
    vjp: gatherRule,
  },
  Pad: {
    inputs: [2, 3],
    attributes: { mode: 'string' },
    integers: [1],
    shape: padShape,
    definition: pad,
    vjp: padRule,
  },
  Slice: {
    inputs: [3, 5],
    attributes: {},
    integers: [1, 2, 3, 4],
    shape: (context) => [sliceBounds(context).map(({ length }) => length)],
    definition: slice,
    vjp: sliceRule,
  },
  Split: {
    inputs: [1, 2],
    attributes: { axis: 'int' },
    integers: [1],
    shape: splitShape,
    definition: split,
    vjp: splitRule,
  },
};
