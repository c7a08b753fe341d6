/** Files that are named on the command line. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { EspalierError } from '../core/errors';
import type { RunRequest } from '../workers/protocol';

/** @throws EspalierError 'bad-file' */
export async function readGivenFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch {
    throw new EspalierError('bad-file', `The file ${path} cannot be read.`, 'Check its name.');
  }
}

/** The policy given by --model, or null without one. @throws EspalierError 'bad-file' */
export const readGivenModel = async (path: string | undefined): Promise<RunRequest['model']> =>
  path === undefined ? null : { name: basename(path), bytes: await readGivenFile(path) };
