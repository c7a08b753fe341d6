/**
 * How kernels are put on the device: shader text from its parts, threads per row, and grids beyond 65 535 workgroups.
 */
import type { Kernel } from '../../gpu/pipelines';
import lanesSource from './lanes.wgsl?raw';
import logProbSource from './logProb.wgsl?raw';
import stepConstantsSource from './stepConstants.wgsl?raw';

/** Threads of a workgroup in every kernel of this folder. */
export const THREADS = 64;

/** Largest number of workgroups along one axis that WebGPU guarantees. */
const MAX_WORKGROUPS = 65_535;

/** Rows of up to this many dimensions are handled by one thread: its loop is shorter than a tree of barriers. */
const SERIAL_DIMENSIONS = 32;

/** Threads that share one row of `dimensions` elements. */
export const lanesFor = (dimensions: number): number =>
  dimensions <= SERIAL_DIMENSIONS ? 1 : THREADS;

/** Workgroups for `rows` rows of which each takes `lanes` threads. */
export const rowWorkgroups = (rows: number, lanes: number): number =>
  Math.ceil(rows / (THREADS / lanes));

export const shared = {
  lanes: (lanes: number): string => `const LANES = ${lanes}u;\n${lanesSource}`,
  logProb: logProbSource,
  stepConstants: stepConstantsSource,
};

/** One shader text from its parts. */
export const joinSources = (...parts: readonly string[]): string => parts.join('\n');

/** `workgroups` as a grid that no device refuses; shaders count group.y * groups.x + group.x and drop the excess. */
export function foldedGrid(workgroups: number): [number, number] {
  if (workgroups <= MAX_WORKGROUPS) return [workgroups, 1];
  const rows = Math.ceil(workgroups / MAX_WORKGROUPS);
  return [Math.ceil(workgroups / rows), rows];
}

/** Records one dispatch of a kernel. */
export function dispatch(
  pass: GPUComputePassEncoder,
  { pipeline }: Pick<Kernel, 'pipeline'>,
  bindGroup: GPUBindGroup,
  workgroups: number,
): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...foldedGrid(workgroups));
}
