import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importTable, rooms, withTable } from './architecture.mjs';
import { allowedImports } from './importDirection.mjs';
import { root } from './install.mjs';

const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');

test('ARCHITECTURE.md says of imports what the linter holds', () => {
  expect(withTable(text)).toBe(text);
  expect(importTable()).toContain('| `ui/tree` | `view`, `parts`, `state`, `views` |');
});

test('every room of src has its line and its rule', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  expect(Object.keys(rooms).sort()).toEqual(folders);
  expect(Object.keys(allowedImports).sort()).toEqual(folders);
});

test('every main file of a room is there', () => {
  const named = Object.entries(rooms).flatMap(([room, line]) =>
    [...line.matchAll(/`([^`]+)`/g)].map(([, file]) => join('src', room, file)),
  );
  expect(named.length).toBeGreaterThan(Object.keys(rooms).length);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test('no room is named among what it may import itself', () => {
  const own = Object.entries(allowedImports).filter(([room, entries]) => entries.includes(room));
  expect(own.map(([room]) => room)).toEqual([]);
});
