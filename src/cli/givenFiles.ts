/** Files that are named on the command line. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { EspalierError } from '../core/errors';
import type { RunRequest } from '../session/protocol';

/** @throws EspalierError 'bad-file' */
export async function readGivenFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch {
    throw new EspalierError('bad-file', 'unreadableFile', { path });
  }
}

/** The policy given by --model, or null without one. @throws EspalierError 'bad-file' */
export const readGivenModel = async (path: string | undefined): Promise<RunRequest['model']> =>
  path === undefined ? null : { name: basename(path), bytes: await readGivenFile(path) };

/** @throws EspalierError 'bad-file' where no file could be put at `path` */
export async function checkWritable(path: string): Promise<void> {
  const folder = dirname(path);
  const isFolder = async (name: string): Promise<boolean> =>
    (await stat(name).catch(() => null))?.isDirectory() ?? false;
  if (!(await isFolder(folder))) {
    throw new EspalierError('bad-file', 'noFolder', { folder });
  }
  if (await isFolder(path)) {
    throw new EspalierError('bad-file', 'isFolder', { path });
  }
}
