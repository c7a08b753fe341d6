/** What everyone may say: terminal, worker and page. */
import { speaker } from './catalogue';
import type { KeyOf, ParamsOf } from './catalogue';
import { shared } from './messages/en';

export { sayIfKnown, speakLanguage } from './catalogue';
export type { Params, Value } from './catalogue';

type Shared = typeof shared;

export type MessageKey = KeyOf<Shared>;

/** Names of errors: `error.NAME` says what happened, `error.NAME.hint` what to do. */
export type ErrorKey = {
  [Key in MessageKey]: Key extends `error.${string}.hint`
    ? never
    : Key extends `error.${infer Name}`
      ? Name
      : never;
}[MessageKey];

/** What an error's sentence and hint need. */
export type ErrorParams<Key extends ErrorKey> = ParamsOf<
  Shared,
  `error.${Key}` | `error.${Key}.hint`
>;

export const say = speaker(shared);
