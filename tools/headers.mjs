/**
 * The response headers of the page, in one place: the development server, our own server, the `_headers` file for
 * static hosts and the <meta> policy of the built page are all made from these tables. The page works without any of
 * them; the isolation headers are what WASM threads need.
 */
import { extname } from 'node:path';

export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Content-security policy of the built page: this origin only; WASM may compile; no inline script or style. */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export const securityHeaders = {
  ...isolationHeaders,
  'Content-Security-Policy': `${contentSecurityPolicy}; frame-ancestors 'self'`,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** Vite names these files by their content, so they never change; everything else is asked for again each time. */
const hashedAsset = /^\/?assets\/[^/]+-[\w-]{8}\.\w+$/;

/**
 * @param {string} path path below the page's folder, such as `assets/index-BEIhKxtn.js`
 * @returns {string} the value of Cache-Control
 */
export function cacheControl(path) {
  return hashedAsset.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** @type {Record<string, string>} */
const mediaTypes = {
  '.css': 'text/css; charset=utf-8',
  '.espalier': 'application/octet-stream',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** @param {string} path @returns {string} the value of Content-Type */
export function mediaType(path) {
  return mediaTypes[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

/** The same headers in the `_headers` syntax of Netlify and Cloudflare Pages. */
export function headersFile() {
  const lines = (/** @type {Record<string, string>} */ table) =>
    Object.entries(table).map(([name, value]) => `  ${name}: ${value}`);
  return [
    '/*',
    ...lines(securityHeaders),
    '',
    '/assets/*',
    ...lines({ 'Cache-Control': cacheControl('assets/x-00000000.js') }),
    '',
  ].join('\n');
}
