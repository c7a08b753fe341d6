/** Runs that ship with the page: what training makes of a scene's policy, to be opened without waiting for it. */
import { say } from '../../content/page';
import { EspalierError } from '../../core/errors';
import type { Studio } from '../state/studio.svelte';

const nameOf = (path: string): string => path.replace(/^.*\/(.*)\.espalier$/, '$1');

/** Scenes that have one; only the names of the files are looked at, when the page is built. */
export const trainedRuns: ReadonlySet<string> = new Set(
  Object.keys(import.meta.glob('../../../public/runs/*.espalier', { query: '?url' })).map(nameOf),
);

/** Shows the trained run of a scene, or says why not. */
export async function openTrainedRun({ files, notices }: Studio, scene: string): Promise<void> {
  const name = `${scene}.espalier`;
  try {
    const response = await fetch(new URL(`runs/${name}`, document.baseURI));
    if (!response.ok) throw new EspalierError('bad-file', 'fileNotFetched', { name });
    await files.open(new File([await response.arrayBuffer()], name));
  } catch (error) {
    notices.error(error, say('doing.openingTrained'));
  }
}
