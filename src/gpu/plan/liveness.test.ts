import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assignSlots, lifetimes, type Lifetime } from './liveness';
import type { Storage } from './realise';

let ids = 0;
const scratch = (count: number, power = 0): Storage => ({
  ...{ id: ids++, label: `s${ids}`, role: 'scratch' },
  size: { count, power },
});

test('a buffer is free after its last reader, not before', () => {
  const [a, b, c] = [scratch(100), scratch(100), scratch(100)];
  const steps = [[a], [a, b], [b, c], [c]].map((storages) => ({ storages }));
  const slots = assignSlots(lifetimes(steps), 1);
  expect(slots.map(({ storages }) => storages)).toEqual([[a, c], [b]]);
});

test('inputs, outputs and constants take no scratch memory', () => {
  const input: Storage = { ...scratch(100), role: 'input' };
  expect(lifetimes([{ storages: [input] }])).toEqual([]);
});

test('slots hold the largest batch of their largest storage', () => {
  const [a, b, c] = [scratch(10, 1), scratch(5), scratch(64)];
  const steps = [[a], [a, b], [b, c], [c]].map((storages) => ({ storages }));
  const slots = assignSlots(lifetimes(steps), 8);
  expect(slots.map(({ elements }) => elements)).toEqual([80, 5]);
});

test('storages that live at the same time never share a slot, and memory stays near the peak', () => {
  const spans = fc.array(
    fc.record({ from: fc.nat(30), length: fc.nat(8), count: fc.integer({ min: 50, max: 150 }) }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(spans, (records) => {
      const alive: Lifetime[] = records.map(({ from, length, count }) => ({
        storage: scratch(count),
        from,
        to: from + length,
      }));
      const slots = assignSlots(alive, 1);
      const spanOf = new Map(alive.map((span) => [span.storage, span]));
      for (const { storages, elements } of slots) {
        const own = storages.map((storage) => spanOf.get(storage)!).sort((a, b) => a.from - b.from);
        own.slice(1).forEach((span, i) => expect(span.from).toBeGreaterThan(own[i].to));
        expect(elements).toBe(Math.max(...storages.map(({ size }) => size.count)));
      }
      const peak = Math.max(
        ...alive.map(({ from }) => alive.filter((s) => s.from <= from && s.to >= from).length),
      );
      expect(slots).toHaveLength(peak);
    }),
    { seed: 3, numRuns: 200 },
  );
});
