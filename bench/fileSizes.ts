/** What a built folder costs to download: every file's bytes, as it is and compressed with gzip. */
import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Bytes } from './report/types';

/** By path below the folder, with slashes. */
export type FileSizes = Readonly<Record<string, Bytes>>;

export async function fileSizes(folder: string): Promise<FileSizes> {
  const table: Record<string, Bytes> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const path = relative(folder, file).split(sep).join('/');
    table[path] = { raw: bytes.length, gzip: gzipSync(bytes).length };
  }
  return table;
}
