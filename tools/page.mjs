/**
 * What the build adds to the page: the content-security policy as a <meta> tag and the `_headers` file (the same tables
 * as our server), the web-app manifest, and the service worker (src/serviceWorker.js) with its list of files.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentSecurityPolicy, headersFile } from './headers.mjs';

const manifest = {
  name: 'Espalier',
  short_name: 'Espalier',
  description: 'Reinforcement learning of flow-matching models as branching trees.',
  start_url: '.',
  scope: '.',
  display: 'standalone',
  background_color: '#12161c',
  theme_color: '#12161c',
  icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' }],
};

const registration = `addEventListener('load', () => {
  navigator.serviceWorker?.register('./sw.js').catch((error) => console.info('Not kept for offline use.', error));
});
`;

const tags = [
  {
    tag: 'meta',
    attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
    injectTo: /** @type {const} */ ('head-prepend'),
  },
  {
    tag: 'link',
    attrs: { rel: 'manifest', href: './app.webmanifest' },
    injectTo: /** @type {const} */ ('head'),
  },
  {
    tag: 'script',
    attrs: { src: './offline.js', defer: true },
    injectTo: /** @type {const} */ ('head'),
  },
];

/** A model or recording up to this size is kept from the first visit; a larger one once it has been used. */
const largestKept = 2 ** 20;

/** @param {string} path of an emitted file @returns {boolean} whether it is kept from the first visit */
export function belongsToShell(path) {
  if (/jspi|latin-ext|cyrillic|greek|vietnamese/.test(path)) return false;
  return /\.(css|html|js|mjs|svg|webmanifest|woff2)$/.test(path);
}

/**
 * @param {string} source of src/serviceWorker.js
 * @param {{ path: string, content: string | Uint8Array }[]} bundle what Vite emits
 * @param {{ path: string, content: string | Uint8Array }[]} publicFiles what it copies
 * @returns {string} the service worker with its list of files
 */
export function serviceWorker(source, bundle, publicFiles) {
  const kept = [
    ...bundle.filter(({ path }) => belongsToShell(path)),
    ...publicFiles.filter(({ content }) => content.length <= largestKept),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256').update(source);
  for (const { path, content } of kept) hash.update(path).update(content);
  const build = {
    version: hash.digest('hex').slice(0, 12),
    // Some hosts answer /index.html with a redirection, which a service worker must not give to the browser.
    shell: kept.map(({ path }) => (path === 'index.html' ? './' : path)),
    assets: bundle.map(({ path }) => path).filter((path) => path.startsWith('assets/')),
  };
  return source.replace('{"version":"","shell":[],"assets":[]}', () => JSON.stringify(build));
}

/** @param {string} folder @returns {{ path: string, content: Uint8Array }[]} */
function filesBelow(folder, prefix = '') {
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name);
    if (statSync(file).isDirectory()) return filesBelow(file, `${prefix}${name}/`);
    return [{ path: prefix + name, content: readFileSync(file) }];
  });
}

/** @returns {import('vite').Plugin} */
export function pagePlugin() {
  let root = '';
  let publicFolder = '';
  return {
    name: 'espalier-page',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      publicFolder = config.publicDir;
    },
    transformIndexHtml: () => tags,
    generateBundle: {
      order: 'post',
      handler(_, output) {
        const bundle = Object.values(output).map((file) => ({
          path: file.fileName,
          content: file.type === 'chunk' ? file.code : file.source,
        }));
        const extra = [
          { path: 'app.webmanifest', content: JSON.stringify(manifest) },
          { path: 'offline.js', content: registration },
        ];
        const source = readFileSync(join(root, 'src', 'serviceWorker.js'), 'utf8');
        const worker = serviceWorker(source, [...bundle, ...extra], filesBelow(publicFolder));
        /** @param {string} fileName @param {string | Uint8Array} content */
        const emit = (fileName, content) =>
          this.emitFile({ type: 'asset', fileName, source: content });
        for (const { path, content } of extra) emit(path, content);
        emit('_headers', headersFile());
        emit('sw.js', worker);
      },
    },
  };
}
