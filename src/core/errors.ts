/**
 * Named errors. Each says what happened, what was kept and what to do, so that page and terminal can show it as it is;
 * the words are the catalogue's (src/content). Errors are told apart by `code`, never by their text.
 */

import { sayIfKnown } from '../content';
import type { ErrorKey, ErrorParams, Params } from '../content';

export type ErrorCode =
  | 'bad-setting'
  | 'bad-prompt'
  | 'bad-model'
  | 'unsupported-operator'
  | 'bad-file'
  | 'newer-file'
  | 'cut-off-file'
  | 'no-adapter'
  | 'device-lost'
  | 'shader-error'
  | 'not-a-number'
  | 'worker-crashed'
  | 'timed-out'
  | 'stopped'
  | 'storage'
  | 'self-check';

/** A name, parameters where its sentences have any, and every single problem found. */
type Said = {
  [Key in ErrorKey]: keyof ErrorParams<Key> extends never
    ? [key: Key, params?: Readonly<Record<string, never>>, details?: readonly string[]]
    : [key: Key, params: ErrorParams<Key>, details?: readonly string[]];
}[ErrorKey];

/**
 * An error a person can act on. `key` names what happened in the catalogue (`error.KEY`) and what to do next
 * (`error.KEY.hint`); `params` fill these sentences. `details` lists every single problem found.
 */
export class EspalierError extends Error {
  override readonly name = 'EspalierError';
  readonly key: string;
  readonly params: Params;
  readonly hint: string;
  readonly details: readonly string[];

  constructor(
    readonly code: ErrorCode,
    ...[key, params = {}, details = []]: Said
  ) {
    const { message, hint } = sentences(key, params) ?? { message: key, hint: '' };
    super(message);
    this.key = key;
    this.params = params;
    this.hint = hint;
    this.details = details;
  }
}

interface Sentences {
  readonly message: string;
  readonly hint: string;
}

function sentences(key: string, params: Params): Sentences | null {
  const message = sayIfKnown(`error.${key}`, params);
  return message === null ? null : { message, hint: sayIfKnown(`error.${key}.hint`, params) ?? '' };
}

/** The error as plain data: it survives `postMessage`, and is written in run files. */
export interface ErrorData extends Sentences {
  readonly code: ErrorCode | 'unexpected';
  /** Name of its sentences in the catalogue; empty where they are not from there. */
  readonly key: string;
  readonly params: Params;
  readonly details: readonly string[];
}

export function errorData(error: unknown): ErrorData {
  if (error instanceof EspalierError) {
    const { code, key, params, message, hint, details } = error;
    return { code, key, params: { ...params }, message, hint, details: [...details] };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'unexpected', key: '', params: {}, message, hint: '', details: [] };
}

/** What to tell a reader: from the catalogue where it knows the error, else as its writer said it. */
export const toldError = (data: ErrorData): Sentences => sentences(data.key, data.params) ?? data;

/** The error that `data` was made of; an unexpected one becomes a plain Error again. */
export function errorFrom({ code, key, params, message, details }: ErrorData): Error {
  if (code === 'unexpected') return new Error(message);
  return new EspalierError(code, ...([key, params, details] as unknown as Said));
}
