/** `espalier export`: the policy that a run trained, as an ONNX file that any tool opens. */
import { writeFile } from 'node:fs/promises';
import { say } from '../content/terminal';
import { EspalierError } from '../core/errors';
import { decodeJournal } from '../journal/file';
import { Journal } from '../journal/journal';
import { trainedPolicyFile } from '../onnx/trainedPolicyFile';
import { findScene } from '../scenes';
import type { Arguments } from './arguments';
import { checkWritable, readGivenFile, readGivenModel } from './givenFiles';
import { exitCodes } from './help';
import { nodeEnvironment } from '../session/runHeadless';
import type { Terminal } from './terminal';

/** @throws EspalierError, before anything was written */
export async function exportCommand(args: Arguments, terminal: Terminal): Promise<number> {
  const [path, ...others] = args.words;
  const { out } = args;
  if (path === undefined || others.length > 0 || out === undefined || args.resume !== undefined) {
    throw new EspalierError('bad-setting', 'exportArguments');
  }
  await checkWritable(out);
  const { run, checkpoint } = new Journal(await decodeJournal(await readGivenFile(path)));
  if (!run || !checkpoint) {
    throw new EspalierError('bad-file', 'noCheckpoint', { path });
  }
  const own = await readGivenModel(args.model);
  const original = own?.bytes ?? (await nodeEnvironment.fetchModel(findScene(run.scene).model));
  const bytes = trainedPolicyFile(original, run, checkpoint);
  await writeFile(out, bytes);
  const params = { file: out, model: run.model.name, iterations: checkpoint.iteration };
  terminal.out(say('report.exported', params));
  return exitCodes.finished;
}
