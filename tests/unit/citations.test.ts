/**
 * What code and documents cite exists in the clone: every `*.md` file, every section of it (`docs/methods.md §2.1`), and
 * every file that a document names in code marks. A section belongs to the file or paper it is written behind; inside
 * a document it may also be the document's own.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const own = 'tests/unit/citations.test.ts';

const folders = ['src', 'tools', 'tests', 'bench', 'docs'];
const files = [
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file).replaceAll('\\', '/'),
    ),
  ),
  ...readdirSync(root),
].sort();
const texts = files.filter(
  (file) => /\.(ts|js|mjs|cjs|svelte|wgsl|css|html|md)$/.test(file) && file !== own,
);
const documents = texts.filter((file) => file.endsWith('.md'));

/** A file, a paper or standard, or a section. */
const citation =
  /(?<file>[\w./-]*\w\.md)\b|(?<paper>\b\d{4}\.\d{5}\b|\bFIPS [\d-]+)|§(?<section>\d+(?:\.\d+)*)(?:–(?<last>\d+(?:\.\d+)*))?/g;

/** What may stand between a source and its section, or between two sections of one source. */
const link = /^[\s,;`)\]]*(?:\([\w./#-]+\))?[\s,;`]*(?:and )?$/;

interface Cited {
  /** null: an own section, which only documents have. */
  readonly source: string | null;
  readonly section: string | null;
}

/** Citations of files in a text, comment marks at line starts left out. Sections of papers are left out too. */
function citations(text: string): Cited[] {
  const flat = text.replace(/\n\s*(?:\*(?!\*)|\/\/|#(?!#))?\s*/g, ' ');
  const found: Cited[] = [];
  let source: string | null = null;
  let paper = false;
  let end = -1;
  for (const match of flat.matchAll(citation)) {
    const { file, section, last } = match.groups!;
    if (!section) {
      source = file ?? null;
      paper = !file;
      if (file) found.push({ source, section: null });
    } else {
      if (end < 0 || !link.test(flat.slice(end, match.index))) [source, paper] = [null, false];
      if (!paper) for (const one of [section, last]) if (one) found.push({ source, section: one });
    }
    end = match.index + match[0].length;
  }
  return found;
}

/** The path of `cited`, written from the root or from the citing file; null if there is no such file. */
function find(cited: string, from: string): string | null {
  const candidates = [cited, join(dirname(from), cited)];
  return candidates.find((path) => existsSync(join(root, path))) ?? null;
}

const headings = new Map(
  documents.map((file) => {
    const numbers = readFileSync(join(root, file), 'utf8').matchAll(/^#{2,3} (\d+(?:\.\d+)?) /gm);
    return [file, new Set([...numbers].map(([, number]) => number))];
  }),
);

/** What is wrong with a citation in `file`, or null. */
function fault(file: string, { source, section }: Cited): string | null {
  if (source === null && !documents.includes(file)) return `§${section} of no file`;
  const target = source === null ? file : find(source, file);
  if (target === null) return `no file ${source}`;
  if (section === null || headings.get(target)?.has(section)) return null;
  return `no §${section} in ${target}`;
}

test('every cited document and section exists', () => {
  const faults = texts.flatMap((file) =>
    citations(readFileSync(join(root, file), 'utf8')).flatMap((cited) => {
      const wrong = fault(file, cited);
      return wrong ? [`${file}: ${wrong}`] : [];
    }),
  );
  expect(faults).toEqual([]);
});

test('every source file that a document in docs/ names exists', () => {
  const named = /`((?:[\w*-]+\/)+[\w.*-]+\.(?:ts|wgsl|mjs))`/g;
  const missing = documents.flatMap((document) => {
    if (dirname(document) !== 'docs') return [];
    return [...readFileSync(join(root, document), 'utf8').matchAll(named)].flatMap(([, path]) => {
      const pattern = new RegExp(
        `^(src/)?${path.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`,
      );
      return files.some((file) => pattern.test(file)) ? [] : [`${document}: ${path}`];
    });
  });
  expect(missing).toEqual([]);
});

describe('reads citations', () => {
  test.each<[string, string, readonly Cited[]]>([
    ['a file', 'see README.md.', [{ source: 'README.md', section: null }]],
    [
      'sections, also over the end of a comment line',
      '(docs/a.md §1.2,\n * §3–4)',
      [
        { source: 'docs/a.md', section: null },
        { source: 'docs/a.md', section: '1.2' },
        { source: 'docs/a.md', section: '3' },
        { source: 'docs/a.md', section: '4' },
      ],
    ],
    ['none of a paper', '2509.06040 §3.1', []],
    ['an own section', 'as in §2', [{ source: null, section: '2' }]],
    [
      'an own section far behind a file',
      'README.md says it, for the reason in §2',
      [
        { source: 'README.md', section: null },
        { source: null, section: '2' },
      ],
    ],
  ])('%s', (_, text, expected) => expect(citations(text)).toEqual(expected));
});
