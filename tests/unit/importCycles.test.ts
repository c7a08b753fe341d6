import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(ts|svelte)$/.test(file))
  .sort();
const known = new Set(files);

/** Files below src that `file` imports at run time; type imports vanish and cannot make a cycle. */
function importsOf(file: string): string[] {
  const code = readFileSync(join(source, file), 'utf8');
  const statement = /^\s*(?:import|export)\s(?!type\b)(?:[^;'"]*?\sfrom\s+)?['"](\.[^'"?]+)['"]/gm;
  return [...code.matchAll(statement)].flatMap(([, specifier = '']) => {
    const path = relative(source, join(source, dirname(file), specifier));
    return [path, `${path}.ts`, join(path, 'index.ts')].filter((candidate) => known.has(candidate));
  });
}

/** The first cycle reachable from `file`, as the path that closes it. */
function findCycle(
  file: string,
  imports: (file: string) => readonly string[],
  path: string[] = [],
  done = new Set<string>(),
): string[] | undefined {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const next of imports(file)) {
    const cycle = findCycle(next, imports, [...path, file], done);
    if (cycle) return cycle;
  }
  done.add(file);
  return undefined;
}

it('no file of src imports itself by way of others', () => {
  expect(importsOf('engine/ort.ts')).toEqual(['core/errors.ts']);
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  const done = new Set<string>();
  const cycles = files.map((file) => findCycle(file, (from) => imports.get(from) ?? [], [], done));
  expect(cycles.filter(Boolean)).toEqual([]);
});

it('a cycle would be found', () => {
  const imports: Record<string, string[]> = { a: ['b'], b: ['c', 'd'], c: [], d: ['b'] };
  expect(findCycle('a', (file) => imports[file] ?? [])).toEqual(['b', 'd', 'b']);
});
