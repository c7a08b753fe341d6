/**
 * `npm test`: everything that must hold, from a fresh clone, in one command. `node tools/test.mjs STEP…` runs some
 * steps; what follows them goes to vitest (`npm run test:unit -- src/core`). The last line counts: a check is one, a
 * test is one, and a test that was skipped has failed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium, ensurePackages, execute, root, runTool, SetupError } from './install.mjs';

/** @typedef {{ passed: number, failed: number }} Count */
/** @typedef {{ status: string, assertionResults: unknown[] }} FileResult */
/** @typedef {{ title: string, run: (filters: string[]) => Promise<Count> }} Step */

/** @type {Record<string, Step>} */
const steps = {
  format: check('formatting', ['prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']),
  lint: check('lint', ['eslint/bin/eslint.js', '--max-warnings=0', '.']),
  types: check(
    'types',
    ['typescript/bin/tsc', '--project', '.'],
    [
      'svelte-check/bin/svelte-check',
      '--tsconfig',
      './tsconfig.json',
      '--fail-on-warnings',
      '--output',
      'human',
    ],
  ),
  unit: tests('unit tests (Node)', 'unit'),
  gpu: tests('shader tests (Dawn, software adapter)', 'gpu', ensureChromium),
  browser: tests('browser tests (the built page in Chromium)', 'browser', ensureChromium),
};
const testSteps = ['unit', 'gpu', 'browser'];

/** @param {string} title @param {string[][]} commands each a script below node_modules and its arguments @returns {Step} */
function check(title, ...commands) {
  return {
    title,
    run: async () => {
      for (const [script = '', ...args] of commands) {
        const { code } = await execute(process.execPath, [
          join(root, 'node_modules', script),
          ...args,
        ]);
        if (code !== 0) return { passed: 0, failed: 1 };
      }
      return { passed: 1, failed: 0 };
    },
  };
}

/** @param {string} title @param {string} project of vitest.config.ts @param {() => Promise<void>} [prepare] @returns {Step} */
function tests(title, project, prepare = async () => {}) {
  return {
    title,
    run: async (filters) => {
      await prepare();
      const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'));
      const report = join(folder, 'report.json');
      const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
      const args = ['run', '--project', project, '--reporter=default', '--reporter=json'];
      const { code } = await execute(process.execPath, [
        vitest,
        ...args,
        `--outputFile.json=${report}`,
        ...filters,
      ]);
      const count = countTests(report, code);
      rmSync(folder, { recursive: true });
      return count;
    },
  };
}

/**
 * Counts a vitest report. Skipped tests, files that could not be loaded and errors outside any test are failures.
 * @param {string} report path of the JSON report @param {number} code exit code of vitest @returns {Count}
 */
export function countTests(report, code) {
  /** @type {{ numPassedTests: number, numTotalTests: number, testResults: FileResult[] }} */
  let results;
  try {
    results = /** @type {typeof results} */ (JSON.parse(readFileSync(report, 'utf8')));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const passed = results.numPassedTests;
  const brokenFiles = results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = results.numTotalTests - passed + brokenFiles;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/**
 * @param {string[]} args of the command line
 * @returns {{ names: string[], filters: string[] }} the steps to run, and what vitest gets
 */
export function chooseSteps(args) {
  const first = args.findIndex((arg) => !(arg in steps));
  const names = first === -1 ? args : args.slice(0, first);
  const filters = first === -1 ? [] : args.slice(first);
  if (filters.length > 0 && !names.some((name) => testSteps.includes(name))) {
    throw new SetupError(
      `${filters[0]}: no such step; the steps are ${Object.keys(steps).join(', ')}.`,
    );
  }
  return { names: names.length > 0 ? names : Object.keys(steps), filters };
}

/** @param {string[]} args @returns {Promise<number>} */
async function main(args) {
  const { names, filters } = chooseSteps(args);
  const set = {
    title: 'set-up',
    run: () => ensurePackages().then(() => ({ passed: 0, failed: 0 })),
  };
  /** @type {{ title: string, seconds: number, count: Count }[]} */
  const done = [];
  for (const step of [set, ...names.map((name) => /** @type {Step} */ (steps[name]))]) {
    console.log(`\n▸ ${step.title}`);
    const start = performance.now();
    const count = await step.run(filters).catch(setupFailure);
    done.push({ title: step.title, seconds: (performance.now() - start) / 1000, count });
    if (step === set && count.failed > 0) break;
  }
  console.log('');
  for (const { title, seconds, count } of done) {
    const verdict = count.failed > 0 ? 'FAILED' : 'ok';
    console.log(`${title.padEnd(44)} ${seconds.toFixed(1).padStart(7)} s  ${verdict}`);
  }
  const failed = done.reduce((sum, { count }) => sum + count.failed, 0);
  const passed = done.reduce((sum, { count }) => sum + count.passed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** @param {unknown} error @returns {Count} */
function setupFailure(error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  return { passed: 0, failed: 1 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runTool(() => main(process.argv.slice(2)));
}
