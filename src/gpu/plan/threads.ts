/** How many threads a part of a kernel needs: known to the shader as text and to `encode` as a number. */
import { sizeAt, sizeCode, type Size } from './sizes';

/** Threads per workgroup of every plan kernel: a multiple of every GPU's subgroup, small enough to spread small work. */
export const WORKGROUP_SIZE = 64;

export interface Threads {
  /** WGSL (u32) with the batch size in `n`. */
  readonly code: string;
  at(batch: number): number;
}

/** ⌈size / by⌉. */
export function tiles(size: Size, by: number): Threads {
  const at = (batch: number): number => Math.ceil(sizeAt(size, batch) / by);
  if (size.count % by === 0) return { code: sizeCode({ ...size, count: size.count / by }), at };
  if (size.power === 0) return { code: `${at(1)}u`, at };
  return { code: `((${sizeCode(size)} + ${by - 1}u) / ${by}u)`, at };
}

export function threadProduct(...factors: readonly Threads[]): Threads {
  const codes = factors.map(({ code }) => code).filter((code) => code !== '1u');
  return {
    code: codes.join(' * ') || '1u',
    at: (batch) => factors.reduce((total, factor) => total * factor.at(batch), 1),
  };
}

/** Workgroups that hold `threads`. */
export function workgroups({ code, at }: Threads): Threads {
  return {
    code: `(${code} + ${WORKGROUP_SIZE - 1}u) / ${WORKGROUP_SIZE}u`,
    at: (batch) => Math.ceil(at(batch) / WORKGROUP_SIZE),
  };
}

/** WebGPU's guaranteed number of workgroups per dimension. */
const MAX_WORKGROUPS = 65535;

/** `count` workgroups, or a few more, as a rectangle within WebGPU's limits. */
export function foldWorkgroups(count: number): readonly [x: number, y: number] {
  const y = Math.max(1, Math.ceil(count / MAX_WORKGROUPS));
  return [Math.ceil(count / y), y];
}
