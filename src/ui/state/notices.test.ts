import { describe, expect, test, vi } from 'vitest';
import { EspalierError } from '../../core/errors';
import { Notices } from './notices.svelte';

describe('notices', () => {
  test('say what happened, what was kept and every detail', () => {
    const notices = new Notices();
    const error = new EspalierError('bad-model', 'notOnnx', {}, ['x', 't']);
    notices.error(error, 'Loading mine.onnx');
    expect(notices.list[0]).toMatchObject({
      tone: 'error',
      title: 'Loading mine.onnx did not work. The file is not an ONNX model.',
      text: 'Nothing was changed. Choose a file that ends in .onnx.',
      details: ['x', 't'],
    });
  });

  test('come newest first, the same one once, and never too many', () => {
    const notices = new Notices();
    for (const name of ['a', 'b', 'a', 'c', 'd', 'e'])
      notices.info(name, '', { label: 'do', act: () => undefined });
    expect(notices.list.map(({ title }) => title)).toEqual(['e', 'd', 'c', 'a']);
  });

  test('go away by themselves only if they offer nothing', () => {
    vi.useFakeTimers();
    const notices = new Notices();
    notices.info('passing');
    notices.info('offering', '', { label: 'do', act: () => undefined });
    vi.advanceTimersByTime(60_000);
    expect(notices.list.map(({ title }) => title)).toEqual(['offering']);
    vi.useRealTimers();
  });

  test('are gone once their offer is taken', () => {
    const notices = new Notices();
    const act = vi.fn();
    notices.info('offering', '', { label: 'do', act });
    notices.choose(notices.list[0].id, notices.list[0].actions[0]);
    expect(act).toHaveBeenCalledOnce();
    expect(notices.list).toEqual([]);
  });
});
