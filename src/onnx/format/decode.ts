/**
 * Reads an ONNX file into a graph. What the file says is checked, not trusted: everything wrong is collected and refused
 * in one error.
 *
 * Opset 13 and newer are read; the few operators that changed since are brought to their form of opset 17 (ReduceMean's
 * axes, Constant nodes). A symbolic dimension of any name is the batch N. A float16 constant that is only ever cast to
 * float32 is read as the float32 constant behind the Cast. Twin: encode.ts.
 */
import { fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import { fromHalves } from './float16';
import type { AttributeValue, Constant, ElementType, Graph, GraphNode, ValueInfo } from '../graph';

const OLDEST_OPSET = 13n;

/** Collects what is wrong with a file. */
type Report = (problem: string) => void;

/**
 * The graph in `bytes`. Operators are not checked here, so that any network can be looked at. Throws `bad-model`, with
 * every problem in `details`, for bytes that are not an ONNX file, for element types other than float32 and int64, for
 * weights kept in another file, and for opsets older than 13.
 */
export function decodeModel(bytes: Uint8Array): Graph {
  const model = parse(bytes);
  const problems: string[] = [];
  const graph = readGraph(model, (problem) => problems.push(problem));
  if (problems.length > 0) {
    const key = problems.length > 1 ? 'onnxFileMore' : 'onnxFile';
    throw new EspalierError('bad-model', key, { problem: problems[0] }, problems);
  }
  return graph;
}

function parse(bytes: Uint8Array): ModelProto & { graph: GraphProto } {
  const refusal = new EspalierError('bad-model', 'notOnnx', {}, [say('network.notOnnx')]);
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch {
    throw refusal;
  }
  const { graph, irVersion, opsetImport } = model;
  if (!graph || irVersion <= 0n || opsetImport.length === 0 || graph.output.length === 0) {
    throw refusal;
  }
  return { ...model, graph };
}

function readGraph(
  { graph, opsetImport, metadataProps }: ReturnType<typeof parse>,
  report: Report,
) {
  const opset = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version;
  if (opset === undefined || opset < OLDEST_OPSET) {
    report(
      opset === undefined ? say('network.noOpset') : say('network.opset', { opset: String(opset) }),
    );
  }
  if (graph.sparseInitializer.length > 0) report(say('network.sparse'));
  const reader = new ConstantReader(graph, report);
  for (const tensor of graph.initializer) reader.read(tensor.name, tensor);
  const nodes = readNodes(graph.node, reader, report);
  const { constants } = reader;
  const stored = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !stored.has(name));
  return axesAsAttributes({
    name: graph.name,
    inputs: inputs.map((value) => readValue('input', value, report)),
    outputs: graph.output.map((value) => readValue('output', value, report)),
    constants,
    nodes,
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
  });
}

const typeName = (type: number): string => (DataType[type] ?? `type ${type}`).toLowerCase();

function elementType(type: number): ElementType | null {
  if (type === DataType.FLOAT) return 'float32';
  return type === DataType.INT64 ? 'int64' : null;
}

function readValue(role: 'input' | 'output', value: ValueInfoProto, report: Report): ValueInfo {
  const { name, type } = value;
  const tensor = type?.value.case === 'tensorType' ? type.value.value : null;
  if (!tensor) report(say(`network.${role}NotTensor`, { name }));
  const found = elementType(tensor?.elemType ?? DataType.FLOAT);
  if (!found) report(say(`network.${role}Type`, { name, type: typeName(tensor!.elemType) }));
  const dims = tensor?.shape?.dim ?? [];
  const shape = dims.map(({ value: dim }) => {
    if (dim.case === 'dimValue') return Number(dim.value);
    const multiple = dim.case === 'dimParam' ? /^(\d+)\*/.exec(dim.value) : null;
    return multiple ? -Number(multiple[1]) : -1;
  });
  return { name, shape, type: found ?? 'float32' };
}

/** Collects constants, and with them the Cast nodes that disappear into them. */
class ConstantReader {
  readonly constants = new Map<string, Constant>();
  /** Outputs of the Cast nodes that became constants. */
  readonly folded = new Set<string>();
  /** Tensors that are only cast to float32, with what the Casts are called. */
  readonly #widened: ReadonlyMap<string, readonly string[]>;

  constructor(
    graph: GraphProto,
    private readonly report: Report,
  ) {
    this.#widened = onlyWidened(graph);
  }

  read(name: string, tensor: TensorProto): void {
    const shape = tensor.dims.map(Number);
    const count = shape.reduce((product, dim) => product * dim, 1);
    const type = elementType(tensor.dataType);
    const widened = tensor.dataType === DataType.FLOAT16 ? this.#widened.get(name) : undefined;
    if (tensor.dataLocation === DataLocation.EXTERNAL || tensor.externalData.length > 0) {
      this.report(say('network.external', { name }));
    } else if (!type && !widened) {
      this.report(say('network.constantType', { name, type: typeName(tensor.dataType) }));
    } else {
      const data = widened
        ? halvesOf(tensor)
        : type === 'int64'
          ? longsOf(tensor)
          : floatsOf(tensor);
      if (data.length !== count) {
        this.report(say('network.constantLength', { name, held: data.length, count }));
      }
      for (const own of widened ?? [name]) this.constants.set(own, { shape, data });
      widened?.forEach((output) => this.folded.add(output));
    }
  }
}

function onlyWidened({ node, output }: GraphProto): Map<string, string[]> {
  const results = new Set(output.map(({ name }) => name));
  const widened = new Map<string, string[]>();
  const otherwise = new Set<string>();
  for (const { opType, domain, input, output: outputs, attribute } of node) {
    const to = attribute.find(({ name }) => name === 'to')?.i;
    const widens = opType === 'Cast' && domain === '' && to === BigInt(DataType.FLOAT);
    for (const name of input) {
      if (!widens || results.has(outputs[0])) otherwise.add(name);
      else widened.set(name, [...(widened.get(name) ?? []), outputs[0]]);
    }
  }
  for (const name of [...otherwise, ...results]) widened.delete(name);
  return widened;
}

/** A copy of the raw bytes, which in a file start at any address (docs/engine.md §5, no. 15). */
const aligned = (raw: Uint8Array, size: number): ArrayBuffer =>
  raw.slice(0, raw.length - (raw.length % size)).buffer;

function floatsOf({ rawData, floatData }: TensorProto): Float32Array {
  return rawData.length > 0 ? new Float32Array(aligned(rawData, 4)) : Float32Array.from(floatData);
}

function halvesOf({ rawData, int32Data }: TensorProto): Float32Array {
  return fromHalves(
    rawData.length > 0 ? new Uint16Array(aligned(rawData, 2)) : Uint16Array.from(int32Data),
  );
}

function longsOf({ rawData, int64Data }: TensorProto): BigInt64Array {
  return rawData.length > 0
    ? new BigInt64Array(aligned(rawData, 8))
    : BigInt64Array.from(int64Data);
}

function readNodes(
  protos: readonly NodeProto[],
  reader: ConstantReader,
  report: Report,
): GraphNode[] {
  const taken = new Set(protos.map(({ name }) => name));
  const seen = new Set<string>();
  const nodes: GraphNode[] = [];
  protos.forEach((proto, index) => {
    if (proto.opType === 'Constant') {
      readConstantNode(proto, reader, report);
      return;
    }
    if (reader.folded.has(proto.output[0])) return;
    let { name } = proto;
    for (let copy = index; name === '' || seen.has(name); copy++) {
      const candidate = `${proto.name || proto.opType}_${copy}`;
      name = taken.has(candidate) ? '' : candidate;
    }
    seen.add(name);
    taken.add(name);
    const standard = proto.domain === '' || proto.domain === 'ai.onnx';
    nodes.push({
      name,
      op: standard ? proto.opType : `${proto.domain}.${proto.opType}`,
      inputs: proto.input,
      outputs: proto.output,
      attributes: readAttributes(proto, name),
    });
  });
  return nodes;
}

function readAttributes(proto: NodeProto, node: string): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const attribute of proto.attribute) {
    if (proto.opType === 'Split' && attribute.name === 'num_outputs') continue;
    const value = attributeValue(attribute);
    if (value === null) {
      const params = { op: proto.opType, node, attribute: attribute.name };
      const details = [say('network.attribute', params)];
      throw new EspalierError('unsupported-operator', 'unreadableAttribute', params, details);
    }
    attributes[attribute.name] = value;
  }
  return attributes;
}

function attributeValue(attribute: AttributeProto): AttributeValue | null {
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return attribute.f;
    case AttributeType.INT:
      return Number(attribute.i);
    case AttributeType.STRING:
      return new TextDecoder().decode(attribute.s);
    case AttributeType.FLOATS:
      return attribute.floats;
    case AttributeType.INTS:
      return attribute.ints.map(Number);
    default:
      return null;
  }
}

function readConstantNode(
  { name, output, attribute }: NodeProto,
  reader: ConstantReader,
  report: Report,
): void {
  const [value] = attribute;
  const plain = value && value.type !== AttributeType.TENSOR ? attributeValue(value) : null;
  if (value?.t) reader.read(output[0], value.t);
  else if (plain !== null && typeof plain !== 'string') {
    const list = typeof plain === 'number' ? [plain] : plain;
    const whole = value.type === AttributeType.INT || value.type === AttributeType.INTS;
    const data = whole ? BigInt64Array.from(list, BigInt) : Float32Array.from(list);
    reader.constants.set(output[0], {
      shape: typeof plain === 'number' ? [] : [list.length],
      data,
    });
  } else report(say('network.constantNode', { name }));
}

/** ReduceMean of opset 18 and newer has constant axes as an input; here they are an attribute, as in opset 17. */
function axesAsAttributes(graph: Graph): Graph {
  const moved = new Set<string>();
  const nodes = graph.nodes.map((node) => {
    const axes = graph.constants.get(node.inputs[1]);
    if (node.op !== 'ReduceMean' || !axes) return node;
    moved.add(node.inputs[1]);
    const { noop_with_empty_axes: _, ...rest } = node.attributes;
    const attributes = { ...rest, axes: Array.from(axes.data, Number) };
    return { ...node, inputs: node.inputs.slice(0, 1), attributes };
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const constants = [...graph.constants].filter(([name]) => !moved.has(name) || used.has(name));
  return { ...graph, nodes, constants: new Map(constants) };
}
