/** Parts of tensors: joined, cut out, surrounded, looked up. */
import { say } from '../../../content';
import { intAttribute } from '../../../onnx/nodeView';
import { unsupportedOperator } from '../../../onnx/operators';
import { sliceBounds } from '../../../onnx/operators/indexing';
import { shapeContext } from '../../../onnx/passes/shapes';
import { shapeSize } from '../sizes';
import { ints, outputShape, positive, type Rule, type Rules } from './rule';

const concat: Rule = (context, ...parts) => {
  const shape = outputShape(context);
  const axis = positive(intAttribute(context.node, 'axis', 0), shape.length);
  return context.make.join(parts, axis, shape);
};

const split: Rule = (context, x) => {
  const { node, make } = context;
  const axis = positive(intAttribute(node, 'axis', 0), x.shape.length);
  let start = 0;
  return node.outputs.map((_, output) => {
    const shape = outputShape(context, output);
    const starts = x.shape.map((_dim, i) => (i === axis ? start : 0));
    start += shape[axis];
    return make.slice(x, starts, shape);
  });
};

const slice: Rule = (context, x) => {
  const { node, infos, constants, make } = context;
  const starts = sliceBounds(shapeContext(node, (name) => infos.get(name)?.shape, constants)).map(
    ({ start }) => start,
  );
  return make.slice(x, starts, outputShape(context));
};

/** Rows looked up by constant indices: of a constant table by copying, otherwise a product with one-hot rows. */
const gather: Rule = (context, table) => {
  const { node, make, constants } = context;
  const found = constants.get(node.inputs[1]);
  if (!found) throw unsupportedOperator(node, say('untrainable.kernelIndices'));
  const [rows, ...item] = table.shape;
  const indices = Array.from(found.data, Number).map((index) => (index < 0 ? index + rows : index));
  const itemSize = shapeSize(item);
  if (table.kind === 'constant') {
    const { data } = table;
    const picked = indices.flatMap((row) => [
      ...data.subarray(row * itemSize.count, (row + 1) * itemSize.count),
    ]);
    return make.constant(node.name, outputShape(context), Float32Array.from(picked));
  }
  const hot = new Float32Array(indices.length * rows);
  indices.forEach((row, i) => (hot[i * rows + row] = 1));
  const selector = make.broadcast(make.constant(node.name, [indices.length, rows], hot), [
    indices.length,
    rows,
  ]);
  const flat = make.reshape(table, [rows, itemSize.power > 0 ? -itemSize.count : itemSize.count]);
  return make.reshape(make.matmul(selector, flat), outputShape(context));
};

export const indexing: Rules = {
  Concat: concat,
  Gather: gather,
  Pad: (context, x) =>
    context.make.pad(x, ints(context, 1)!.slice(0, x.shape.length), outputShape(context)),
  Slice: slice,
  Split: split,
};
