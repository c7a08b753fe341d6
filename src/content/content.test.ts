import { afterEach, describe, expect, it } from 'vitest';
import { speaker } from './catalogue';
import { say, sayIfKnown, speakLanguage } from './index';
import { shared } from './messages/en';

const sayOf = speaker({
  'test.leaves_one': '{{count}} leaf of {{tree}}',
  'test.leaves_other': '{{count}} leaves of {{tree}}',
  'test.plain': 'Plain.',
});

describe('say', () => {
  afterEach(() => speakLanguage('en', {}));

  it('fills in parameters as they are, whatever they contain', () => {
    for (const name of ['ring', '<b>', '$& {{valid}} $t(error.noScene)', '', 0]) {
      expect(say('error.noScene', { name })).toBe(`There is no scene "${name}".`);
    }
  });

  it('takes the form that the number asks for', () => {
    expect(sayOf('test.leaves', { count: 1, tree: 'A' })).toBe('1 leaf of A');
    expect(sayOf('test.leaves', { count: 0, tree: 'A' })).toBe('0 leaves of A');
    expect(sayOf('test.leaves', { count: 2, tree: 'A' })).toBe('2 leaves of A');
  });

  it('compiles only with a known key and all of its parameters', () => {
    // @ts-expect-error there is no such message
    say('error.noSuchMessage');
    // @ts-expect-error the name is missing
    say('error.noScene');
    // @ts-expect-error it is misnamed
    say('error.noScene', { scene: 'ring' });
    // @ts-expect-error there is nothing to fill in
    say('range.name', { name: 'ring' });
    // @ts-expect-error the number is missing
    sayOf('test.leaves', { tree: 'A' });
    // @ts-expect-error it is no number
    sayOf('test.leaves', { tree: 'A', count: '2' });
    // @ts-expect-error forms are chosen by number, not said by name
    sayOf('test.leaves_one', { tree: 'A', count: 1 });
    expect(sayOf('test.plain')).toBe('Plain.');
  });

  it('says in another language what it has there, and the rest in English', () => {
    speakLanguage('de', { 'error.noScene': 'Es gibt keine Szene „{{name}}“.' });
    expect(say('error.noScene', { name: 'x' })).toBe('Es gibt keine Szene „x“.');
    expect(say('range.name')).toBe('a name');
  });

  it('tells a key from outside that it does not know', () => {
    expect(sayIfKnown('error.noScene', { name: 'x' })).toBe('There is no scene "x".');
    expect(sayIfKnown('error.ofALaterVersion', {})).toBeNull();
    expect(sayIfKnown('', {})).toBeNull();
  });
});

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{(.*?)\}\}/g)].map(([, name]) => name);

describe('every message', () => {
  const messages: Readonly<Record<string, string>> = { ...shared };

  it('is well formed', () => {
    for (const [key, text] of Object.entries(messages)) {
      expect(key).toMatch(/^[a-z][\w-]*(\.[\w/:-]+)+$/);
      expect(text, key).toBe(text.trim());
      expect(text, key).not.toBe('');
      for (const name of placeholders(text)) expect(name, key).toMatch(/^[a-z]\w*$/i);
      expect(text.replaceAll(/\{\{\w+\}\}/g, ''), key).not.toMatch(/\{\{|\$t\(/);
    }
  });

  it('that differs by number has both forms', () => {
    for (const key of Object.keys(messages)) {
      const base = key.replace(/_(one|other)$/, '');
      if (base === key) continue;
      expect(messages).toHaveProperty([`${base}_one`]);
      expect(messages).toHaveProperty([`${base}_other`]);
    }
  });
});
