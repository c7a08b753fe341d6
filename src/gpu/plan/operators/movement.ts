/** The same elements in another shape or order, or repeated: views, which cost nothing. */
import { intsAttribute } from '../../../onnx/nodeView';
import { outputShape, type Rule, type Rules } from './rule';

const reshaped: Rule = (context, x) => context.make.reshape(x, outputShape(context));

export const movement: Rules = {
  Expand: (context, x) => context.make.broadcast(x, outputShape(context)),
  Flatten: reshaped,
  Reshape: reshaped,
  Squeeze: reshaped,
  Transpose: ({ node, make }, x) =>
    make.transpose(x, intsAttribute(node, 'perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i)),
  Unsqueeze: reshaped,
};
