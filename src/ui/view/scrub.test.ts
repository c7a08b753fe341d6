import { expect, test } from 'vitest';
import { rulerCurve, rulerIterations } from './scrub';

test('the ruler is as long as the plan, and grows with runs planned very long', () => {
  expect(rulerIterations(12, 60)).toBe(60);
  expect(rulerIterations(70, 60)).toBe(70);
  expect(rulerIterations(0, 100_000)).toBe(60);
  expect(rulerIterations(61, 100_000)).toBe(120);
  expect(rulerIterations(100_000, 100_000)).toBe(100_000);
});

test('the curve begins on the floor and reaches as far as the run does', () => {
  expect(rulerCurve({ x: [], y: [] }, 0, 60)).toBe('');
  expect(rulerCurve({ x: [10, 11], y: [0.25, 1] }, 10, 4)).toBe(
    'M0 1L0.2500 0.7500L0.5000 0.0000L0.5000 1Z',
  );
});
