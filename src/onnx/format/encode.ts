/**
 * Writes a graph as an ONNX file. Equal graphs give equal bytes.
 *
 * The format is onnx.proto of ONNX 1.20 (through onnx-buf); files say IR version 8 and opset 17, or IR version 9 and
 * opset 20 where Gelu is used. Attributes get the type that the operator's schema demands (docs/engine.md §5, no. 14).
 *
 * Weights may be stored in half precision: a float16 initialiser and a Cast to float32 behind it, which any runtime
 * can run and which halves the file. Twin: decode.ts.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type AttributeProto,
  type NodeProto,
  type StringStringEntryProto,
  type TensorProto,
} from 'onnx-buf';
import { say } from '../../content';
import { toHalf, fromHalf, toHalves } from './float16';
import type { AttributeValue, Constant, Graph, GraphNode, Shape, ValueInfo } from '../graph';
import { badNode } from '../nodeView';
import { operatorOf } from '../operators';
import type { AttributeKind } from '../operators/operator';

/** The name of the batch dimension in files. */
export const BATCH_NAME = 'N';

/** Opset at which ReduceMean takes its axes as an input, and Gelu exists. */
const GELU_OPSET = 20;

export interface EncodeOptions {
  /** 'float16' rounds the weights listed in the metadata entry `parameters`; other constants keep their values. */
  readonly weights?: 'float32' | 'float16';
}

/** Constants without loss in half precision are stored so from this many numbers on; below, the Cast costs more. */
const WORTH_A_CAST = 256;

/**
 * The ONNX file of `graph`. Throws `unsupported-operator` for an operator outside the set, whose attribute types are
 * not known here.
 */
export function encodeModel(
  graph: Graph,
  { weights = 'float32' }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const halves = weights === 'float16' ? storedAsHalf(graph) : new Set<string>();
  const modern = graph.nodes.some(({ op }) => op === 'Gelu');
  const prepared = modern ? withAxesAsInputs(graph) : graph;
  const model = create(ModelProtoSchema, {
    irVersion: modern ? 9n : 8n,
    opsetImport: [{ domain: '', version: modern ? BigInt(GELU_OPSET) : 17n }],
    producerName: 'espalier',
    metadataProps: entries(graph.metadata),
    graph: {
      name: graph.name,
      node: [...[...halves].map(castNode), ...prepared.nodes.map(encodeNode)],
      initializer: [...prepared.constants].map(([name, constant]) =>
        halves.has(name) ? encodeHalf(halfName(name), constant) : encodeTensor(name, constant),
      ),
      input: prepared.inputs.map(encodeValue),
      output: prepared.outputs.map(encodeValue),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

const halfName = (name: string): string => `${name}/float16`;

/** Names of the constants that are stored in half precision: weights, and large tables that lose nothing by it. */
function storedAsHalf(graph: Graph): Set<string> {
  const parameters = new Set(JSON.parse(graph.metadata['parameters'] ?? '[]') as string[]);
  const lossless = (data: Float32Array): boolean =>
    data.length >= WORTH_A_CAST && data.every((value) => Object.is(fromHalf(toHalf(value)), value));
  const chosen = [...graph.constants].filter(
    ([name, { data }]) => data instanceof Float32Array && (parameters.has(name) || lossless(data)),
  );
  return new Set(chosen.map(([name]) => name));
}

function castNode(name: string): NodeProto {
  return create(NodeProtoSchema, {
    name: `${name}/cast`,
    opType: 'Cast',
    input: [halfName(name)],
    output: [name],
    attribute: [encodeAttribute('to', 'int', DataType.FLOAT)],
  });
}

function encodeHalf(name: string, { shape, data }: Constant): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: DataType.FLOAT16,
    rawData: new Uint8Array(toHalves(data as Float32Array).buffer),
  });
}

function entries(metadata: Readonly<Record<string, string>>): StringStringEntryProto[] {
  return Object.keys(metadata)
    .sort()
    .map((key) => create(StringStringEntryProtoSchema, { key, value: metadata[key] }));
}

function withAxesAsInputs(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.map((node) => {
    const { axes, ...attributes } = node.attributes;
    if (node.op !== 'ReduceMean' || axes === undefined) return node;
    const name = `${node.name}/axes`;
    const data = BigInt64Array.from(axes as readonly number[], BigInt);
    constants.set(name, { shape: [data.length], data });
    return { ...node, inputs: [...node.inputs, name], attributes };
  });
  return { ...graph, constants, nodes };
}

function encodeNode(node: GraphNode): NodeProto {
  // ReduceMean has its axes as a second input in newer opsets only, so the schema is asked without it.
  const { attributes: kinds } = operatorOf(
    node.op === 'ReduceMean' ? { ...node, inputs: node.inputs.slice(0, 1) } : node,
  );
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.keys(node.attributes)
      .sort()
      .map((name) => {
        const kind = kinds[name];
        if (!kind) throw badNode(node, say('network.noAttribute', { name }));
        return encodeAttribute(name, kind, node.attributes[name]);
      }),
  });
}

function encodeAttribute(name: string, kind: AttributeKind, value: AttributeValue): AttributeProto {
  switch (kind) {
    case 'int':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.INT,
        i: BigInt(value as number),
      });
    case 'float':
      return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value as number });
    case 'ints':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.INTS,
        ints: (value as readonly number[]).map(BigInt),
      });
    case 'string':
      return create(AttributeProtoSchema, {
        name,
        type: AttributeType.STRING,
        s: new TextEncoder().encode(value as string),
      });
  }
}

function encodeTensor(name: string, { shape, data }: Constant): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: data instanceof Float32Array ? DataType.FLOAT : DataType.INT64,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(),
  });
}

function encodeValue({ name, shape, type }: ValueInfo): {
  name: string;
  type: { value: { case: 'tensorType'; value: ReturnType<typeof tensorType> } };
} {
  const value = tensorType(shape, type === 'float32' ? DataType.FLOAT : DataType.INT64);
  return { name, type: { value: { case: 'tensorType', value } } };
}

function tensorType(shape: Shape, elemType: DataType) {
  const dim = shape.map((size) =>
    size < 0
      ? {
          value: {
            case: 'dimParam' as const,
            value: size === -1 ? BATCH_NAME : `${-size}*${BATCH_NAME}`,
          },
        }
      : { value: { case: 'dimValue' as const, value: BigInt(size) } },
  );
  return { elemType, shape: { dim } };
}
