/** The help text, made from the same tables that arguments are checked against. */
import { say } from '../content/terminal';
import { algorithmNames } from '../algorithms';
import { properties, settingGroups } from '../config/properties';
import type { Property } from '../config/properties';
import { describeRange, formatSetting } from '../config/settings';
import { sceneNames } from '../scenes';
import { flagOf, listings, optionHelp, options } from './arguments';
import { table, wrapped } from './text';

const width = 100;

/** What `main` returns, and so the process. */
export const exitCodes = {
  finished: 0,
  failed: 1,
  usage: 2,
  interrupted: 130,
} as const;

export function helpText(): string {
  const optionRows = Object.entries(options).map(([name, { value, short }]) => [
    `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
    optionHelp(name),
  ]);
  return [
    say('help.what'),
    '',
    say('help.usage'),
    '  espalier run [--scene NAME] [--algorithm NAME] [settings] [--out FILE] [--json]',
    '  espalier run --resume FILE [settings] [--out FILE] [--json]',
    '  espalier export RUN.espalier --out POLICY.onnx [--model FILE]',
    `    ${say('help.export.does')}`,
    `  espalier list ${listings.join('|')} [--json]`,
    '  espalier profile [--scene NAME] [settings] [--json]',
    `    ${say('help.profile.does')}`,
    '',
    table([
      [say('help.scenes'), sceneNames.join(', ')],
      [say('help.algorithms'), algorithmNames.join(', ')],
    ]),
    '',
    say('help.options'),
    hanging(optionRows),
    '',
    say('help.settings'),
    ...settingGroups.flatMap((group) => [
      '',
      say(`help.group.${group}`),
      ...properties.filter((property) => property.group === group).map(settingText),
    ]),
    '',
    say('help.where'),
    '',
    say('help.exitCode'),
    table(
      Object.entries(exitCodes).map(([name, code]) => [
        `  ${code}`,
        say(`help.exit.${name as keyof typeof exitCodes}`),
      ]),
    ),
    '',
    say('help.example'),
    '  npm run espalier -- run --scene points/ring --algorithm branch-grpo --seed 1 --out run.espalier',
  ].join('\n');
}

function settingText(property: Property): string {
  const symbol = property.symbol ? ` (${property.symbol})` : '';
  const { key, label, help } = property;
  const initial = formatSetting(property.initial);
  const range = describeRange(property);
  return [
    `  --${flagOf(key)}  ${say('help.key', { key })}${symbol}`,
    wrapped(say('help.setting', { label, range, initial }), width, 6),
    wrapped(help, width, 6),
  ].join('\n');
}

/** Two columns; the second is wrapped beside itself. */
function hanging(rows: readonly (readonly string[])[]): string {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows
    .map(([name, text]) => name.padEnd(indent) + wrapped(text, width, indent).trimStart())
    .join('\n');
}
