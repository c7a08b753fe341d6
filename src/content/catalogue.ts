/**
 * The catalogue behind `say`: i18next, kept small. It is filled from TypeScript objects when a module is loaded, so no
 * message is ever waited for, and its keys and parameters are types: what is missing or misnamed does not compile.
 */
import { createInstance } from 'i18next';

/** What stands for a placeholder. */
export type Value = string | number;

export type Params = Readonly<Record<string, Value>>;

/** Names in double braces: `'{{a}} of {{b}}'` → `'a' | 'b'`. */
export type Placeholders<Text> = Text extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** What can be said: each key once, `tree_one` and `tree_other` together as `tree`. */
export type KeyOf<Messages> = keyof Messages extends infer Key
  ? Key extends `${infer Base}_one`
    ? Base
    : Key extends `${string}_other`
      ? never
      : Key & string
  : never;

type Forms<Key extends string> = Key | `${Key}_one` | `${Key}_other`;

type TextOf<Messages, Key extends string> = Messages[Forms<Key> & keyof Messages];

type IsPlural<Messages, Key extends string> = `${Key}_one` & keyof Messages extends never
  ? never
  : 'count';

/** What the sentences of `Key` need; `count` where they differ by number. */
export type ParamsOf<Messages, Key extends string> = Readonly<
  Record<Placeholders<TextOf<Messages, Key>>, Value> &
    Record<Key extends string ? IsPlural<Messages, Key> : never, number>
>;

/** The arguments after the key: none where the sentence has no placeholder. */
export type Given<P> = keyof P extends never ? [] : [params: P];

/** Says a message of `Messages` in the language of the visit. */
export type Say<Messages> = <Key extends KeyOf<Messages>>(
  key: Key,
  ...params: Given<ParamsOf<Messages, Key>>
) => string;

const first = 'en';
const namespace = 'messages';
const catalogue = createInstance();

void catalogue.init({
  lng: first,
  fallbackLng: first,
  initAsync: false,
  ns: namespace,
  defaultNS: namespace,
  resources: { [first]: { [namespace]: {} } },
  keySeparator: false,
  nsSeparator: false,
  // Sentences are put into text nodes and attributes by Svelte, which escapes them.
  interpolation: { escapeValue: false },
});

const translate = (key: string, params: Params): string =>
  catalogue.t(key, { replace: params, count: params.count });

/** Adds messages and returns who says them. */
export function speaker<const Messages extends object>(messages: Messages): Say<Messages> {
  catalogue.addResourceBundle(first, namespace, messages, false, true);
  return (key, ...[params]) => translate(key, params ?? {});
}

/** The sentence of a key that came from outside, such as a run file; null where it is not known here. */
export function sayIfKnown(key: string, params: Params): string | null {
  return catalogue.exists(key) ? translate(key, params) : null;
}

/** Speaks another language from now on; what it lacks is said in English. */
export function speakLanguage(language: string, messages: Readonly<Record<string, string>>): void {
  catalogue.addResourceBundle(language, namespace, messages, false, true);
  void catalogue.changeLanguage(language);
}
