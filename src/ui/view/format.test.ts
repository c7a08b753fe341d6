import { describe, expect, test } from 'vitest';
import {
  formatCount,
  formatFigure,
  formatFixed,
  formatMilliseconds,
  formatNumber,
  formatShare,
  formatSigned,
  formatVector,
} from './format';

describe('numbers', () => {
  test('have a real minus sign and no more digits than asked for', () => {
    expect([0.618, -1.3, 0, -0.001, 12.345].map((value) => formatNumber(value))).toEqual([
      '0.62',
      '−1.30',
      '0.00',
      '−1.0e−3',
      '12.35',
    ]);
  });

  test('that are tiny or huge keep their size', () => {
    expect(formatNumber(3.2e-5)).toBe('3.2e−5');
    expect(formatNumber(2.5e7)).toBe('2.5e7');
    expect(formatFixed(3.2e-5)).toBe('0.00');
    expect(formatFixed(-3.2e-5)).toBe('0.00');
  });

  test('that are none say so', () => {
    expect(formatNumber(NaN)).toBe('not a number');
    expect(formatNumber(-Infinity)).toBe('−∞');
  });

  test('with a sign always show it, but zero has none', () => {
    expect([1.234, -0.5, 0].map((value) => formatSigned(value))).toEqual([
      '+1.23',
      '−0.50',
      '0.00',
    ]);
  });

  test('beside a curve are as short as they can be', () => {
    expect([8, 0.0431, 4.0817, 128.4].map(formatFigure)).toEqual(['8', '0.043', '4.08', '128']);
  });
});

test('counts, shares, times and points are written for people', () => {
  expect(formatCount(14850)).toBe('14,850');
  expect([0, 0.004, 0.056, 1].map(formatShare)).toEqual(['0 %', '0.4 %', '6 %', '100 %']);
  expect([0, 0.2, 12.4, 1234, 65_000].map(formatMilliseconds)).toEqual([
    '0 ms',
    '< 1 ms',
    '12 ms',
    '1.2 s',
    '65 s',
  ]);
  expect(formatVector([0.314, -1.2])).toBe('(0.31, −1.20)');
  expect(formatVector([1, 2, 3, 4, 5], 0)).toBe('(1, 2, 3, 4, …)');
});
