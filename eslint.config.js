/**
 * Lint rules. Besides the recommended sets: imports flow one way, runs are reproducible (no foreign randomness, clocks
 * or transcendental functions in their numbers), files and functions stay readable, styles obey the page's policy, and
 * words that people read come from the catalogue.
 */
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';
import { importDirection } from './tools/importDirection.mjs';
import { wordsInCatalogue } from './tools/wordsInCatalogue.mjs';

const transcendental =
  'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh';

const foreignNumbers = [
  { object: 'Math', property: 'random', message: 'Same seed, same run: take noise from src/core.' },
  { object: 'Date', property: 'now', message: 'Runs do not depend on the time of day.' },
];

const engineDependent = transcendental.split(' ').map((property) => ({
  object: 'Math',
  property,
  message: 'Its last bits differ between JavaScript engines: use src/core/math.ts.',
}));

/** @param {number} max @returns {['error', { max: number }]} */
const lines = (max) => ['error', { max }];

export default ts.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'public/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.recommendedTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    plugins: {
      espalier: {
        rules: { 'words-in-catalogue': wordsInCatalogue, 'import-direction': importDirection },
      },
    },
    rules: {
      'espalier/import-direction': 'error',
      'max-lines': lines(400),
      eqeqeq: 'error',
      // TypeScript finds these itself, and counts `this.#x ||= y` as a use.
      'no-unused-private-class-members': 'off',
      'no-eval': 'error',
      'no-implied-eval': 'off',
      'no-new-func': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, svelteConfig },
    },
    rules: {
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
      // svelte-check knows the types of imported components; these rules do not.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "SvelteAttribute[key.name='style']",
          message: "The page's policy blocks style attributes: use style:property or a class.",
        },
      ],
    },
  },
  {
    files: ['src/**'],
    rules: { 'no-restricted-properties': ['error', ...foreignNumbers] },
  },
  {
    // Test tools are for programmers, and the catalogue is where words are.
    files: ['src/**'],
    ignores: ['**/*.test.ts', '**/test*.ts', 'src/content/**'],
    rules: { 'espalier/words-in-catalogue': 'error' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'max-lines-per-function': lines(60) },
  },
  {
    files: [
      'src/algorithms/**/*.ts',
      'src/core/**/*.ts',
      'src/kernels/**/*.twin.ts',
      'src/scenes/**/*.ts',
      'src/trainer/**/*.ts',
    ],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-properties': ['error', ...foreignNumbers, ...engineDependent],
      'no-restricted-syntax': [
        'error',
        {
          // Powers of two are exact everywhere.
          selector:
            "BinaryExpression[operator='**'][left.value!=2], AssignmentExpression[operator='**=']",
          message:
            'Its last bits differ between JavaScript engines: multiply, or use src/core/math.ts.',
        },
      ],
    },
  },
  {
    // Vitest's matchers (expect.any and its like) are typed any.
    files: ['**/*.test.ts'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    // TypeScript checks these by their JSDoc, whose casts the type-aware rules do not see.
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    ...ts.configs.disableTypeChecked,
  },
  {
    files: ['**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off', 'no-var': 'off' },
  },
);
