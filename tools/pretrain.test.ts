import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from './pretrain';

const manifest = join(import.meta.dirname, '../public/models/manifest.json');

describe('npm run pretrain', () => {
  const printed: string[] = [];
  beforeEach(() => {
    printed.length = 0;
    vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
    vi.spyOn(console, 'error').mockImplementation((text: string) => void printed.push(text));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('lists what can be made', async () => {
    expect(await main([])).toBe(0);
    expect(printed[0]).toContain('points/spiral');
  });

  test.each([
    [['points/none'], 'points/ring, points/moons'],
    [['points/ring', '--seed', '-1'], 'seed'],
    [['points/ring', '--steps', '0'], 'whole number from 1'],
    [['points/ring', '--fast'], '--fast'],
  ])('refuses %j in one sentence and exits 2', async (args, words) => {
    expect(await main(args)).toBe(2);
    expect(printed.join()).toContain(words);
  });

  test('--check exits 1 for a policy that is not the shipped one, and ships nothing', async () => {
    const before = readFileSync(manifest, 'utf8');
    expect(await main(['points/ring', '--check', '--steps', '2'])).toBe(1);
    expect(printed.join()).toContain('points-ring.onnx is another');
    expect(readFileSync(manifest, 'utf8')).toBe(before);
  });
});
