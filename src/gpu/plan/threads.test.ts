import { expect, test } from 'vitest';
import { foldWorkgroups, threadProduct, tiles, workgroups } from './threads';

test('tiles round up for every batch size', () => {
  const rows = tiles({ count: 3, power: 1 }, 8);
  expect([1, 2, 3, 8].map(rows.at)).toEqual([1, 1, 2, 3]);
  expect(rows.code).toBe('(((3u * n) + 7u) / 8u)');
  expect(tiles({ count: 16, power: 1 }, 8).code).toBe('(2u * n)');
  expect(workgroups(threadProduct(rows, tiles({ count: 512, power: 0 }, 1))).at(3)).toBe(16);
});

test('more workgroups than one dimension holds are folded into a rectangle that covers them', () => {
  expect(foldWorkgroups(7)).toEqual([7, 1]);
  for (const count of [65535, 65536, 200_001, 5_000_000]) {
    const [x, y] = foldWorkgroups(count);
    expect(x).toBeLessThanOrEqual(65535);
    expect(x * y).toBeGreaterThanOrEqual(count);
    expect(x * y - count).toBeLessThan(y);
  }
});
