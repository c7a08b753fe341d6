/**
 * One dispatch as a WGSL kernel: its groups become functions, and the workgroup number says which of them to run.
 *
 *   group 0, binding 0   n, the batch size of this encode
 *   group 1              the storage buffers of bindings.ts
 */
import { BindingTable, type KernelBinding, type Location } from './bindings';
import type { CodeContext } from './code';
import type { Realisation, Storage } from './realise';
import { writeProductPart, type Tile } from './productPart';
import { writeMapPart, writeRowPart } from './rowParts';
import type { Part } from './parts';
import { trafficOf, type Dispatch } from './schedule';
import type { Group } from './fuse';
import { workgroups, WORKGROUP_SIZE } from './threads';
import { helperCode } from './wgslMaps';

export interface Shader {
  readonly label: string;
  readonly source: string;
  readonly bindings: readonly KernelBinding[];
  /** Workgroups for a batch size, before they are folded into two dimensions. */
  workgroupsAt(batch: number): number;
}

export interface ShaderOptions {
  readonly locate: (storage: Storage) => Location;
  readonly tileOf: (group: Group) => Tile;
}

export function writeShader(
  dispatch: Dispatch,
  realisation: Realisation,
  { locate, tileOf }: ShaderOptions,
): Shader {
  const table = new BindingTable(locate);
  for (const group of dispatch.groups) {
    const { reads, writes } = trafficOf(group, realisation);
    reads.forEach((storage) => table.touch(storage, false));
    writes.forEach((storage) => table.touch(storage, true));
  }
  const { placements } = realisation;
  const parts = dispatch.groups.map((group) => writePart(group, { table, placements }, tileOf));
  const counts = parts.map(({ threads }) => workgroups(threads));
  const { code, bindings } = table.render(partFunctions(parts));
  const helpers = helperCode(new Set(parts.flatMap((part) => [...part.helpers])));
  return {
    label: dispatch.groups.map(groupLabel).join(' | '),
    source: kernelSource(bindings, [helpers, code, mainFunction(parts)]),
    bindings,
    workgroupsAt: (batch) => counts.reduce((sum, count) => sum + count.at(batch), 0),
  };
}

function writePart(group: Group, context: CodeContext, tileOf: ShaderOptions['tileOf']): Part {
  switch (group.domain.kind) {
    case 'map':
      return writeMapPart(group, context);
    case 'rows':
      return writeRowPart(group, context);
    case 'product':
      return writeProductPart(group, context, tileOf(group));
  }
}

/** The nodes a group computes, e.g. "block0/Gemm_3 + 2". */
function groupLabel({ members }: Group): string {
  const [first] = members;
  const others = members.length > 1 ? ` + ${members.length - 1}` : '';
  return `${first.store.value.kind} ${first.store.value.label}${others}`;
}

function kernelSource(bindings: readonly KernelBinding[], functions: readonly string[]): string {
  const declarations = bindings.map(
    ({ declaration }, number) => `@group(1) @binding(${number}) ${declaration}`,
  );
  const batch = '@group(0) @binding(0) var<uniform> n: u32;';
  return [batch, ...declarations, ...functions].filter(Boolean).join('\n');
}

const partFunctions = (parts: readonly Part[]): string =>
  parts.map(({ code }, number) => `fn part${number}(t: u32) {\n${code}\n}`).join('\n');

function mainFunction(parts: readonly Part[]): string {
  const calls = parts.map(({ threads }, number) => {
    const isLast = number === parts.length - 1;
    const call = `part${number}(group * ${WORKGROUP_SIZE}u + local);`;
    if (isLast) return [`  ${call}`];
    const count = `groups${number}`;
    return [
      `  let ${count} = ${workgroups(threads).code};`,
      `  if (group < ${count}) { ${call} return; }`,
      `  group -= ${count};`,
    ];
  });
  return [
    `@compute @workgroup_size(${WORKGROUP_SIZE})`,
    'fn main(',
    '  @builtin(workgroup_id) id: vec3u,',
    '  @builtin(num_workgroups) all: vec3u,',
    '  @builtin(local_invocation_index) local: u32,',
    ') {',
    `  ${parts.length > 1 ? 'var' : 'let'} group = id.y * all.x + id.x;`,
    ...calls.flat(),
    '}',
  ].join('\n');
}
