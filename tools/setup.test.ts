import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { softwareVulkan } from './chromium.mjs';
import { explainInstall, missingPackages, root } from './install.mjs';
import nodeVersion from './nodeVersion.cjs';
import { needsBuild, openCommand, readOptions } from './start.mjs';
import { chooseSteps, countTests } from './test.mjs';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'espalier-setup-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** Runs a tool of this repository to its end. */
function runNode(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe('the Node version', () => {
  it.each(['12.22.12', '18.20.8', '20.18.3'])('%s is refused in one sentence', (version) => {
    const sentence = nodeVersion.problemWithNode(version, '>=20.19');
    expect(sentence).toBe(`Espalier needs Node 20.19 or newer; this is Node ${version}.`);
  });

  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s will do', (version) => {
    expect(nodeVersion.problemWithNode(version, '>=20.19')).toBe('');
  });
});

describe('the packages', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      'node_modules/vite': { version: '8.3.8' },
      'node_modules/svelte': { version: '5.57.3' },
      'node_modules/@rolldown/binding-win32': { version: '1.0.0', optional: true },
    },
  };
  const install = async (packages: object) => {
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    await writeFile(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  };
  beforeEach(() => writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock)));

  it('are all missing in a fresh clone', () => {
    expect(missingPackages(folder)).toEqual(['node_modules/vite', 'node_modules/svelte']);
  });

  it('are missing where the lock file has moved on', async () => {
    await install({ ...lock.packages, 'node_modules/vite': { version: '8.3.7' } });
    expect(missingPackages(folder)).toEqual(['node_modules/vite']);
  });

  it('are complete without those of other platforms', async () => {
    const { 'node_modules/@rolldown/binding-win32': _other, ...packages } = lock.packages;
    await install(packages);
    expect(missingPackages(folder)).toEqual([]);
  });

  it.each([
    [
      'npm error code EAI_AGAIN\nnpm error request failed',
      'registry cannot be reached (EAI_AGAIN)',
    ],
    ['npm ERR! code ENOTFOUND', 'registry cannot be reached (ENOTFOUND)'],
    ['npm error code ENOSPC', 'the disk is full'],
    ['npm error code EUSAGE', 'npm ci: EUSAGE'],
    ['', 'npm ci: no code'],
  ])('that cannot be installed are explained: %s', (output, words) => {
    const sentence = explainInstall(output);
    expect(sentence).toContain(words);
    expect(sentence).not.toContain('\n');
  });
});

describe('npm start', () => {
  const write = async (name: string, seconds: number) => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), '');
    await utimes(join(folder, name), seconds, seconds);
  };
  const age = (name: string, seconds: number) => utimes(join(folder, name), seconds, seconds);

  it('builds when there is no whole build or a source is newer than it', async () => {
    await write('src/ui/App.svelte', 1000);
    await age('src/ui', 1000);
    await age('src', 1000);
    expect(needsBuild(folder)).toBe(true);
    await write('dist/index.html', 2000);
    expect(needsBuild(folder)).toBe(true);
    await write('dist/sw.js', 2001);
    expect(needsBuild(folder)).toBe(false);
    await write('src/ui/App.svelte', 3000);
    expect(needsBuild(folder)).toBe(true);
    await age('src/ui/App.svelte', 1000);
    expect(needsBuild(folder)).toBe(false);
    await age('src/ui', 3000); // as when a file is deleted
    expect(needsBuild(folder)).toBe(true);
  });

  it('opens a browser only where somebody sits before a display', () => {
    const machine = { platform: 'linux', env: { DISPLAY: ':0' }, terminal: true };
    expect(openCommand(machine)).toEqual(['xdg-open']);
    expect(openCommand({ ...machine, env: { WAYLAND_DISPLAY: 'w' } })).toEqual(['xdg-open']);
    expect(openCommand({ ...machine, platform: 'darwin', env: {} })).toEqual(['open']);
    expect(openCommand({ ...machine, env: {} })).toBeUndefined();
    expect(openCommand({ ...machine, terminal: false })).toBeUndefined();
    expect(openCommand({ ...machine, env: { DISPLAY: ':0', CI: 'true' } })).toBeUndefined();
  });

  it('reads its options and refuses others with the list of valid ones', () => {
    expect(readOptions([])).toMatchObject({ port: 8080, host: '127.0.0.1', open: true });
    expect(readOptions(['--port', '9000', '--no-open'])).toMatchObject({ port: 9000, open: false });
    expect(() => readOptions(['--port', '70000'])).toThrow('a number from 0 to 65535');
    expect(() => readOptions(['--prot', '1'])).toThrow('--port N');
    expect(() => readOptions(['extra'])).toThrow('--port N');
  });
});

describe('npm test', () => {
  const report = async (results: object) => {
    await writeFile(join(folder, 'report.json'), JSON.stringify(results));
    return join(folder, 'report.json');
  };
  const good = { numTotalTests: 5, numPassedTests: 5, testResults: [] };

  it('counts passed tests, and failed and skipped ones as failed', async () => {
    expect(countTests(await report(good), 0)).toEqual({ passed: 5, failed: 0 });
    expect(countTests(await report({ ...good, numPassedTests: 3 }), 1)).toEqual({
      passed: 3,
      failed: 2,
    });
    expect(countTests(await report({ ...good, numPassedTests: 4 }), 0)).toEqual({
      passed: 4,
      failed: 1,
    });
  });

  it('counts a file that does not load, an error outside a test and a missing report as failed', async () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(countTests(await report({ ...good, testResults }), 1).failed).toBe(1);
    expect(countTests(await report(good), 1).failed).toBe(1);
    expect(countTests(join(folder, 'none.json'), 1)).toEqual({ passed: 0, failed: 1 });
  });

  it('runs every step, or those named, and hands the rest to vitest', () => {
    const all = ['format', 'lint', 'types', 'unit', 'gpu', 'browser'];
    expect(chooseSteps([])).toEqual({ names: all, filters: [] });
    expect(chooseSteps(['unit', 'src/core', '-t', 'tree'])).toEqual({
      names: ['unit'],
      filters: ['src/core', '-t', 'tree'],
    });
    expect(() => chooseSteps(['untie'])).toThrow('untie: no such step; the steps are format, lint');
    expect(() => chooseSteps(['lint', 'src'])).toThrow('src: no such step');
  });
});

describe('a TypeScript program in the terminal', () => {
  const program = `import text from './text.wgsl?raw';
import { elementCount } from '${root}/src/onnx/graph';

enum Kind { Shader = 'shader' }

export async function main(args: string[]): Promise<number> {
  if (args[0] === 'fail') throw new Error('on purpose');
  const { later } = await import('./later');
  console.log(JSON.stringify([args, text, Kind.Shader, elementCount([-2, 3], 4), later]));
  return 7;
}
`;
  beforeEach(async () => {
    await writeFile(join(folder, 'program.ts'), program);
    await writeFile(join(folder, 'text.wgsl'), 'fn main() {}');
    await writeFile(join(folder, 'later.ts'), 'export const later: number = 5;');
  });
  const run = (...args: string[]) =>
    runNode(['tools/run.mjs', join(folder, 'program.ts'), ...args]);

  it('gets its arguments, raw and late imports, and its number is the exit code', async () => {
    const { code, stdout } = await run('--seed', '1');
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toEqual([['--seed', '1'], 'fn main() {}', 'shader', 24, 5]);
  });

  it('that fails exits with 1 and names the TypeScript line', async () => {
    const { code, stderr } = await run('fail');
    expect(code).toBe(1);
    expect(stderr).toContain('Error: on purpose');
    expect(stderr).toContain('program.ts:7:');
  });

  it('that is not there is named in one sentence', async () => {
    const { code, stderr } = await runNode(['tools/run.mjs']);
    expect([code, stderr]).toEqual([1, 'Usage: node tools/run.mjs FILE.ts [arguments]\n']);
    const missing = await runNode(['tools/run.mjs', 'src/none.ts']);
    expect([missing.code, missing.stderr]).toEqual([1, 'There is no src/none.ts.\n']);
  });

  it('finds the software Vulkan driver once, and a driver chosen by hand is kept', () => {
    const first = softwareVulkan({ LD_LIBRARY_PATH: '/opt/lib' }, '/usr/lib/chromium');
    expect(first).toEqual({
      LD_LIBRARY_PATH: '/usr/lib/chromium:/opt/lib',
      VK_DRIVER_FILES: '/usr/lib/chromium/vk_swiftshader_icd.json',
    });
    expect(softwareVulkan(first, '/usr/lib/chromium')).toBe(first);
    const chosen = { VK_DRIVER_FILES: '/x.json' };
    expect(softwareVulkan(chosen, '/usr/lib/chromium').VK_DRIVER_FILES).toBe('/x.json');
  });
});
