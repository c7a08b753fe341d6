/**
 * What the build adds to the page: the content-security policy as a <meta> tag and the `_headers` file (the same tables
 * as our server), the web-app manifest, and the service worker (src/serviceWorker.ts) with its list of files.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
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

/** Milliseconds after the page has loaded that are left to the first iteration. */
const headStart = 3000;

const registration = `addEventListener('load', () => {
  setTimeout(() => {
    navigator.serviceWorker?.register('./sw.js').catch((error) => console.info('Not kept for offline use.', error));
  }, ${headStart});
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

/** @param {string[]} files that the entry asks for while it runs @returns {import('vite').HtmlTagDescriptor[]} */
const preloads = (files) =>
  files.map((file) => ({
    tag: 'link',
    attrs: { rel: 'modulepreload', href: `./${file}` },
    injectTo: /** @type {const} */ ('head'),
  }));

/** A model or recording up to this size is kept from the first visit; a larger one once it has been used. */
const largestKept = 2 ** 20;

/** @param {string} path of an emitted file @returns {boolean} whether it is kept from the first visit */
export function belongsToShell(path) {
  if (/jspi|latin-ext|cyrillic|greek|vietnamese/.test(path)) return false;
  return /\.(css|html|js|mjs|svg|webmanifest|woff2)$/.test(path);
}

/** @typedef {{ path: string, content: string | Uint8Array }} File path below the page's folder */

/**
 * @typedef {{ url: string, revision: string | null, integrity: string }} Kept as Workbox takes it: no revision where the
 * name already says the content
 * @typedef {{ version: string, shell: Kept[], assets: string[] }} Build what the service worker knows of a build: the
 * files kept from the first visit, and all that are named by their content
 */

/**
 * @param {File[]} bundle what Vite emits
 * @param {File[]} publicFiles what it copies
 * @returns {Build}
 */
export function buildRecord(bundle, publicFiles) {
  const kept = [
    ...bundle.filter(({ path }) => belongsToShell(path)),
    ...publicFiles.filter(({ content }) => content.length <= largestKept),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const shell = kept.map(({ path, content }) => ({
    // Some hosts answer /index.html with a redirection, which a service worker must not give to the browser.
    url: path === 'index.html' ? './' : path,
    revision: path.startsWith('assets/') ? null : digest('sha256', content, 'hex').slice(0, 12),
    integrity: `sha384-${digest('sha384', content, 'base64')}`,
  }));
  return {
    version: digest('sha256', JSON.stringify(shell), 'hex').slice(0, 12),
    shell,
    assets: bundle.map(({ path }) => path).filter((path) => path.startsWith('assets/')),
  };
}

/** @param {string} algorithm @param {string | Uint8Array} content @param {'hex' | 'base64'} form @returns {string} */
const digest = (algorithm, content, form) => createHash(algorithm).update(content).digest(form);

/** @param {string} root the repository @param {Build} record @returns {Promise<string>} the finished service worker */
async function serviceWorker(root, record) {
  const result = await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    define: {
      espalierBuild: JSON.stringify(record),
      'process.env.NODE_ENV': JSON.stringify('production'),
    },
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: {
        input: join(root, 'src', 'serviceWorker.ts'),
        output: { format: 'iife', entryFileNames: 'sw.js' },
      },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  const [chunk] = output && 'output' in output ? output.output : [];
  if (chunk?.type !== 'chunk') throw new Error('The service worker could not be built.');
  return chunk.code;
}

/** @param {string} folder @returns {File[]} */
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
    transformIndexHtml: (_, { chunk }) => [...tags, ...preloads(chunk?.dynamicImports ?? [])],
    generateBundle: {
      order: 'post',
      async handler(_, output) {
        const bundle = Object.values(output).map((file) => ({
          path: file.fileName,
          content: file.type === 'chunk' ? file.code : file.source,
        }));
        const extra = [
          { path: 'app.webmanifest', content: JSON.stringify(manifest) },
          { path: 'offline.js', content: registration },
        ];
        const record = buildRecord([...bundle, ...extra], filesBelow(publicFolder));
        const worker = await serviceWorker(root, record);
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
