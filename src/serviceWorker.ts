/**
 * Makes the page work offline after one visit. The build (tools/page.mjs) bundles it and writes the list of files.
 *
 * Workbox keeps the shell: on a first visit all of it, later only what has changed, each file only if its SHA-384 is
 * the build's. Files named by their content are answered from what is kept. Everything else is asked from the network
 * first, so nobody sees a stale page or a model that does not fit its manifest; what is kept answers when the network
 * does not. A new version takes over once every tab of the old one is closed: a running experiment is never disturbed.
 */
import { PrecacheController } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import type { Build } from '../tools/page.mjs';

/** The build writes its record in place of this name, so it is named once. */
declare const espalierBuild: Build;
const build = espalierBuild;

const worker = self as unknown as ServiceWorkerGlobalScope;
const { scope } = worker.registration;
const prefix = `espalier ${scope} `;
const shellCache = `${prefix}shell`;
/** Larger files, once they have been used. */
const usedCache = `${prefix}used ${build.version}`;
const assets = new Set(build.assets.map((path) => new URL(path, scope).href));

const shell = new PrecacheController({
  cacheName: shellCache,
  // Workbox would load again what the page has just loaded; asking the host whether it changed is enough.
  plugins: [
    {
      requestWillFetch: async ({ request }) =>
        new Request(request, { cache: assets.has(request.url) ? 'default' : 'no-cache' }),
    },
  ],
});

/** Drops the files of older versions; ONNX Runtime's binaries (src/engine/ort.ts) only when they have changed. */
async function dropOldFiles(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter(
    (name) => name.startsWith(prefix) && name !== shellCache && name !== usedCache,
  );
  await Promise.all(old.map((name) => caches.delete(name)));
  const binaries = await caches.open('onnxruntime');
  const kept = await binaries.keys();
  const unused = kept.filter(({ url }) => url.startsWith(scope) && !assets.has(url));
  await Promise.all(unused.map((request) => binaries.delete(request)));
  await worker.clients.claim();
}

async function fetchAndKeep(request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.status === 200) {
    const cache = await caches.open(usedCache);
    await cache.put(request, response.clone()).catch(() => undefined); // a full disk loses only offline use
  }
  return response;
}

async function cacheFirst(request: Request): Promise<Response> {
  const kept = (await shell.matchPrecache(request)) ?? (await caches.match(request));
  return kept ?? fetchAndKeep(request);
}

/** The kept shell stays the one that was installed as a whole, so what comes for it now is not kept. */
async function networkFirst(request: Request): Promise<Response> {
  const page = request.mode === 'navigate';
  const address = page ? scope : request.url.replace(/[?#].*/, '');
  const inShell = shell.getCacheKeyForURL(address) !== undefined;
  try {
    return await (page || inShell ? fetch(request) : fetchAndKeep(request));
  } catch (error) {
    const cache = await caches.open(usedCache);
    const kept =
      (await shell.matchPrecache(address)) ?? (await cache.match(request, { ignoreSearch: true }));
    if (kept) return kept;
    throw error;
  }
}

shell.precache(build.shell);
worker.addEventListener('activate', (event) => event.waitUntil(dropOldFiles()));
registerRoute(
  ({ request }) => assets.has(request.url),
  ({ request }) => cacheFirst(request),
);
registerRoute(
  ({ request }) => request.url.startsWith(scope),
  ({ request }) => networkFirst(request),
);
