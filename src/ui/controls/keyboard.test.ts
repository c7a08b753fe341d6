import { describe, expect, test } from 'vitest';
import { keyAction } from './keyboard';
import type { KeyTarget } from './keyboard';

const body: KeyTarget = { tag: 'BODY', role: null, editable: false };

const press = (key: string, target: KeyTarget = body, more: Partial<KeyboardEvent> = {}) =>
  keyAction(
    {
      key,
      shiftKey: false,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      ...more,
    } as KeyboardEvent,
    target,
  );

describe('keys of the page', () => {
  test('run, step and scrub', () => {
    expect(
      [' ', '.', '>', 'ArrowLeft', 'ArrowRight', 'Home', 'End', '?', 'x'].map((key) => press(key)),
    ).toEqual(['toggle', 'phase', 'iteration', 'back', 'forward', 'first', 'last', 'help', null]);
    expect(press('ArrowLeft', body, { shiftKey: true })).toBe('back-iteration');
  });

  test('leave the browser’s own keys and whatever is being typed into alone', () => {
    expect(press('ArrowLeft', body, { altKey: true })).toBeNull();
    expect(press('.', { tag: 'INPUT', role: null, editable: false })).toBeNull();
    expect(press('.', { tag: 'DIV', role: null, editable: true })).toBeNull();
  });

  test('let the space bar press the button that has the focus', () => {
    expect(press(' ', { tag: 'BUTTON', role: null, editable: false })).toBeNull();
    expect(press('.', { tag: 'BUTTON', role: null, editable: false })).toBe('phase');
  });
});
