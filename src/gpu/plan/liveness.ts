/**
 * Which scratch storages may share memory: a buffer is free again after the last dispatch that reads it.
 *
 * Dispatches of a pass run one after the other, so lifetimes are intervals of dispatch numbers. A freed buffer is taken
 * by the request closest in size (and grows if it must); best fit comes within a few per cent of the lower bound here.
 */
import type { Storage } from './realise';
import { sizeAt } from './sizes';

export interface Lifetime {
  readonly storage: Storage;
  /** First dispatch that writes it and last one that touches it. */
  readonly from: number;
  readonly to: number;
}

/** A buffer to allocate: its size in elements and the storages that take turns in it. */
export interface Slot {
  elements: number;
  readonly storages: Storage[];
}

/** Lifetimes of the scratch storages, from what each dispatch touches. */
export function lifetimes(
  dispatches: readonly { readonly storages: Iterable<Storage> }[],
): Lifetime[] {
  const spans = new Map<Storage, Lifetime>();
  dispatches.forEach(({ storages }, number) => {
    for (const storage of storages) {
      if (storage.role !== 'scratch') continue;
      const { from } = spans.get(storage) ?? { from: number };
      spans.set(storage, { storage, from, to: number });
    }
  });
  return [...spans.values()];
}

/** Slots for `spans` at batch size `maxBatch`; two storages alive at the same time never share one. */
export function assignSlots(spans: readonly Lifetime[], maxBatch: number): Slot[] {
  const slots: { slot: Slot; busyUntil: number }[] = [];
  const byStart = [...spans].sort((a, b) => a.from - b.from || elementsOf(b) - elementsOf(a));
  for (const { storage, from, to } of byStart) {
    const elements = sizeAt(storage.size, maxBatch);
    const waste = ({ slot }: { slot: Slot }): number =>
      slot.elements >= elements ? slot.elements - elements : 2 * (elements - slot.elements);
    const free = slots.filter(({ busyUntil }) => busyUntil < from);
    const [best] = free.sort((a, b) => waste(a) - waste(b));
    const fits =
      best && Math.max(best.slot.elements, elements) <= 8 * Math.min(best.slot.elements, elements);
    if (fits) {
      best.slot.elements = Math.max(best.slot.elements, elements);
      best.slot.storages.push(storage);
      best.busyUntil = to;
    } else {
      slots.push({ slot: { elements, storages: [storage] }, busyUntil: to });
    }
  }
  return slots.map(({ slot }) => slot);

  function elementsOf({ storage }: Lifetime): number {
    return sizeAt(storage.size, maxBatch);
  }
}
