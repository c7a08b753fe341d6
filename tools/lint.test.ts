import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const eslint = new ESLint();

/** Rules that `code` breaks when it stands in `filePath` (an existing file, as types are looked up for it). */
async function brokenRules(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return [...new Set(result?.messages.map(({ ruleId }) => ruleId ?? 'does not parse'))].sort();
}

describe('the lint rules', () => {
  beforeAll(() => brokenRules('src/core/errors.ts', 'export {};'), 60_000);

  it('stop imports against the direction, in every form', async () => {
    const forms = [
      "import '../engine/ort';",
      "export { loadOrt } from '../engine/ort';",
      "export * from '../engine/ort';",
      "export const ort = import('../engine/ort');",
      "export type { Ort } from '../engine/ort';",
    ];
    for (const code of forms) {
      expect(await brokenRules('src/core/errors.ts', code)).toEqual(['espalier/import-direction']);
    }
    const types =
      "import type { EngineName } from '../engine/engine'; export type Name = EngineName;";
    expect(await brokenRules('src/journal/events.ts', types)).toEqual([]);
    const values = "import { ROW } from '../engine/engine'; export const row = ROW;";
    expect(await brokenRules('src/journal/events.ts', values)).toEqual([
      'espalier/import-direction',
    ]);
  });

  it('stop foreign randomness and clocks everywhere in src', async () => {
    for (const path of ['src/engine/ort.ts', 'src/core/errors.ts']) {
      for (const code of ['export const x = Math.random();', 'export const x = Date.now();']) {
        expect(await brokenRules(path, code)).toEqual(['no-restricted-properties']);
      }
    }
  });

  it.each(['exp', 'log', 'sin', 'cos', 'pow', 'tanh'])(
    'stop Math.%s where runs are computed, not in tests or elsewhere',
    async (name) => {
      const code = `export const x = Math.${name}(1, 2);`;
      expect(await brokenRules('src/core/errors.ts', code)).toEqual(['no-restricted-properties']);
      expect(await brokenRules('src/core/math.test.ts', code)).toEqual([]);
      expect(await brokenRules('src/engine/ort.ts', code)).toEqual([]);
    },
  );

  it('stop powers other than powers of two where runs are computed', async () => {
    const cubed = 'export const cube = (x: number): number => x ** 3;';
    expect(await brokenRules('src/core/errors.ts', cubed)).toEqual(['no-restricted-syntax']);
    expect(await brokenRules('src/core/errors.ts', 'export const x = 2 ** -32;')).toEqual([]);
  });

  it('stop `any`, long files and long functions', async () => {
    const untyped = 'export const x = (y: any): unknown => y;';
    expect(await brokenRules('src/core/errors.ts', untyped)).toContain(
      '@typescript-eslint/no-explicit-any',
    );
    const long = `export {};\n${'void 0;\n'.repeat(400)}`;
    expect(await brokenRules('src/core/errors.ts', long)).toContain('max-lines');
    const longFunction = `export function f(): void {\n${'void 0;\n'.repeat(60)}}\n`;
    expect(await brokenRules('src/core/errors.ts', longFunction)).toContain(
      'max-lines-per-function',
    );
  });

  it('stop style attributes, which the page’s policy blocks', async () => {
    const markup = '<p style="color: red">x</p>';
    expect(await brokenRules('src/ui/App.svelte', markup)).toEqual(['no-restricted-syntax']);
    const directive = '<p style:color="red">x</p>';
    expect(await brokenRules('src/ui/App.svelte', directive)).toEqual([]);
  });

  it('stop words that are not from the catalogue, in markup, its attributes and code', async () => {
    const words = ['espalier/words-in-catalogue'];
    const spoken = [
      '<p>Nothing here</p>',
      '<p>leaf</p>',
      '<button title="Save">×</button>',
      '<button aria-label="Leave {name}">×</button>',
      '<input placeholder="a ring" />',
      "<p>{location.hash ? 'Press Run' : ''}</p>",
    ];
    for (const markup of spoken) {
      expect(await brokenRules('src/ui/App.svelte', markup), markup).toEqual(words);
    }
    const silent = [
      '<p class="small muted">×{2} σ</p>',
      "<script>import { say } from '../content/page';</script><p>{say('header.save')}</p>",
    ];
    for (const markup of silent) {
      expect(await brokenRules('src/ui/App.svelte', markup), markup).toEqual([]);
    }
  });

  it.each([
    ["'The file is damaged.'", true],
    ["'Saving the run'", true],
    ["'it comes after run-ended'", true],
    ['`Opening ${String(1)} of the files`', true],
    ["new RangeError('A row must have an end.')", false],
    ["'reference weights'", false],
    ["'ArrowLeft'", false],
    ["'M12 32C22 32 22 20 32 20'", false],
    ["'A = 0'", false],
  ])('tell words from code: %s', async (expression, isWords) => {
    const code = `export const x = ${expression};`;
    const broken = await brokenRules('src/core/version.ts', code);
    expect(broken).toEqual(isWords ? ['espalier/words-in-catalogue'] : []);
    expect(await brokenRules('src/core/math.test.ts', code)).toEqual([]);
  });
});
