import { expect, it } from 'vitest';
import { buildRecord } from './page.mjs';

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

it('the first visit keeps the page, its code and the small models, not the binaries', () => {
  const { shell, assets } = buildRecord(bundle, publicFiles);
  expect(shell.map(({ url }) => url)).toEqual([
    'assets/index-BEIhKxtn.js',
    'assets/inter-latin-wght-normal-Dx4kXJAl.woff2',
    './',
    'models/ring.onnx',
  ]);
  expect(assets).toContain('assets/ort-DcHrbrbl.wasm');
});

it('the version follows what is kept, whatever order the files come in', () => {
  const version = (files: typeof publicFiles) => buildRecord([...bundle].reverse(), files).version;
  const { version: same } = buildRecord(bundle, publicFiles);
  expect(version(publicFiles)).toBe(same);
  const changed = [{ path: 'models/ring.onnx', content: new Uint8Array(150_000).fill(1) }];
  expect(version(changed)).not.toBe(same);
});

it('every kept file has its digest, and a revision where its name does not say its content', () => {
  const { shell } = buildRecord(
    [{ path: 'assets/index-BEIhKxtn.js', content: 'abc' }],
    publicFiles,
  );
  expect(shell[0]).toEqual({
    url: 'assets/index-BEIhKxtn.js',
    revision: null,
    // echo -n abc | openssl dgst -sha384 -binary | base64
    integrity: 'sha384-ywB1P0WjXou1oD1pmsZQBycsMqsO3tFjGotgWkP/W+2AhgcroefMI1i67KE0yCWn',
  });
  expect(shell[1].revision).toMatch(/^[0-9a-f]{12}$/);
});
