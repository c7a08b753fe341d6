/** `espalier run`: train, tell, and write the journal down. */
import { rename, writeFile } from 'node:fs/promises';
import { EspalierError } from '../core/errors';
import { say } from '../content';
import { numerics } from '../journal/events';
import type { JournalEvent } from '../journal/events';
import { decodeJournal, encodeJournal } from '../journal/file';
import { Journal } from '../journal/journal';
import type { Arguments } from './arguments';
import { checkWritable, readGivenFile, readGivenModel } from './givenFiles';
import { exitCodes } from './help';
import { jsonLine, progressLine, summaryText } from './report';
import { runHeadless } from '../session/runHeadless';
import type { HeadlessOptions } from '../session/runHeadless';
import type { Terminal } from './terminal';

/** Trains and returns the exit code. @throws EspalierError, before anything was run or when the run failed */
export async function runCommand(args: Arguments, terminal: Terminal): Promise<number> {
  if (args.words.length > 0) {
    throw new EspalierError('bad-setting', 'unexpectedWord', { word: args.words[0] });
  }
  const { otherNumerics = false, ...planned } = await plan(args);
  if (args.out !== undefined) await checkWritable(args.out);
  const journal = new Journal();
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await runHeadless({
      ...planned,
      signal: interrupt.signal,
      onEvent: (event) => {
        journal.append(event);
        if (event.type === 'run-started' && otherNumerics) {
          terminal.err(`${say('run.otherNumerics')} ${say('run.otherNumerics.hint')}`);
        }
        tell(event, journal, args, terminal);
      },
    });
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    terminal.progress('');
    if (args.out !== undefined && journal.started) await writeJournal(args.out, journal.events);
  }
  if (!args.json) terminal.out(summaryText(journal));
  return journal.ended?.reason === 'finished' ? exitCodes.finished : exitCodes.interrupted;
}

function tell(event: JournalEvent, journal: Journal, args: Arguments, terminal: Terminal): void {
  if (args.json) terminal.out(jsonLine(event));
  if (event.type === 'weights-updated' || event.type === 'evaluated') {
    terminal.progress(progressLine(journal));
  }
}

/** What is to be run; `otherNumerics`: it goes on from a run of other sums, which is told once it goes on. */
type Planned = HeadlessOptions & { readonly otherNumerics?: boolean };

async function plan(args: Arguments): Promise<Planned> {
  const { engine, cores, overrides } = args;
  const model = await readGivenModel(args.model);
  if (args.resume !== undefined)
    return { ...(await planResumed(args, args.resume)), engine, cores, model };
  const { scene = 'points/ring', algorithm = 'branch-grpo' } = args;
  return { scene, algorithm, overrides, engine, cores, model };
}

async function planResumed(args: Arguments, path: string): Promise<Planned> {
  for (const name of ['scene', 'algorithm'] as const) {
    if (args[name] === undefined) continue;
    throw new EspalierError('bad-setting', 'notWithResume', { name });
  }
  const journal = new Journal(await decodeJournal(await readGivenFile(path)));
  const { run, checkpoint } = journal;
  if (!run || !checkpoint) {
    throw new EspalierError('bad-file', 'noCheckpoint', { path });
  }
  const overrides = { ...run.settings, ...args.overrides };
  if (checkpoint.iteration >= overrides.iterations) {
    const { iterations } = overrides;
    throw new EspalierError('bad-setting', 'runIsDone', { path, iterations });
  }
  return {
    otherNumerics: run.numerics !== numerics,
    scene: run.scene,
    algorithm: run.algorithm,
    overrides,
    checkpoint,
    landscape: journal.view(journal.positions).landscape,
  };
}

/** Replaces the file only when the new one is complete. */
async function writeJournal(path: string, events: readonly JournalEvent[]): Promise<void> {
  const part = `${path}.part`;
  await writeFile(part, await encodeJournal(events));
  await rename(part, path);
}
