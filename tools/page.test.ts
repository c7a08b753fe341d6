import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './install.mjs';
import { serviceWorker } from './page.mjs';

const source = readFileSync(join(root, 'src/serviceWorker.js'), 'utf8');
const bundle = [
  { path: 'index.html', content: '<!doctype html>' },
  { path: 'assets/index-BEIhKxtn.js', content: 'export {}' },
  { path: 'assets/ort-DcHrbrbl.wasm', content: new Uint8Array(5e6) },
  { path: 'assets/ort.jspi-DvzLAhGZ.mjs', content: '' },
  { path: 'assets/inter-latin-wght-normal-Dx4kXJAl.woff2', content: '' },
  { path: 'assets/inter-latin-ext-wght-normal-Do1ESI31.woff2', content: '' },
];
const publicFiles = [
  { path: 'models/ring.onnx', content: new Uint8Array(150_000) },
  { path: 'models/large.onnx', content: new Uint8Array(3e6) },
];

/** The list that stands in a finished service worker. */
function written(worker: string): { version: string; shell: string[]; assets: string[] } {
  const list = /JSON\.parse\('(.*)'\)/.exec(worker)?.[1] ?? '';
  return JSON.parse(list) as ReturnType<typeof written>;
}

it('the first visit keeps the page, its code and the small models, not the binaries', () => {
  const { shell, assets } = written(serviceWorker(source, bundle, publicFiles));
  expect(shell).toEqual([
    'assets/index-BEIhKxtn.js',
    'assets/inter-latin-wght-normal-Dx4kXJAl.woff2',
    './',
    'models/ring.onnx',
  ]);
  expect(assets).toContain('assets/ort-DcHrbrbl.wasm');
});

it('the version follows what is kept, whatever order the files come in', () => {
  const version = (files: typeof publicFiles) =>
    written(serviceWorker(source, [...bundle].reverse(), files)).version;
  const { version: same } = written(serviceWorker(source, bundle, publicFiles));
  expect(version(publicFiles)).toBe(same);
  const changed = [{ path: 'models/ring.onnx', content: new Uint8Array(150_000).fill(1) }];
  expect(version(changed)).not.toBe(same);
});
