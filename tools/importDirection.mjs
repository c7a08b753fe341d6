/**
 * ESLint rule: which folder of src/ may import which. Knowledge flows one way (ARCHITECTURE.md), so any folder can be
 * read knowing only those it names here. Cycles between single files are found by tests/unit/importCycles.test.ts.
 */
import { dirname, relative, resolve, sep } from 'node:path';

/**
 * Folder → the folders and files it may import; `types:` allows only their types. Besides these, all may say what is in
 * the catalogue (`content`), and kernels' twins (`*.twin.ts`: pure TypeScript) are open to all, and themselves import
 * only core and each other.
 * @type {Record<string, string[]>}
 */
export const allowedImports = {
  content: [],
  core: [],
  algorithms: ['types:config'],
  scenes: ['core', 'types:config', 'types:algorithms'],
  config: ['core', 'algorithms', 'scenes'],
  onnx: ['core'],
  kernels: ['core', 'gpu'],
  gpu: ['core', 'onnx'],
  engine: ['core', 'onnx', 'kernels', 'gpu'],
  journal: ['core', 'config', 'algorithms', 'types:scenes', 'types:engine/engine'],
  trainer: ['core', 'config', 'algorithms', 'scenes', 'journal', 'engine'],
  pretrain: ['core', 'scenes', 'engine', 'onnx'],
  session: everythingBut('session', 'workers', 'ui', 'cli'),
  workers: everythingBut('workers', 'ui', 'cli'),
  ui: [
    'core',
    'config',
    'algorithms',
    'scenes',
    'journal',
    'types:engine/engine',
    'onnx/trainedPolicyFile',
    'workers/client',
    'session/protocol',
  ],
  cli: everythingBut('workers', 'ui', 'cli'),
};

/**
 * The same inside `ui`, types included: view · parts → state → views of samples → panels. What lies in `ui` itself puts
 * them together and may import all of them.
 * @type {Record<string, string[]>}
 */
export const allowedInUi = {
  view: [],
  parts: [],
  state: ['view'],
  controls: ['view', 'parts', 'state'],
  plane: ['view', 'parts', 'state', 'controls/Choice.svelte'],
  pictures: ['view', 'parts', 'state'],
  views: ['view', 'plane/planeView', 'pictures/pictureView'],
  tree: ['view', 'parts', 'state', 'views'],
  curves: ['view', 'parts', 'state', 'views'],
  inspector: ['view', 'parts', 'state', 'views'],
  status: ['view', 'parts', 'state', 'controls'],
};

/** @param {string[]} folders @returns {string[]} */
function everythingBut(...folders) {
  const all =
    'core algorithms scenes config onnx kernels gpu engine journal trainer pretrain session workers ui cli';
  return all.split(' ').filter((folder) => !folders.includes(folder));
}

/**
 * @param {string} from importing file below src, such as `gpu/plan.ts`
 * @param {string} to imported file below src, without extension
 * @param {boolean} typesOnly
 * @returns {boolean}
 */
export function mayImport(from, to, typesOnly) {
  const [folder = ''] = from.split('/');
  const [target = ''] = to.split('/');
  if (!from.includes('/')) return true;
  if (to.endsWith('.twin')) return folder !== 'core' && folder !== 'content';
  if (from.endsWith('.twin.ts')) return target === 'core';
  if (folder === 'ui' && target === 'ui') return mayImportInUi(from.slice(3), to.slice(3));
  if (folder === target) return true;
  if (target === 'content') return folder in allowedImports;
  return (allowedImports[folder] ?? []).some((entry) => {
    const name = entry.replace('types:', '');
    if (name !== entry && !typesOnly) return false;
    return to === name || to.startsWith(`${name}/`);
  });
}

/** @param {string} from @param {string} to both below `ui` @returns {boolean} */
function mayImportInUi(from, to) {
  const [folder = ''] = from.split('/');
  if (!from.includes('/') || to === folder || to.startsWith(`${folder}/`)) return true;
  return (allowedInUi[folder] ?? []).some((name) => to === name || to.startsWith(`${name}/`));
}

/** @param {import('estree').Node & { importKind?: string, exportKind?: string }} node @returns {boolean} */
function importsTypesOnly(node) {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  if (node.type !== 'ImportDeclaration' || node.specifiers.length === 0) return false;
  return node.specifiers.every((one) => 'importKind' in one && one.importKind === 'type');
}

/** @type {import('eslint').Rule.RuleModule} */
export const importDirection = {
  meta: {
    type: 'problem',
    docs: { description: 'keep imports flowing one way between the folders of src' },
    messages: {
      direction: 'src/{{from}} may not import src/{{to}}{{how}}; see tools/importDirection.mjs.',
    },
    schema: [],
  },
  create(context) {
    const source = resolve(context.cwd, 'src');
    const below = (/** @type {string} */ path) => relative(source, path).split(sep).join('/');
    const from = below(context.filename);
    if (from.startsWith('..') || /\.test\.ts$/.test(from)) return {};

    /** @param {import('estree').Node & { source?: unknown }} node */
    const examine = (node) => {
      const specifier = /** @type {{ value?: unknown } | null} */ (node.source)?.value;
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const to = below(resolve(dirname(context.filename), specifier.replace(/\?.*$/, '')));
      const typesOnly = importsTypesOnly(node);
      if (to.startsWith('..') || mayImport(from, to, typesOnly)) return;
      const how = mayImport(from, to, true) ? ' except for its types' : '';
      context.report({
        node,
        messageId: 'direction',
        data: { from: dirname(from), to, how },
      });
    };
    return {
      ImportDeclaration: examine,
      ImportExpression: examine,
      ExportNamedDeclaration: examine,
      ExportAllDeclaration: examine,
    };
  },
};
