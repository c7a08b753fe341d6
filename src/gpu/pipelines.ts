/**
 * From WGSL text to a kernel that can be bound and dispatched.
 *
 * Pipelines are built asynchronously inside an error scope and cached per device by source. Their layout is read from
 * the `@group @binding` declarations (explicit, so that a bind group set once serves every kernel that declares the same
 * group), and a bind group that lacks a buffer is refused with the name the shader gives it.
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import type { PlanBinding } from './buffers';

export interface KernelSource<Buffer extends string = string> {
  /** Quoted in errors and shown by GPU debuggers. */
  readonly label: string;
  readonly source: string;
  /** Names of the buffers that `source` declares; with them `bind` is held to these names when it is compiled. */
  readonly buffers?: readonly Buffer[];
  /** Default `main`. */
  readonly entryPoint?: string;
}

/** What is bound to each of a kernel's buffers. */
export type BufferBindings<Buffer extends string = string> = Readonly<
  Record<Buffer, GPUBuffer | PlanBinding>
>;

/** One `@group(g) @binding(b) var…` declaration. */
export interface DeclaredBinding {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  readonly type: GPUBufferBindingType;
}

/** A compiled compute shader with its buffers by name. */
export interface Kernel<Buffer extends string = string> {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindings: readonly DeclaredBinding[];
  /**
   * A bind group for `group` (default 0) from buffers keyed by the shader's variable names. Throws EspalierError
   * 'shader-error' naming each binding that is missing or unknown.
   */
  bind(resources: BufferBindings<Buffer>, group?: number): GPUBindGroup;
}

interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layouts: readonly GPUBindGroupLayout[];
}

const compiledByDevice = new WeakMap<GPUDevice, Map<string, Promise<Compiled>>>();

/** Every buffer declared in `source`, by group and binding number. */
export function declaredBindings(source: string): DeclaredBinding[] {
  const text = source.replace(/\/\/.*$/gm, '');
  const declaration = /@group\((\d+)\)\s*@binding\((\d+)\)\s*var<([^>]*)>\s*(\w+)/g;
  return [...text.matchAll(declaration)]
    .map(([, group, binding, space, name]) => ({
      group: Number(group),
      binding: Number(binding),
      name,
      type: bindingType(space),
    }))
    .sort((a, b) => a.group - b.group || a.binding - b.binding);
}

function bindingType(addressSpace: string): GPUBufferBindingType {
  if (addressSpace.includes('uniform')) return 'uniform';
  return addressSpace.includes('read_write') ? 'storage' : 'read-only-storage';
}

/**
 * Compiles `source`, or returns the kernel compiled from the same text on this device before. Rejects with EspalierError
 * 'shader-error' whose details are the compiler's lines, or 'device-lost'.
 */
export async function createKernel<Buffer extends string = string>(
  device: GPUDevice,
  kernel: KernelSource<Buffer>,
): Promise<Kernel<Buffer>> {
  const { label, source, entryPoint = 'main' } = kernel;
  let cache = compiledByDevice.get(device);
  if (!cache) compiledByDevice.set(device, (cache = new Map<string, Promise<Compiled>>()));
  const key = `${entryPoint}\n${source}`;
  let compiling = cache.get(key);
  if (!compiling) {
    compiling = compile(device, label, source, entryPoint);
    cache.set(key, compiling);
    compiling.catch(() => cache.delete(key));
  }
  const { pipeline, layouts } = await compiling;
  const bindings = declaredBindings(source);
  return {
    label,
    pipeline,
    bindings,
    bind: (resources, group = 0) =>
      device.createBindGroup({
        label,
        layout: layouts[group],
        entries: bindGroupEntries(label, bindings, resources, group),
      }),
  };
}

function bindGroupEntries(
  label: string,
  bindings: readonly DeclaredBinding[],
  resources: BufferBindings,
  group: number,
): GPUBindGroupEntry[] {
  const declared = bindings.filter((binding) => binding.group === group);
  const problems = [
    ...declared
      .filter(({ name }) => !resources[name])
      .map(({ name }) => say('binding.missing', { name })),
    ...Object.keys(resources)
      .filter((name) => !declared.some((binding) => binding.name === name))
      .map((name) => say('binding.unknown', { name })),
  ];
  if (problems.length > 0) {
    const params = { label, problems: problems.join(', ') };
    throw new EspalierError('shader-error', 'kernelBuffers', params, problems);
  }
  return declared.map(({ binding, name }) => {
    const given = resources[name];
    return { binding, resource: 'buffer' in given ? given : { buffer: given } };
  });
}

async function compile(
  device: GPUDevice,
  label: string,
  source: string,
  entryPoint: string,
): Promise<Compiled> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label, code: source });
  const layouts = groupLayouts(device, label, declaredBindings(source));
  const layout = device.createPipelineLayout({ label, bindGroupLayouts: layouts });
  const creating = device.createComputePipelineAsync({
    label,
    layout,
    compute: { module, entryPoint },
  });
  const scope = device.popErrorScope();
  try {
    const [pipeline, error] = await Promise.race([lossOf(device), Promise.all([creating, scope])]);
    if (error) throw new Error(error.message);
    return { pipeline, layouts };
  } catch (error) {
    if (error instanceof EspalierError) throw error;
    const lines = await compilerLines(module, source);
    await scope.catch(() => null);
    if (lines.length === 0) lines.push(error instanceof Error ? error.message : String(error));
    throw new EspalierError('shader-error', 'shader', { label, reason: lines[0] }, lines);
  }
}

/** Rejects when the device is lost: a lost device pretends that everything succeeds. */
async function lossOf(device: GPUDevice): Promise<never> {
  const { message } = await device.lost;
  throw new EspalierError('device-lost', 'gpuLostCompiling', {}, message ? [message] : []);
}

function groupLayouts(
  device: GPUDevice,
  label: string,
  bindings: readonly DeclaredBinding[],
): GPUBindGroupLayout[] {
  const groups = Math.max(0, ...bindings.map(({ group }) => group + 1));
  return Array.from({ length: groups }, (_, group) =>
    device.createBindGroupLayout({
      label: `${label} group ${group}`,
      entries: bindings
        .filter((binding) => binding.group === group)
        .map(({ binding, type }) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type },
        })),
    }),
  );
}

async function compilerLines(module: GPUShaderModule, source: string): Promise<string[]> {
  const sourceLines = source.split('\n');
  const { messages } = await module.getCompilationInfo();
  return messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, linePos, message }) => {
      const line = (sourceLines[lineNum - 1] ?? '').trim();
      const place = `${lineNum}:${linePos}`;
      return line ? say('shader.line', { place, message, line }) : `${place} ${message}`;
    });
}
