/**
 * Named errors. Each says what happened, what was kept and what to do, so that page and terminal can show it as it is.
 * Errors are told apart by `code`, never by their text.
 */

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

/** An error a person can act on. `hint` says what to do next; `details` lists every single problem found. */
export class EspalierError extends Error {
  override readonly name = 'EspalierError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint = '',
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}

/** The error as plain data, so that it survives `postMessage`. */
export interface ErrorData {
  readonly code: ErrorCode | 'unexpected';
  readonly message: string;
  readonly hint: string;
  readonly details: readonly string[];
}

export function errorData(error: unknown): ErrorData {
  if (error instanceof EspalierError) {
    const { code, message, hint, details } = error;
    return { code, message, hint, details: [...details] };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'unexpected', message, hint: '', details: [] };
}
