/**
 * Serves a folder of finished files over HTTP with the page's headers; used by `npm start` and by the browser tests.
 * sirv sends the files; which of them may be sent at all is decided here.
 */
import { constants, realpathSync } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { resolve, sep } from 'node:path';
import sirv from 'sirv';
import { cacheControl, mediaType, securityHeaders } from './headers.mjs';

/**
 * A server of `folder` under the URL path `mount` (default `/`). Only GET and HEAD; nothing outside the folder and no
 * dot-file is ever sent.
 * @param {string} folder
 * @param {{ mount?: string }} [options] `mount` begins and ends with a slash
 */
export function createStaticServer(folder, { mount = '/' } = {}) {
  const root = realpathSync(folder);
  // `dev` looks files up as they are asked for, so that a page built anew is served as it is.
  const send = sirv(root, { dev: true, etag: true, extensions: [], setHeaders });
  return createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    target(root, mount, request, response)
      .then((file) => {
        if (file === undefined) return;
        request.url = encodeURI(file);
        // Of a range from the end, or of several, sirv would send other bytes; whoever asks must take the whole, too.
        delete request.headers.range;
        send(request, response, () => refuse(response, 404, 'Not found'));
      })
      .catch(() => refuse(response, 500, 'Internal error'));
  });
}

/** @param {import('node:http').ServerResponse} response @param {string} path */
function setHeaders(response, path) {
  response.setHeader('Cache-Control', cacheControl(path));
  response.setHeader('Content-Type', mediaType(path));
}

/**
 * @param {string} root
 * @param {string} mount
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @returns {Promise<string | undefined>} the path below root of the file to send; undefined once answered without one
 */
async function target(root, mount, request, response) {
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
  await access(file, constants.R_OK);
  return `/${name}`;
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

/** @param {import('node:http').ServerResponse} response @param {string} path @returns {undefined} */
function redirect(response, path) {
  const location = encodeURI(path.replace(/^\/+/, '/'));
  response.writeHead(301, { Location: location }).end();
}

/** @param {import('node:http').ServerResponse} response @param {number} code @param {string} text @returns {undefined} */
function refuse(response, code, text) {
  if (response.headersSent) return void response.destroy();
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
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
