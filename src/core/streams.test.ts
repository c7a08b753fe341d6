import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { streams } from './streams';

test('no random stream is given twice', () => {
  const numbers = Object.values(streams);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('nobody outside tests and kernel checks draws from a stream that is not in the table', () => {
  const root = join(import.meta.dirname, '../..');
  const strangers = ['src', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ts$/.test(file) && !/\.(test|check|twin)\.ts$/.test(file))
      .flatMap((file) => {
        const code = readFileSync(join(root, folder, file), 'utf8');
        const calls = [...code.matchAll(/sampleKeys\([^,()]+, ([^,]+),/g)].map(
          ([, stream]) => stream,
        );
        return calls
          .filter((stream) => !/^streams\.|^stream$/.test(stream))
          .map((stream) => [file, stream]);
      }),
  );
  expect(strangers).toEqual([]);
});
