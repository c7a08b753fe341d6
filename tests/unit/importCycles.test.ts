import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = ['src', 'bench']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  )
  .filter((file) => /\.(ts|svelte)$/.test(file))
  .sort();
const known = new Set(files);

/** Files that `code` in `file` imports, types too: what can only be read together is one file in pieces. */
function importsOf(file: string, code = readFileSync(join(root, file), 'utf8')): string[] {
  const statement = /^\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s+)?['"](\.[^'"?]+)['"]/gm;
  return [...code.matchAll(statement)].flatMap(([, specifier = '']) => {
    const path = relative(root, join(root, dirname(file), specifier));
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

it('no file of src or bench imports itself by way of others', () => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  const done = new Set<string>();
  const cycles = files.map((file) => findCycle(file, (from) => imports.get(from) ?? [], [], done));
  expect(cycles.filter(Boolean)).toEqual([]);
});

it('every form of an import is seen, types included', () => {
  const code = [
    "import { a } from '../core/errors';",
    "import type { B } from './engine';",
    "export type { C } from '../scenes';",
    "import {\n  d,\n  type E,\n} from './ort';",
    "import './network';",
    "import text from './x.wgsl?raw';",
  ].join('\n');
  expect(importsOf('src/engine/some.ts', code)).toEqual([
    'src/core/errors.ts',
    'src/engine/engine.ts',
    'src/scenes/index.ts',
    'src/engine/ort.ts',
    'src/engine/network.ts',
  ]);
});

it('a cycle would be found', () => {
  const imports: Record<string, string[]> = { a: ['b'], b: ['c', 'd'], c: [], d: ['b'] };
  expect(findCycle('a', (file) => imports[file] ?? [])).toEqual(['b', 'd', 'b']);
});
