/** The help text, made from the same tables that arguments are checked against. */
import { algorithmNames } from '../algorithms';
import { properties } from '../config/properties';
import type { Property, SettingGroup } from '../config/properties';
import { describeRange, formatSetting } from '../config/settings';
import { sceneNames } from '../scenes';
import { flagOf, listings, options } from './arguments';
import { table, wrapped } from './text';

const width = 100;

/** What `main` returns, and so the process. */
export const exitCodes = {
  finished: 0,
  failed: 1,
  usage: 2,
  interrupted: 130,
} as const;

const groups: Readonly<Record<SettingGroup, string>> = {
  run: 'The run',
  tree: 'The tree',
  sampler: 'The sampler',
  credit: 'Credit',
  update: 'The update',
  evaluation: 'Evaluation',
};

export function helpText(): string {
  const optionRows = Object.entries(options).map(([name, { value, short, help }]) => [
    `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
    help,
  ]);
  return [
    'Espalier trains small flow models by reinforcement learning of branching trees.',
    '',
    'Usage',
    '  espalier run [--scene NAME] [--algorithm NAME] [settings] [--out FILE] [--json]',
    '  espalier run --resume FILE [settings] [--out FILE] [--json]',
    '  espalier export RUN.espalier --out POLICY.onnx [--model FILE]',
    '    writes the policy that the run trained, as an ONNX file with the weights of its last checkpoint',
    `  espalier list ${listings.join('|')} [--json]`,
    '  espalier profile [--scene NAME] [settings] [--json]',
    '    prints by denoising step how much of the reward’s spread the noise of that step alone makes',
    '',
    `Scenes      ${sceneNames.join(', ')}`,
    `Algorithms  ${algorithmNames.join(', ')}`,
    '',
    'Options',
    hanging(optionRows),
    '',
    'Settings (each also by --set key=value; what is not given comes from the scene and the algorithm)',
    ...Object.entries(groups).flatMap(([group, title]) => [
      '',
      title,
      ...properties.filter((property) => property.group === group).map(settingText),
    ]),
    '',
    'The journal goes to --out, results to standard output, everything else to standard error.',
    '',
    'Exit code',
    table([
      [`  ${exitCodes.finished}`, 'done'],
      [
        `  ${exitCodes.failed}`,
        'the run failed; --out holds its journal with the last good checkpoint',
      ],
      [`  ${exitCodes.usage}`, 'an argument, setting or file is not usable; nothing was run'],
      [
        `  ${exitCodes.interrupted}`,
        'interrupted; --out holds the journal so far with a checkpoint',
      ],
    ]),
    '',
    'Example',
    '  npm run espalier -- run --scene points/ring --algorithm branch-grpo --seed 1 --out run.espalier',
  ].join('\n');
}

function settingText(property: Property): string {
  const symbol = property.symbol ? ` (${property.symbol})` : '';
  const initial = formatSetting(property.initial);
  return [
    `  --${flagOf(property.key)}  key ${property.key}${symbol}`,
    wrapped(`${property.label}: ${describeRange(property)}; default ${initial}.`, width, 6),
    wrapped(property.help, width, 6),
  ].join('\n');
}

/** Two columns; the second is wrapped beside itself. */
function hanging(rows: readonly (readonly string[])[]): string {
  const indent = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows
    .map(([name, text]) => name.padEnd(indent) + wrapped(text, width, indent).trimStart())
    .join('\n');
}
