import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type ModelProto,
} from 'onnx-buf';
import { describe, expect, test } from 'vitest';
import { EspalierError } from '../../core/errors';
import { GraphBuilder } from '../builder';
import { decodeModel } from './decode';
import { encodeModel } from './encode';
import { roundedToHalf } from './float16';
import type { Graph } from '../graph';
import { buildWorkload } from '../models/workloads';
import { testNormal } from '../models/testNormal';
import { policyFromGraph } from '../policy';
import { networks, tinyMlp } from '../testNetworks';
import { operatorCases } from '../operators/testOperators';

/** The file of the tiny MLP after `change`. */
function changed(change: (model: ModelProto) => void, graph = tinyMlp()): Uint8Array {
  const model = fromBinary(ModelProtoSchema, encodeModel(graph));
  change(model);
  return toBinary(ModelProtoSchema, model);
}

function refusal(bytes: Uint8Array): EspalierError {
  try {
    decodeModel(bytes);
  } catch (error) {
    if (error instanceof EspalierError) return error;
    throw error;
  }
  throw new Error('The file was accepted.');
}

describe('a graph survives being written and read', () => {
  test.each(networks)('%s and its gradient', (_, build) => {
    const graph = build();
    expect(decodeModel(encodeModel(graph))).toEqual(graph);
    const { gradient } = policyFromGraph(graph);
    expect(decodeModel(encodeModel(gradient))).toEqual(gradient);
  });

  test.each(operatorCases)('$title', ({ graph }) => {
    expect(decodeModel(encodeModel(graph))).toEqual(graph);
  });

  test('metadata is kept', () => {
    const graph = { ...tinyMlp(), metadata: { seed: '7', 'data set': 'ring “8”' } };
    expect(decodeModel(encodeModel(graph)).metadata).toEqual(graph.metadata);
  });

  test('from any place in memory', () => {
    const bytes = encodeModel(tinyMlp());
    for (const offset of [1, 2, 3]) {
      const shifted = new Uint8Array(bytes.length + offset);
      shifted.set(bytes, offset);
      expect(decodeModel(shifted.subarray(offset))).toEqual(tinyMlp());
    }
  });

  test('equal graphs give equal bytes, whatever the order of their metadata and attributes', () => {
    const reordered = (graph: Graph): Graph => ({
      ...graph,
      metadata: Object.fromEntries(Object.entries(graph.metadata).reverse()),
      nodes: graph.nodes.map((node) => ({
        ...node,
        attributes: Object.fromEntries(Object.entries(node.attributes).reverse()),
      })),
    });
    const { gradient } = policyFromGraph(tinyMlp());
    expect(encodeModel(reordered(gradient))).toEqual(encodeModel(gradient));
  });

  test('the batch is called N, and multiples of it k*N', () => {
    const builder = new GraphBuilder('g');
    const x = builder.input('x', [-1, 3, 2]);
    builder.output(builder.add('Reshape', [x, builder.ints([-1, 2])], {}, 'rows'));
    const { graph } = fromBinary(ModelProtoSchema, encodeModel(builder.build()));
    const names = [...graph!.input, ...graph!.output].map(({ type }) =>
      type?.value.case === 'tensorType' ? type.value.value.shape?.dim[0].value.value : null,
    );
    expect(names).toEqual(['N', '3*N']);
  });

  test('DiT-small is a file of 2.6 MB, of which the weights are all but 3 %', () => {
    const { length } = encodeModel(buildWorkload('B', testNormal()).graph);
    expect(length).toBeGreaterThan(643_995 * 4);
    expect(length).toBeLessThan(643_995 * 4 * 1.03);
  });
});

/** The tiny MLP with its weights named, and the same with rounded weights. */
function halvable(): { graph: Graph; rounded: Graph } {
  const plain = tinyMlp();
  const names = [...plain.constants.keys()].filter((name) => /(weight|bias)$/.test(name));
  const graph = { ...plain, metadata: { parameters: JSON.stringify(names) } };
  const constants = [...graph.constants].map(([name, constant]) => {
    const { data } = constant;
    const weight = names.includes(name) && data instanceof Float32Array;
    return [name, weight ? { ...constant, data: roundedToHalf(data) } : constant] as const;
  });
  return { graph, rounded: { ...graph, constants: new Map(constants) } };
}

describe('weights stored in half precision', () => {
  const { graph, rounded } = halvable();
  const bytes = encodeModel(graph, { weights: 'float16' });

  test('come back rounded, as plain constants; nothing else changes', () => {
    expect(rounded.constants).not.toEqual(graph.constants);
    expect(decodeModel(bytes)).toEqual(rounded);
    expect(encodeModel(decodeModel(bytes), { weights: 'float16' })).toEqual(bytes);
  });

  test('take half the place', () => {
    const workload = buildWorkload('B', testNormal()).graph;
    const names = [...workload.constants]
      .filter(([, { data }]) => data instanceof Float32Array && data.length > 1)
      .map(([name]) => name);
    const named = { ...workload, metadata: { parameters: JSON.stringify(names) } };
    const { length } = encodeModel(named, { weights: 'float16' });
    expect(length / encodeModel(named).length).toBeLessThan(0.52);
  });

  test('a large table that loses nothing is halved too, one that loses something is not', () => {
    const table = (value: number): Uint8Array => {
      const builder = new GraphBuilder('g');
      const x = builder.input('x', [-1, 512]);
      const data = new Float32Array(512).fill(value);
      const constant = builder.constant('table', [512], data);
      builder.output(builder.add('Mul', [x, constant], {}, 'y'));
      return encodeModel(builder.build(), { weights: 'float16' });
    };
    expect(table(1).length + 900).toBeLessThan(table(0.1).length);
    expect(decodeModel(table(0.1)).constants.get('table')!.data[0]).toBe(Math.fround(0.1));
  });

  test.each<[string, (model: ModelProto) => void]>([
    ['used as it is', ({ graph }) => (graph!.node[0].opType = 'Identity')],
    ['cast to something else', ({ graph }) => (graph!.node[0].attribute[0].i = 11n)],
    [
      'used by another node as well',
      ({ graph }) => graph!.node.at(-1)!.input.push('in.weight/float16'),
    ],
  ])('float16 that is %s is refused', (_, change) => {
    const model = fromBinary(ModelProtoSchema, bytes);
    expect(model.graph!.node[0].input).toEqual(['in.weight/float16']);
    change(model);
    const { code, message } = refusal(toBinary(ModelProtoSchema, model));
    expect(code).toBe('bad-model');
    expect(message).toContain('the constant "in.weight/float16" is float16');
  });
});

describe('files of other tools are brought to one form', () => {
  test('Constant nodes become constants', () => {
    const bytes = changed(({ graph }) => {
      const initializer = graph!.initializer.find(({ name }) => name === 'time_frequencies')!;
      graph!.initializer = graph!.initializer.filter((tensor) => tensor !== initializer);
      const value = { name: 'value', type: AttributeType.TENSOR, t: initializer };
      const node = { opType: 'Constant', name: 'c', output: ['time_frequencies'] };
      graph!.node.unshift(
        create(NodeProtoSchema, {
          ...node,
          attribute: [create(AttributeProtoSchema, value)],
        }),
      );
    });
    expect(decodeModel(bytes)).toEqual(tinyMlp());
  });

  test('weights that are also listed as inputs are weights', () => {
    const bytes = changed(({ graph }) => {
      graph!.input.push({ ...graph!.input[0], name: 'out.bias' });
    });
    expect(decodeModel(bytes).inputs.map(({ name }) => name)).toEqual(['x', 't']);
  });

  test('nodes without a name get one of their own', () => {
    const bytes = changed(({ graph }) => graph!.node.forEach((node) => (node.name = '')));
    const names = decodeModel(bytes).nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names[0]).toBe('Reshape_0');
  });

  test('any name of the batch dimension will do', () => {
    const bytes = changed(({ graph }) => {
      const type = graph!.input[0].type!.value;
      if (type.case === 'tensorType') {
        type.value.shape!.dim[0].value = { case: 'dimParam', value: 'batch_size' };
      }
    });
    expect(decodeModel(bytes)).toEqual(tinyMlp());
  });

  test('float data in typed fields is read like raw data', () => {
    const bytes = changed(({ graph }) => {
      const tensor = graph!.initializer.find(({ name }) => name === 'in.bias')!;
      tensor.floatData = [...new Float32Array(tensor.rawData.slice().buffer)];
      tensor.rawData = new Uint8Array();
    });
    expect(decodeModel(bytes)).toEqual(tinyMlp());
  });
});

describe('what is not a usable ONNX file is refused', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('<!doctype html><title>404</title>')],
    ['zeros', new Uint8Array(64)],
    ['a file that is cut off', encodeModel(tinyMlp()).subarray(0, 900)],
    ['an empty model', toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n }))],
  ])('%s', (_, bytes) => {
    expect(refusal(bytes)).toMatchObject({
      code: 'bad-model',
      message: 'The file is not an ONNX model.',
    });
  });

  test('every single problem is listed', () => {
    const { code, details } = refusal(
      changed(({ graph, opsetImport }) => {
        opsetImport[0].version = 11n;
        graph!.initializer[0].dataType = DataType.FLOAT16;
        graph!.initializer[1].dataLocation = DataLocation.EXTERNAL;
        graph!.initializer[2].dims = [1000n];
        const type = graph!.input[0].type!.value;
        if (type.case === 'tensorType') type.value.elemType = DataType.DOUBLE;
      }),
    );
    expect(code).toBe('bad-model');
    expect(details).toHaveLength(5);
    expect(details.join('\n')).toMatch(/opset 11[^]*float16[^]*another file[^]*1000[^]*double/);
  });

  test('an operator with a body, by node', () => {
    const error = refusal(
      changed(({ graph }) => {
        const [node] = graph!.node;
        node.opType = 'If';
        const g = create(GraphProtoSchema, { name: 'body' });
        const type = AttributeType.GRAPH;
        node.attribute = [create(AttributeProtoSchema, { name: 'then_branch', type, g })];
      }),
    );
    expect(error.code).toBe('unsupported-operator');
    expect(error.message).toContain('If (node "Reshape_0")');
  });
});
