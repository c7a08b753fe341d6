import { beforeEach, describe, expect, test, vi } from 'vitest';
import { exampleJournal } from '../../journal/exampleJournal';
import type { JournalEvent } from '../../journal/events';
import { JournalStore } from './journalStore.svelte';

let frames: FrameRequestCallback[] = [];
let now = 1000;

function frame(milliseconds = 16): void {
  now += milliseconds;
  for (const callback of frames.splice(0)) callback(now);
}

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback));
  vi.stubGlobal('cancelAnimationFrame', () => undefined);
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});

const events = exampleJournal({ iterations: 2 });

describe('the journal on the page', () => {
  test('tells its readers once per frame, however many events came', () => {
    const grown = vi.fn();
    const store = new JournalStore(grown, () => false);
    for (const event of events) store.append(event);
    expect(grown).not.toHaveBeenCalled();
    frame();
    expect(grown).toHaveBeenCalledOnce();
    expect(store.journal.positions).toBe(12);
  });

  test('tells them more seldom while training runs', () => {
    const grown = vi.fn();
    const store = new JournalStore(grown, () => true);
    store.append(events[0]);
    frame();
    for (const event of events.slice(1, 4)) {
      store.append(event);
      frame(16);
    }
    expect(grown).toHaveBeenCalledOnce();
    frame(16);
    expect(grown).toHaveBeenCalledTimes(2);
  });

  test('begins anew with every run', () => {
    const store = new JournalStore(
      () => undefined,
      () => false,
    );
    for (const event of [...events, events[0]]) store.append(event);
    expect(store.journal.events).toEqual([events[0]]);
  });

  test('is full before it takes all memory', () => {
    const store = new JournalStore(
      () => undefined,
      () => false,
    );
    const huge = { byteLength: 700_000_000 };
    vi.spyOn(ArrayBuffer, 'isView').mockImplementation((value) => value === huge);
    store.append(events[0]);
    expect(store.full).toBe(false);
    store.append({ ...events[1], samples: huge } as unknown as JournalEvent);
    expect(store.full).toBe(true);
    store.append(events[0]);
    expect(store.full).toBe(false);
    vi.restoreAllMocks();
  });
});
