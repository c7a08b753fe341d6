import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentSecurityPolicy, headersFile } from './headers.mjs';
import { createStaticServer, listen } from './serve.mjs';

let folder: string;
let origin: string;
const server = { close: () => {} };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'espalier-serve-'));
  const page = join(folder, 'page');
  await mkdir(join(page, 'assets'), { recursive: true });
  await mkdir(join(page, 'models'));
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await mkdir(join(folder, 'page-next-door'));
  await writeFile(join(folder, 'page-next-door', 'secret.txt'), 'secret');
  await writeFile(join(page, 'index.html'), '<!doctype html>page');
  await writeFile(join(page, '.hidden'), 'secret');
  await writeFile(join(page, 'models', 'index.html'), 'models');
  await writeFile(join(page, 'models', 'ring.onnx'), new Uint8Array(300).fill(7));
  await writeFile(join(page, 'assets', 'index-BEIhKxtn.js'), 'export {}');
  await writeFile(join(page, 'assets', 'ort-wasm-simd-threaded-qyIweqWS.mjs'), 'export {}');
  await writeFile(join(page, 'assets', 'ort-DcHrbrbl.wasm'), '\0asm');
  await writeFile(join(page, 'a b é.json'), '{}');
  const http = createStaticServer(page);
  origin = `http://127.0.0.1:${await listen(http, 0)}`;
  server.close = () => http.close();
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** Sends a request line as it is; `fetch` would tidy the path up first. */
function rawRequest(target: string): Promise<string> {
  return new Promise((done, failed) => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', failed).on('end', () => done(text));
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });
}

describe('the static server', () => {
  it('sends the page with isolation, a strict policy and no lasting cache', async () => {
    const response = await fetch(`${origin}/`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('page');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(response.headers.get('content-security-policy')).toContain(contentSecurityPolicy);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  it.each([
    ['/assets/index-BEIhKxtn.js', 'text/javascript; charset=utf-8', 'immutable'],
    ['/assets/ort-wasm-simd-threaded-qyIweqWS.mjs', 'text/javascript; charset=utf-8', 'immutable'],
    ['/assets/ort-DcHrbrbl.wasm', 'application/wasm', 'immutable'],
    ['/models/ring.onnx', 'application/octet-stream', 'no-cache'],
    ['/a%20b%20%C3%A9.json', 'application/json; charset=utf-8', 'no-cache'],
  ])('gives %s its media type and lifetime', async (path, type, lifetime) => {
    const response = await fetch(origin + path);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('cache-control')).toContain(lifetime);
  });

  it('sends every byte, only the headers for HEAD, and nothing again that has not changed', async () => {
    const whole = await fetch(`${origin}/models/ring.onnx`);
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(new Uint8Array(300).fill(7));
    const head = await fetch(`${origin}/models/ring.onnx`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('300');
    expect(await head.text()).toBe('');
    const etag = whole.headers.get('etag') ?? '';
    const again = await fetch(`${origin}/models/ring.onnx`, {
      headers: { 'If-None-Match': etag },
    });
    expect(again.status).toBe(304);
  });

  it.each(['bytes=0-9', 'bytes=-9', 'bytes=0-1,5-6', 'bytes=20-10', 'lines=1-2'])(
    'sends the whole where a part is asked for: %s',
    async (range) => {
      const response = await fetch(`${origin}/models/ring.onnx`, { headers: { Range: range } });
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 300]);
    },
  );

  it('sends a page that was built anew while it runs', async () => {
    await writeFile(join(folder, 'page', 'models', 'new.onnx'), new Uint8Array(3));
    expect((await fetch(`${origin}/models/new.onnx`)).status).toBe(200);
    await writeFile(join(folder, 'page', 'models', 'new.onnx'), new Uint8Array(5));
    const again = await fetch(`${origin}/models/new.onnx`);
    expect((await again.arrayBuffer()).byteLength).toBe(5);
  });

  it.each([
    '/../secret.txt',
    '/models/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/../page-next-door/secret.txt',
    '/..%5csecret.txt',
    '//../secret.txt',
    '/models/%00',
    '/.hidden',
    '/%E0%A4%A',
    'secret.txt',
  ])('never sends a file from outside the folder or a hidden one: %s', async (target) => {
    const answer = await rawRequest(target);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer.slice(answer.indexOf('\r\n\r\n'))).not.toContain('secret');
  });

  it('answers 404 with the same policy, and 405 to anything but GET and HEAD', async () => {
    const missing = await fetch(`${origin}/assets/none-00000000.js`);
    expect([missing.status, await missing.text()]).toEqual([404, 'Not found\n']);
    expect(missing.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(missing.headers.get('cache-control')).toBeNull();
    const posted = await fetch(`${origin}/`, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('adds the slash a folder lacks, on this host only', async () => {
    const response = await fetch(`${origin}/models`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([301, '/models/']);
    expect(await rawRequest('//models')).not.toMatch(/location: \/\//i);
  });

  it('serves the page below any folder of a host', async () => {
    const http = createStaticServer(join(folder, 'page'), { mount: '/some/folder/' });
    const base = `http://127.0.0.1:${await listen(http, 0)}`;
    const statuses = await Promise.all(
      ['/some/folder/', '/some/folder', '/some/folder/models/ring.onnx', '/', '/index.html'].map(
        async (path) => (await fetch(base + path)).status,
      ),
    );
    http.close();
    expect(statuses).toEqual([200, 200, 200, 404, 404]);
  });

  it('takes the next port when the wanted one is taken, and says so when there is none', async () => {
    const taken = Number(new URL(origin).port);
    const http = createStaticServer(folder);
    expect(await listen(http, taken)).toBeGreaterThan(taken);
    http.close();
    await expect(listen(createStaticServer(folder), 65536)).rejects.toThrow();
    await expect(listen(createStaticServer(folder), 0, '203.0.113.1')).rejects.toThrow(
      'Cannot listen on 203.0.113.1:0 (EADDRNOTAVAIL).',
    );
  });

  it('does not lead out of the folder through a link', async () => {
    await symlink(join(folder, 'secret.txt'), join(folder, 'page', 'link.txt'));
    expect((await fetch(`${origin}/link.txt`)).status).toBe(404);
  });
});

describe('the _headers file', () => {
  it('tells static hosts the same policy and lifetimes', () => {
    expect(headersFile()).toContain("Content-Security-Policy: default-src 'self';");
    expect(headersFile()).toContain(
      '/assets/*\n  Cache-Control: public, max-age=31536000, immutable',
    );
  });
});
