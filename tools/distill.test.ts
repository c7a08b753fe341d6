import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from './distill';
import { main as pretrain } from './pretrain';

const manifest = join(import.meta.dirname, '../public/models/manifest.json');

describe('npm run distill', () => {
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
    expect(printed[0]).toMatch(/glyphs[^]*sprites/);
  });

  test.each([
    [['points/ring'], 'glyphs, sprites'],
    [['glyphs', '--engine', 'fast'], 'native or wasm'],
    [['glyphs', '--fast'], '--fast'],
  ])('refuses %j in one sentence, exits 2 and ships nothing', async (args, words) => {
    const before = readFileSync(manifest, 'utf8');
    expect(await main(args)).toBe(2);
    expect(printed.join()).toContain(words);
    expect(readFileSync(manifest, 'utf8')).toBe(before);
  });

  test('teachers are made by npm run pretrain, which has nothing to check them against', async () => {
    expect(await pretrain([])).toBe(0);
    expect(printed[0]).toMatch(/Teachers[^]*glyphs/);
    expect(await pretrain(['glyphs', '--check'])).toBe(2);
    expect(printed.join()).toContain('npm run distill -- SCENE --check');
  });
});
