import { beforeEach, describe, expect, test, vi } from 'vitest';
import { exampleJournal } from '../../journal/exampleJournal';
import { Journal } from '../../journal/journal';
import { Playback, newestComplete } from './playback.svelte';

let time = 0;
let frames: FrameRequestCallback[] = [];

/** Lets `milliseconds` pass in frames of 20 ms. */
function pass(milliseconds: number): void {
  for (const end = time + milliseconds; time < end;) {
    time += 20;
    for (const frame of frames.splice(0)) frame(time);
  }
}

beforeEach(() => {
  time = 0;
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => frames.push(frame));
});

const events = exampleJournal({ iterations: 4 });

/** A journal that `grow` lets come to so many phases, and a playback of it. */
function growing(motion = true) {
  let journal = new Journal();
  const playback = new Playback(
    () => journal,
    () => motion,
  );
  const whole = new Journal(events);
  const grow = (phases: number): void => {
    const end =
      phases === 0
        ? 1
        : events.findIndex((_, i) => new Journal(events.slice(0, i + 1)).positions === phases) + 1;
    journal = phases === whole.positions ? whole : new Journal(events.slice(0, end));
  };
  return { playback, grow };
}

describe('following a run that is stepped through', () => {
  test('lets every phase pass before one’s eyes, in order', () => {
    const { playback, grow } = growing();
    grow(3);
    playback.grown(false);
    pass(80);
    expect(playback.position).toBe(1);
    expect(playback.progress).toBeGreaterThan(0);
    expect(playback.progress).toBeLessThan(0.2);
    pass(920);
    expect(playback.position).toBe(2);
    pass(3000);
    expect([playback.position, playback.progress]).toEqual([3, 1]);
  });

  test('jumps when it is far behind instead of queueing', () => {
    const { playback, grow } = growing();
    grow(20);
    playback.grown(false);
    pass(100);
    expect(playback.position).toBeGreaterThanOrEqual(19);
  });

  test('without movement shows the states one after the other, each complete', () => {
    const { playback, grow } = growing(false);
    grow(2);
    playback.grown(false);
    pass(100);
    expect([playback.position, playback.progress]).toEqual([1, 1]);
    pass(1000);
    expect([playback.position, playback.progress]).toEqual([2, 1]);
  });

  test('freezes in mid-phase and goes on from there', async () => {
    const { playback, grow } = growing();
    grow(1);
    playback.grown(false);
    pass(400);
    const { progress } = playback;
    playback.freeze();
    pass(2000);
    expect(playback.progress).toBe(progress);
    playback.thaw();
    pass(2000);
    expect(playback.progress).toBe(1);
    await playback.settled();
  });
});

test('following a run that runs fast skips to the newest finished iteration', () => {
  const { playback, grow } = growing();
  grow(15);
  playback.grown(true);
  expect([playback.position, playback.progress]).toEqual([12, 1]);
  expect([newestComplete(0), newestComplete(4), newestComplete(6), newestComplete(13)]).toEqual([
    0, 4, 6, 12,
  ]);
});

describe('scrubbing', () => {
  test('stops following until the end is reached again', () => {
    const { playback, grow } = growing();
    grow(12);
    playback.grown(true);
    playback.seek(5);
    expect(playback.following).toBe(false);
    grow(18);
    playback.grown(true);
    expect(playback.position).toBe(5);
    playback.backward('iteration');
    expect(playback.position).toBe(0);
    playback.forward('iteration');
    expect(playback.position).toBe(6);
    playback.toEnd();
    expect([playback.position, playback.following]).toEqual([18, true]);
  });

  test('one phase on lets that phase pass', () => {
    const { playback, grow } = growing();
    grow(12);
    playback.seek(3);
    playback.forward('phase');
    expect([playback.position, playback.progress]).toEqual([4, 0]);
    pass(2000);
    expect([playback.position, playback.progress]).toEqual([4, 1]);
  });

  test('a journal that was replaced by a shorter one moves the position into it', () => {
    const { playback, grow } = growing();
    grow(18);
    playback.seek(17);
    grow(4);
    playback.grown(false);
    expect(playback.position).toBe(4);
  });
});

describe('a replay', () => {
  test('begins anew at the end and stops there', () => {
    const { playback, grow } = growing();
    grow(24);
    playback.toEnd();
    playback.replayRun('fast');
    expect([playback.position, playback.replaying]).toEqual([0, true]);
    pass(250);
    expect(playback.position % 6).toBe(0);
    expect(playback.position).toBeGreaterThan(0);
    pass(2000);
    expect([playback.position, playback.replaying, playback.following]).toEqual([24, false, true]);
  });
});
