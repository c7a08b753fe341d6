/**
 * Makes the page work offline after one visit. Copied by the build (tools/page.mjs), which writes the list of files.
 *
 * Files named by their content are answered from the cache. Everything else is asked from the network first, so nobody
 * sees a stale page or a model that does not fit its manifest; the cache answers when the network does not. A new
 * version takes over once every tab of the old one is closed: a running experiment is never disturbed.
 */
{
  /** @typedef {{ version: string, shell: string[], assets: string[] }} Build shell: what is kept from the first visit */
  const build = /** @type {Build} */ (JSON.parse('{"version":"","shell":[],"assets":[]}'));

  const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
  const scope = worker.registration.scope;
  const prefix = `espalier ${scope} `;
  const cacheName = prefix + build.version;
  const shell = new Set(build.shell.map(absolute));
  const assets = new Set(build.assets.map(absolute));

  /** @param {string} path @returns {string} */
  function absolute(path) {
    return new URL(path, scope).href;
  }

  async function keepShell() {
    const cache = await caches.open(cacheName);
    const requests = [...shell].map(
      (url) => new Request(url, { cache: assets.has(url) ? 'default' : 'no-cache' }),
    );
    await cache.addAll(requests);
  }

  /** Drops the files of older versions; ONNX Runtime's binaries (src/engine/ort.ts) only when they have changed. */
  async function dropOldFiles() {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(prefix) && name !== cacheName);
    await Promise.all(old.map((name) => caches.delete(name)));
    const binaries = await caches.open('onnxruntime');
    const kept = await binaries.keys();
    const unused = kept.filter(({ url }) => url.startsWith(scope) && !assets.has(url));
    await Promise.all(unused.map((request) => binaries.delete(request)));
    await worker.clients.claim();
  }

  /** @param {Request} request @returns {Promise<Response>} */
  async function fetchAndKeep(request) {
    const response = await fetch(request);
    if (response.status === 200) {
      const cache = await caches.open(cacheName);
      await cache.put(request, response.clone()).catch(() => undefined); // a full disk loses only offline use
    }
    return response;
  }

  /** @param {Request} request @returns {Promise<Response>} */
  async function cacheFirst(request) {
    return (await caches.match(request)) ?? fetchAndKeep(request);
  }

  /** @param {Request} request @returns {Promise<Response>} */
  async function networkFirst(request) {
    try {
      // The kept shell stays the one that was installed as a whole.
      return await (shell.has(request.url) || request.mode === 'navigate'
        ? fetch(request)
        : fetchAndKeep(request));
    } catch (error) {
      const cache = await caches.open(cacheName);
      const kept = await cache.match(request.mode === 'navigate' ? scope : request, {
        ignoreSearch: true,
      });
      if (kept) return kept;
      throw error;
    }
  }

  worker.addEventListener('install', (event) => event.waitUntil(keepShell()));
  worker.addEventListener('activate', (event) => event.waitUntil(dropOldFiles()));
  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    if (request.method !== 'GET' || !request.url.startsWith(scope)) return;
    event.respondWith(assets.has(request.url) ? cacheFirst(request) : networkFirst(request));
  });
}
