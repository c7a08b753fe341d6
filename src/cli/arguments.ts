/** From words on a command line to what is meant, or a sentence that says what is wrong and what would be right. */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { say } from '../content/terminal';
import { properties, propertyByKey } from '../config/properties';
import type { Settings } from '../config/properties';
import { describeRange, parseSetting } from '../config/settings';
import { EspalierError } from '../core/errors';
import { engineNames } from '../engine/createEngine';
import { maxCores } from '../engine/pool/cores';
import type { RunRequest } from '../session/protocol';

export const commands = ['run', 'export', 'list', 'profile'] as const;
export const listings = ['scenes', 'algorithms', 'rewards'] as const;
export const engineChoices: readonly RunRequest['engine'][] = ['auto', ...engineNames];

export interface Arguments {
  readonly command: (typeof commands)[number] | null;
  /** Words after the command. */
  readonly words: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
  readonly scene?: string;
  readonly algorithm?: string;
  readonly engine?: RunRequest['engine'];
  readonly cores?: number;
  readonly model?: string;
  readonly resume?: string;
  readonly out?: string;
  readonly overrides: Partial<Settings>;
}

interface Option {
  /** Placeholder of the value, or null for a switch. */
  readonly value: string | null;
  readonly short?: string;
}

/** Options that are not settings; what they do is `option.NAME` in the catalogue. */
const table = {
  scene: { value: 'NAME' },
  algorithm: { value: 'NAME' },
  set: { value: 'KEY=VALUE …' },
  out: { value: 'FILE' },
  resume: { value: 'FILE' },
  model: { value: 'FILE' },
  engine: { value: 'NAME' },
  cores: { value: 'N' },
  json: { value: null },
  help: { value: null, short: 'h' },
  version: { value: null },
} satisfies Record<string, Option>;

export type OptionName = keyof typeof table;

export const options: Readonly<Record<string, Option>> = table;

/** What an option does. */
export const optionHelp = (name: string): string =>
  say(`option.${name as OptionName}`, { engines: engineChoices.join(', '), cores: maxCores });

/** The flag of a setting: learningRate → learning-rate. */
export const flagOf = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const keyOfFlag = new Map(properties.map(({ key }) => [flagOf(key), key]));

/** @throws EspalierError 'bad-setting' */
export function readArguments(args: readonly string[]): Arguments {
  const { values, tokens } = parse(args);
  const words: string[] = [];
  let overrides: Partial<Settings> = {};
  let afterSet = false;
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (afterSet && token.value.includes('=')) {
        overrides = { ...overrides, ...readAssignment(token.value) };
        continue;
      }
      words.push(token.value);
    }
    afterSet = token.kind === 'option' && token.name === 'set';
    if (token.kind !== 'option' || token.value === undefined) continue;
    if (token.name === 'set') overrides = { ...overrides, ...readAssignment(token.value) };
    const key = keyOfFlag.get(token.name);
    if (key) overrides = { ...overrides, ...parseSetting(key, token.value) };
  }
  const text = (name: string) => values[name] as string | undefined;
  const flag = (name: string) => values[name] === true;
  return {
    command: readCommand(words[0], flag('help') || flag('version')),
    words: words.slice(1),
    help: flag('help'),
    version: flag('version'),
    json: flag('json'),
    scene: text('scene'),
    algorithm: text('algorithm'),
    engine: readEngine(text('engine')),
    cores: readCores(text('cores')),
    model: text('model'),
    resume: text('resume'),
    out: text('out'),
    overrides,
  };
}

type Token =
  | { readonly kind: 'option'; readonly name: string; readonly value?: string }
  | { readonly kind: 'positional'; readonly value: string }
  | { readonly kind: 'option-terminator' };

interface ParsedWords {
  readonly values: Readonly<Record<string, unknown>>;
  readonly tokens: readonly Token[];
}

function parse(args: readonly string[]): ParsedWords {
  const parsed: NonNullable<ParseArgsConfig['options']> = {};
  for (const { key } of properties) parsed[flagOf(key)] = { type: 'string' };
  for (const [name, { value, short }] of Object.entries(options)) {
    const type = value === null ? 'boolean' : 'string';
    parsed[name] = { type, multiple: name === 'set', ...(short ? { short } : {}) };
  }
  const config: ParseArgsConfig = { args, options: parsed, allowPositionals: true, tokens: true };
  try {
    const { values, tokens = [] } = parseArgs(config);
    return { values, tokens };
  } catch (error) {
    throw misuse(error);
  }
}

function misuse(error: unknown): EspalierError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const name = /--([\w-]+)/.exec(message)?.[1] ?? '';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const given = /'(.*?)'/.exec(message)?.[1] ?? '';
    const known = [...Object.keys(options), ...keyOfFlag.keys()].map((flag) => `--${flag}`);
    return new EspalierError('bad-setting', 'noOption', { name: given, valid: known.join(', ') });
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    const property = propertyByKey.get(keyOfFlag.get(name) ?? 'seed');
    const valid = keyOfFlag.has(name) && property ? describeRange(property) : options[name]?.value;
    return valid
      ? new EspalierError('bad-setting', 'optionNeedsValue', { name, valid })
      : new EspalierError('bad-setting', 'optionTakesNoValue', { name });
  }
  return new EspalierError('bad-setting', 'badArguments', { problem: message.split('\n')[0] });
}

function readAssignment(text: string): Partial<Settings> {
  const at = text.indexOf('=');
  if (at > 0) return parseSetting(text.slice(0, at), text.slice(at + 1));
  const valid = properties.map(({ key }) => key).join(', ');
  throw new EspalierError('bad-setting', 'badAssignment', { text, valid });
}

function readCommand(word: string | undefined, optional: boolean): Arguments['command'] {
  const command = commands.find((name) => name === word);
  if (command) return command;
  if (word === undefined && optional) return null;
  const valid = commands.join(', ');
  throw word === undefined
    ? new EspalierError('bad-setting', 'noCommandGiven', { valid })
    : new EspalierError('bad-setting', 'noCommand', { name: word, valid });
}

function readEngine(name: string | undefined): RunRequest['engine'] | undefined {
  const engine = engineChoices.find((choice) => choice === name);
  if (engine !== undefined || name === undefined) return engine;
  throw new EspalierError('bad-setting', 'noEngine', { name, valid: engineChoices.join(', ') });
}

function readCores(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const cores = Number(text);
  if (/^\d+$/.test(text) && cores >= 1 && cores <= maxCores) return cores;
  throw new EspalierError('bad-setting', 'badCores', { given: text, most: maxCores });
}
