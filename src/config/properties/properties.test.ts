import { expect, expectTypeOf, test } from 'vitest';
import { checkSettings, defaultSettings } from '../settings';
import { properties } from './index';
import type { Settings } from './index';
import { rows } from './row';

test('every setting is written down once', () => {
  expect(new Set(properties.map(({ key }) => key)).size).toBe(properties.length);
});

test('every setting begins with a value that it allows', () => {
  expect(() => checkSettings(defaultSettings())).not.toThrow();
});

test('the kind of a row is the type of its setting', () => {
  expectTypeOf<Settings['seed']>().toEqualTypeOf<number>();
  expectTypeOf<Settings['noise']>().toEqualTypeOf<number>();
  expectTypeOf<Settings['splitSteps']>().toEqualTypeOf<readonly number[]>();
  expectTypeOf<Settings['stochasticSteps']>().toEqualTypeOf<'all-but-last' | 'split'>();
  expectTypeOf<Settings['advantage']>().toEqualTypeOf<'depth' | 'group'>();
  expectTypeOf<Settings['reward']>().toEqualTypeOf<string>();
});

test('a choice that begins with none of its options does not compile', () => {
  const options = ['one', 'two'] as const;
  // @ts-expect-error 'three' is no option
  rows([{ key: 'count', kind: 'choice', options, initial: 'three' }]);
  expectTypeOf(rows([{ key: 'count', kind: 'choice', options, initial: 'one' }])).not.toBeAny();
});
