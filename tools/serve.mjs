/**
 * Serves a folder of finished files over HTTP with the page's headers. No dependencies, so that the page can be looked
 * at wherever Node runs; used by `npm start` and by the browser tests.
 */
import { createReadStream, realpathSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { resolve, sep } from 'node:path';
import { cacheControl, mediaType, securityHeaders } from './headers.mjs';

/**
 * A server of `folder` under the URL path `mount` (default `/`). Only GET and HEAD; nothing outside the folder and no
 * dot-file is ever sent.
 * @param {string} folder
 * @param {{ mount?: string }} [options] `mount` begins and ends with a slash
 */
export function createStaticServer(folder, { mount = '/' } = {}) {
  const root = realpathSync(folder);
  return createServer((request, response) => {
    answer(root, mount, request, response).catch(() => refuse(response, 500, 'Internal error'));
  });
}

/**
 * @param {string} root
 * @param {string} mount
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(root, mount, request, response) {
  const method = request.method ?? '';
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405, 'Method not allowed');
  }
  const path = decodedPath(request.url ?? '/');
  if (path === undefined) return refuse(response, 400, 'Bad address');
  if (`${path}/` === mount) return redirect(response, mount);
  if (!path.startsWith(mount)) return refuse(response, 404, 'Not found');

  const relative = path.slice(mount.length);
  const name = relative === '' || relative.endsWith('/') ? `${relative}index.html` : relative;
  const hidden = relative.split('/').some((part) => part.startsWith('.'));
  const file = await realpath(resolve(root, name)).catch(() => '');
  if (hidden || !file.startsWith(root + sep)) return refuse(response, 404, 'Not found');
  const status = await stat(file);
  if (status.isDirectory()) return redirect(response, `${mount}${relative}/`);
  if (!status.isFile()) return refuse(response, 404, 'Not found');

  const tag = `"${status.size.toString(36)}-${Math.floor(status.mtimeMs).toString(36)}"`;
  const headers = {
    ...securityHeaders,
    'Cache-Control': cacheControl(relative),
    'Content-Type': mediaType(file),
    ETag: tag,
  };
  if (request.headers['if-none-match'] === tag) return void response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, 'Content-Length': status.size });
  if (method === 'HEAD') return void response.end();
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

/** @param {string} url the request target; undefined when it is not a decodable path @returns {string | undefined} */
function decodedPath(url) {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '');
    return path.startsWith('/') && !/[\0\\]/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** @param {import('node:http').ServerResponse} response @param {string} path */
function redirect(response, path) {
  const location = encodeURI(path.replace(/^\/+/, '/'));
  response.writeHead(301, { ...securityHeaders, Location: location }).end();
}

/** @param {import('node:http').ServerResponse} response @param {number} code @param {string} text */
function refuse(response, code, text) {
  if (response.headersSent) return void response.destroy();
  const headers = { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' };
  response.writeHead(code, headers).end(`${text}\n`);
}

/**
 * Listens on `port`, or on the next free one of the 50 after it (0: any free port).
 * @param {import('node:http').Server} server @param {number} port @param {string} [host] @returns {Promise<number>} the port
 */
export async function listen(server, port, host = '127.0.0.1') {
  for (let candidate = port; ; candidate++) {
    const code = await attempt(server, candidate, host);
    const address = server.address();
    if (!code && address && typeof address === 'object') return address.port;
    if ((code !== 'EADDRINUSE' && code !== 'EACCES') || candidate >= Math.min(port + 50, 65535)) {
      throw new Error(`Cannot listen on ${host}:${candidate} (${code}).`);
    }
  }
}

/**
 * @param {import('node:http').Server} server @param {number} port @param {string} host
 * @returns {Promise<string | undefined>} the error code, or undefined once it listens
 */
function attempt(server, port, host) {
  return new Promise((done) => {
    const failed = (/** @type {NodeJS.ErrnoException} */ error) => done(error.code ?? 'unknown');
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      done(undefined);
    });
  });
}
