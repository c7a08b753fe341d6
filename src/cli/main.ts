/** The terminal: `npm run espalier -- …`. Exit codes are in help.ts. */
import { EspalierError } from '../core/errors';
import type { ErrorCode } from '../core/errors';
import { version } from '../core/version';
import { readArguments } from './arguments';
import { exportCommand } from './exportCommand';
import { exitCodes, helpText } from './help';
import { listText } from './list';
import { profileCommand } from './profileCommand';
import { runCommand } from './runCommand';
import { processTerminal } from './terminal';
import type { Terminal } from './terminal';

/** Errors that are about what was asked for. */
const usageErrors: readonly ErrorCode[] = [
  'bad-setting',
  'bad-model',
  'unsupported-operator',
  'bad-file',
  'cut-off-file',
  'newer-file',
  'no-adapter',
];

/** Does what `args` say and returns the exit code. */
export async function main(
  args: string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    const { code, message, hint, details } = error;
    terminal.err([message, hint].filter(Boolean).join(' '));
    for (const detail of details) if (!message.includes(detail)) terminal.err(`  ${detail}`);
    return usageErrors.includes(code) ? exitCodes.usage : exitCodes.failed;
  }
}

async function dispatch(words: string[], terminal: Terminal): Promise<number> {
  const args = readArguments(words);
  if (args.version) terminal.out(version);
  else if (args.help) terminal.out(helpText());
  else if (args.command === 'list') terminal.out(listText(args.words, args.json));
  else if (args.command === 'export') return exportCommand(args, terminal);
  else if (args.command === 'profile') return profileCommand(args, terminal);
  else return runCommand(args, terminal);
  return exitCodes.finished;
}
