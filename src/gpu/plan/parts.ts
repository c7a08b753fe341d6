/** What the writers of kernel parts share: a part, and the code that computes and keeps one element of a member. */
import type { CodeWriter, Guard } from './code';
import type { Member } from './domain';
import type { Group } from './fuse';
import { substitute, type Index } from './indexMath';
import type { Threads } from './threads';
import { unflatten, type Value } from './values';

/** The body of a part as a function of the thread number `t`; threads beyond `threads` return at once. */
export interface Part {
  readonly code: string;
  readonly threads: Threads;
  /** Functions of accurate.wgsl that it calls. */
  readonly helpers: ReadonlySet<string>;
}

/** Domain variables in terms of the thread's own. */
export type Replacements = ReadonlyMap<string, Index>;

export const ownValues = (group: Group): ReadonlySet<Value> =>
  new Set(group.members.map(({ store }) => store.value));

/** The element of `member` that a thread stands at; simplified before threads may lie outside the domain. */
export function elementIndex({ store, at }: Member, replacements: Replacements): Index[] {
  return unflatten(store.value.shape, at).map((index) => substitute(index, replacements));
}

/**
 * First step and end (WGSL) of stretch number `split` where `steps` are cut into `splits` stretches, all but the last
 * ones of the same length.
 */
export function stretch(
  writer: CodeWriter,
  split: string,
  steps: string,
  splits: number,
): [from: string, to: string] {
  const length = writer.define(`(${steps} + ${splits - 1}u) / ${splits}u`, 0, 'i');
  const from = writer.define(`min(${split} * ${length}, ${steps})`, 0, 'i');
  return [from, writer.define(`min(${from} + ${length}, ${steps})`, 0, 'i')];
}

/** Computes one element of `member` and keeps it if anyone outside the group reads it. */
export function writeElement(
  writer: CodeWriter,
  group: Group,
  member: Member,
  replacements: Replacements,
  guard?: Guard,
): void {
  const { value, placement } = member.store;
  if (!group.kept.has(placement.storage)) return;
  const index = elementIndex(member, replacements);
  writer.store(placement, index, writer.value(value, index), guard);
}
