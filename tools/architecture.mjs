/**
 * The table "Who may import whom" of ARCHITECTURE.md, made from the tables that the linter holds
 * (tools/importDirection.mjs). `npm run architecture` writes it; a test fails where the file says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './install.mjs';
import { allowedImports, allowedInUi } from './importDirection.mjs';

/** What a room is, in a line. @type {Record<string, string>} */
export const rooms = {
  content: 'the catalogue of messages: `catalogue.ts`, `messages/`',
  core: 'trees, samplers, credit, pruning, errors, statistics; pure, no GPU, no DOM: `tree.ts`, `sampler.ts`, `credit.ts`',
  algorithms: 'records of choices: `index.ts`',
  scenes: 'what is generated and judged: `scene.ts`, `points/`, `glyphs/`, `sprites/`',
  config:
    'the property table, settings, the plan of an iteration: `properties/`, `resolve.ts`, `plan.ts`',
  onnx: 'files, operators by family, passes over graphs: `graph.ts`, `format/`, `operators/`, `passes/`',
  kernels: 'WGSL beside its CPU twin and check, a folder each: `noise/`, `policy_gradient/`',
  gpu: 'device, pipelines, the plan that runs a graph: `device.ts`, `pipelines.ts`, `plan/`',
  engine:
    'rollout, update, sample; on WebGPU, or on CPU cores by the pool: `engine.ts`, `gpuEngine.ts`, `ortEngine.ts`, `pool/`',
  journal: 'events, files, migrations, reading at a position: `events.ts`, `journal.ts`, `file.ts`',
  trainer: 'the six phases, evaluation, exploration: `trainer.ts`, `evaluation.ts`',
  pretrain: 'base models, teachers and students from a seed: `pretrain.ts`, `progressive.ts`',
  session:
    'one run at a time; fallback, self-check, resume: `session.ts`, `setUp.ts`, `protocol.ts`',
  workers: 'the page’s worker and its typed client: `train.worker.ts`, `client.ts`',
  ui: 'the page: `App.svelte`, its folders below',
  cli: 'the terminal: `main.ts`, `runCommand.ts`',
};

const [begin, end] = ['<!-- imports: npm run architecture -->', '<!-- end of imports -->'];

/** @param {string[]} entries of the linter's table @returns {string} */
function listed(entries) {
  const types = entries.filter((one) => one.startsWith('types:'));
  const whole = entries.filter((one) => !one.startsWith('types:'));
  const names = whole.map((one) => `\`${one}\``).join(', ');
  if (types.length === 0) return names || '–';
  const typeNames = types.map((one) => `\`${one.replace('types:', '')}\``).join(', ');
  return `${names}${names && '; '}types of ${typeNames}`;
}

/** The rooms of src and inside src/ui as Markdown, between its two markers. */
export function importTable() {
  const rows = Object.entries(allowedImports).map(
    ([room, entries]) => `| \`${room}\` | ${rooms[room] ?? ''} | ${listed(entries)} |`,
  );
  const inner = Object.entries(allowedInUi).map(
    ([room, entries]) => `| \`ui/${room}\` | ${listed(entries)} |`,
  );
  return [
    begin,
    '',
    '| room | what it is | may import |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '| inside the page | may import of it |',
    '| --- | --- |',
    ...inner,
    '',
    end,
  ].join('\n');
}

/** @param {string} text of ARCHITECTURE.md @returns {string} with the present table */
export function withTable(text) {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error('ARCHITECTURE.md has no place for the table.');
  return text.slice(0, from) + importTable() + text.slice(to + end.length);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(root, 'ARCHITECTURE.md');
  writeFileSync(file, withTable(readFileSync(file, 'utf8')));
}
