/**
 * Orders groups and packs independent ones into one dispatch.
 *
 * A dispatch costs about 10 µs of the browser's GPU process and a barrier on the device, whatever it computes; a backward
 * pass is full of small kernels that could run side by side (the two products of a linear layer's gradient, its bias sum,
 * all modulations of one embedding). List scheduling: of the groups whose operands are ready, the one with the longest
 * way to the end opens a dispatch, and other ready groups join while their buffers fit into one bind group.
 */
import { memberReads } from './domain';
import { MAX_BINDINGS, type FuseOptions, type Group } from './fuse';
import type { Realisation, Storage } from './realise';
import type { Value } from './values';

/** Groups that run side by side in one kernel. */
export interface Dispatch {
  readonly groups: readonly Group[];
  readonly stage: 0 | 1;
}

/** Buffers that a group touches; what it computes and reads only itself is not among them. */
export interface Traffic {
  readonly reads: ReadonlySet<Storage>;
  readonly writes: ReadonlySet<Storage>;
}

export function trafficOf(group: Group, { placements, writers }: Realisation): Traffic {
  const own = new Set(group.members.map(({ store }) => store));
  const isOwn = (value: Value): boolean =>
    writers.get(value)?.every((store) => own.has(store)) ?? false;
  const reads = group.members
    .flatMap((member) => memberReads(member, group.domain, placements))
    .filter(({ value }) => !isOwn(value))
    .map(({ value }) => placements.get(value)!.storage);
  return { reads: new Set(reads), writes: group.kept };
}

/** Kernels larger than this compile slowly and gain little. */
const MAX_PARTS = 12;

interface Node {
  readonly group: Group;
  readonly traffic: Traffic;
  readonly needs: Set<Node>;
  readonly neededBy: Set<Node>;
  /** Dispatches from here to the end at the least. */
  height: number;
}

function dependencyGraph(groups: readonly Group[], realisation: Realisation): Node[] {
  const nodes = groups.map((group) => ({
    group,
    traffic: trafficOf(group, realisation),
    needs: new Set<Node>(),
    neededBy: new Set<Node>(),
    height: 0,
  }));
  const writers = new Map<Storage, Node[]>();
  for (const node of nodes) {
    for (const storage of node.traffic.reads) {
      for (const writer of writers.get(storage) ?? []) {
        node.needs.add(writer);
        writer.neededBy.add(node);
      }
    }
    for (const storage of node.traffic.writes) {
      writers.set(storage, [...(writers.get(storage) ?? []), node]);
    }
  }
  for (const node of [...nodes].reverse()) {
    node.height = 1 + Math.max(0, ...[...node.neededBy].map(({ height }) => height));
  }
  return nodes;
}

/** All dispatches in order: first those that can run before the split input is known (stage 0), then the others. */
export function schedule(
  groups: readonly Group[],
  realisation: Realisation,
  { bindingKey }: FuseOptions,
): Dispatch[] {
  const waiting = new Set(dependencyGraph(groups, realisation));
  const done = new Set<Node>();
  const dispatches: Dispatch[] = [];
  while (waiting.size > 0) {
    const isEarlyLeft = [...waiting].some(({ group }) => !group.late);
    const ready = [...waiting]
      .filter(
        ({ group, needs }) => group.late !== isEarlyLeft && [...needs].every((n) => done.has(n)),
      )
      .sort((a, b) => b.height - a.height);
    const packed: Node[] = [];
    const bound = new Set<unknown>();
    for (const node of ready) {
      const keys = [...node.traffic.reads, ...node.traffic.writes].map(bindingKey);
      const together = new Set([...bound, ...keys]).size;
      if (packed.length > 0 && (together > MAX_BINDINGS || packed.length >= MAX_PARTS)) continue;
      packed.push(node);
      keys.forEach((key) => bound.add(key));
    }
    for (const node of packed) {
      waiting.delete(node);
      done.add(node);
    }
    dispatches.push({ groups: packed.map(({ group }) => group), stage: isEarlyLeft ? 0 : 1 });
  }
  return dispatches;
}
