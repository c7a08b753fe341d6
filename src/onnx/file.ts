/**
 * ONNX files in and out. Only this file knows the protobuf messages (onnx-buf); everything else works on `Graph`.
 *
 * A dimension named by text (dim_param) is the batch and becomes −1. Tensors are float32 or int64 and lie inside the
 * file. Encoding is deterministic: the same graph gives the same bytes.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProtoSchema,
  TypeProto_TensorSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import type {
  AttributeProto,
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from 'onnx-buf';
import { EspalierError } from '../core/errors';
import type { AttributeValue, Constant, Graph, GraphNode, ValueInfo } from './graph';
import { operators } from './operators';

const IR_VERSION = 10n;
/** Gelu needs 20; ReduceMean still takes its axes as an attribute up to 17. */
const OPSET = 17n;
const OPSET_WITH_GELU = 20n;

const text = new TextDecoder();
const utf8 = new TextEncoder();

/** @throws EspalierError 'bad-model' when the bytes are not an ONNX file or use what is not supported. */
export function decodeModel(bytes: Uint8Array): Graph {
  const model = parse(bytes);
  if (!model.graph || model.graph.node.length === 0) {
    throw badModel('The file is not an ONNX model: it holds no graph.');
  }
  const constants = new Map<string, Constant>();
  for (const tensor of model.graph.initializer) constants.set(tensor.name, decodeTensor(tensor));
  const nodes: GraphNode[] = [];
  model.graph.node.forEach((node, i) => {
    const value = node.opType === 'Constant' ? constantValue(node) : null;
    if (value) constants.set(node.output[0], decodeTensor(value));
    else nodes.push(decodeNode(node, i));
  });
  return {
    name: model.graph.name,
    inputs: decodeValues(model.graph, 'input').filter(({ name }) => !constants.has(name)),
    outputs: decodeValues(model.graph, 'output'),
    constants,
    nodes,
    metadata: Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value])),
  };
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw badModel('The file is not an ONNX model: its bytes cannot be read as one.');
  }
}

const badModel = (message: string): EspalierError =>
  new EspalierError('bad-model', message, 'The policy in use was kept. Choose another .onnx file.');

const constantValue = (node: NodeProto): TensorProto | null =>
  node.attribute.find(({ name }) => name === 'value')?.t ?? null;

function decodeNode(node: NodeProto, index: number): GraphNode {
  const name = node.name || `${node.opType}_${index}`;
  const op =
    node.domain === '' || node.domain === 'ai.onnx' ? node.opType : `${node.domain}.${node.opType}`;
  return {
    name,
    op,
    inputs: [...node.input],
    outputs: [...node.output],
    attributes: Object.fromEntries(
      node.attribute.map((attribute) => [attribute.name, decodeAttribute(name, attribute)]),
    ),
  };
}

function decodeAttribute(node: string, attribute: AttributeProto): AttributeValue {
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return attribute.f;
    case AttributeType.INT:
      return Number(attribute.i);
    case AttributeType.STRING:
      return text.decode(attribute.s);
    case AttributeType.FLOATS:
      return [...attribute.floats];
    case AttributeType.INTS:
      return attribute.ints.map(Number);
    default:
      throw badModel(
        `Node "${node}" has an attribute "${attribute.name}" of a kind that is not supported.`,
      );
  }
}

function decodeTensor(tensor: TensorProto): Constant {
  if (tensor.dataLocation === DataLocation.EXTERNAL) {
    throw badModel(`Tensor "${tensor.name}" is stored outside the file, which is not supported.`);
  }
  const shape = tensor.dims.map(Number);
  // A copy, because raw data need not be aligned (engine.md, pitfall 15).
  const raw = tensor.rawData.slice().buffer;
  const hasRaw = tensor.rawData.byteLength > 0;
  switch (tensor.dataType) {
    case DataType.FLOAT:
      return { shape, data: hasRaw ? new Float32Array(raw) : Float32Array.from(tensor.floatData) };
    case DataType.INT64:
      return {
        shape,
        data: hasRaw ? new BigInt64Array(raw) : BigInt64Array.from(tensor.int64Data),
      };
    default:
      throw badModel(
        `Tensor "${tensor.name}" is of type ${DataType[tensor.dataType] ?? tensor.dataType}; only float32 and int64 are supported.`,
      );
  }
}

function decodeValues(graph: GraphProto, side: 'input' | 'output'): ValueInfo[] {
  return graph[side].map((info) => {
    const type = info.type?.value;
    if (type?.case !== 'tensorType' || !type.value.shape) {
      throw badModel(`The ${side} "${info.name}" has no tensor shape.`);
    }
    const element = type.value.elemType as DataType;
    if (element !== DataType.FLOAT && element !== DataType.INT64) {
      throw badModel(
        `The ${side} "${info.name}" is of type ${DataType[element]}; float32 is needed.`,
      );
    }
    const shape = type.value.shape.dim.map(({ value }) =>
      value.case === 'dimValue' ? Number(value.value) : -1,
    );
    return { name: info.name, shape, type: element === DataType.FLOAT ? 'float32' : 'int64' };
  });
}

/** The graph as an ONNX file. Batch dimensions are named N. */
export function encodeModel(graph: Graph): Uint8Array<ArrayBuffer> {
  const needsGelu = graph.nodes.some(({ op }) => op === 'Gelu');
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'espalier',
    opsetImport: [
      create(OperatorSetIdProtoSchema, { version: needsGelu ? OPSET_WITH_GELU : OPSET }),
    ],
    graph: create(GraphProtoSchema, {
      name: graph.name,
      node: graph.nodes.map(encodeNode),
      initializer: [...graph.constants].map(([name, constant]) => encodeTensor(name, constant)),
      input: graph.inputs.map(encodeValue),
      output: graph.outputs.map(encodeValue),
    }),
    metadataProps: Object.entries(graph.metadata).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
  return toBinary(ModelProtoSchema, model);
}

function encodeNode({ name, op, inputs, outputs, attributes }: GraphNode): NodeProto {
  const kinds = operators[op]?.attributes ?? {};
  return create(NodeProtoSchema, {
    name,
    opType: op,
    input: [...inputs],
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) =>
      encodeAttribute(key, kinds[key], value),
    ),
  });
}

/** The type is the schema's, not the number's look: 1 is a float for alpha and an int for transA (pitfall 14). */
function encodeAttribute(
  name: string,
  kind: 'int' | 'float' | 'ints' | 'string' | undefined,
  value: AttributeValue,
): AttributeProto {
  if (typeof value === 'string') {
    const s = utf8.encode(value);
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s });
  }
  if (typeof value !== 'number') {
    const ints = value.map((n) => BigInt(n));
    return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints });
  }
  return kind === 'float'
    ? create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value })
    : create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
}

function encodeTensor(name: string, { shape, data }: Constant): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map((dim) => BigInt(dim)),
    dataType: data instanceof Float32Array ? DataType.FLOAT : DataType.INT64,
    rawData: new Uint8Array(data.slice().buffer as ArrayBuffer),
  });
}

function encodeValue({ name, shape, type }: ValueInfo): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        size < 0
          ? { case: 'dimParam', value: size === -1 ? 'N' : `${-size}N` }
          : { case: 'dimValue', value: BigInt(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: type === 'float32' ? DataType.FLOAT : DataType.INT64,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } }),
  });
}
