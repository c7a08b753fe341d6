/**
 * Reading, checking and writing settings against the property table. Terminal flags, page controls and opened files go
 * through here, so a value is accepted everywhere or nowhere.
 */
import { say } from '../content';
import { EspalierError } from '../core/errors';
import { properties, propertyByKey } from './properties';
import type { Property, SettingKey, Settings } from './properties';

export const defaultSettings = (): Settings =>
  Object.fromEntries(properties.map((p) => [p.key, p.initial])) as Settings;

/** The valid values of a property in words, e.g. "a whole number from 1 to 256". */
export function describeRange(property: Property): string {
  switch (property.kind) {
    case 'integer':
      return say('range.integer', property);
    case 'number':
      return say('range.number', property);
    case 'choice':
      return say('range.choice', { options: property.options.join(', ') });
    case 'integer-list':
      return say('range.integerList', property);
    case 'name':
      return say('range.name');
  }
}

/** What is wrong with `value` for `property`, or null. */
export function problemWith(property: Property, value: unknown): string | null {
  const refuse = say('setting.problem', {
    key: property.key,
    range: describeRange(property),
    value: JSON.stringify(value),
  });
  const inRange = (n: unknown, min: number, max: number): n is number =>
    typeof n === 'number' && n >= min && n <= max;
  switch (property.kind) {
    case 'integer':
      return inRange(value, property.min, property.max) && Number.isInteger(value) ? null : refuse;
    case 'number':
      return inRange(value, property.min, property.max) ? null : refuse;
    case 'choice':
      return property.options.includes(value as string) ? null : refuse;
    case 'name':
      return typeof value === 'string' && value !== '' ? null : refuse;
    case 'integer-list': {
      const { min, max } = property;
      const ascending =
        Array.isArray(value) &&
        value.every(
          (n, i) => Number.isInteger(n) && inRange(n, min, max) && (i === 0 || n > value[i - 1]),
        );
      return ascending ? null : refuse;
    }
  }
}

const MOST_LEAVES = 65536;

/** Relations between settings that no single range can say. */
function problemsBetween(settings: Settings): string[] {
  const problems: string[] = [];
  const { steps, updates, trees, roots, branchingFactor, splitSteps } = settings;
  const last = splitSteps[splitSteps.length - 1];
  if (splitSteps.length > 0 && last >= steps) {
    problems.push(say('setting.splitStepsBelowSteps', { steps, last }));
  }
  if (updates > trees) problems.push(say('setting.updatesAtMostTrees', { trees, updates }));
  const leaves = trees * roots * branchingFactor ** splitSteps.length;
  if (leaves > MOST_LEAVES) {
    problems.push(say('setting.tooManyLeaves', { most: MOST_LEAVES, leaves }));
  }
  return problems;
}

/** @throws EspalierError 'bad-setting' listing every problem. */
export function checkSettings(settings: Settings): void {
  const problems = properties
    .map((property) => problemWith(property, settings[property.key]))
    .filter((problem) => problem !== null);
  if (problems.length === 0) problems.push(...problemsBetween(settings));
  if (problems.length > 0) {
    throw new EspalierError('bad-setting', 'setting', { problem: problems[0] }, problems);
  }
}

/** Reads `text` as the value of `key`, e.g. "0,2,4" for a list. @throws EspalierError 'bad-setting' */
export function parseSetting(key: string, text: string): Partial<Settings> {
  const property = propertyByKey.get(key as SettingKey);
  if (!property) {
    const valid = properties.map((p) => p.key).join(', ');
    throw new EspalierError('bad-setting', 'noSetting', { name: key, valid });
  }
  const value = parseValue(property, text.trim());
  const problem = problemWith(property, value);
  if (problem) throw new EspalierError('bad-setting', 'setting', { problem }, [problem]);
  return { [property.key]: value };
}

function parseValue(property: Property, text: string): unknown {
  const number = (part: string): unknown => (part.trim() === '' ? part : Number(part));
  switch (property.kind) {
    case 'integer':
    case 'number': {
      const value = number(text);
      return Number.isNaN(value) ? text : value;
    }
    case 'integer-list':
      return text === '' || text === 'none' ? [] : text.split(',').map(number);
    default:
      return text;
  }
}

/** The text that `parseSetting` reads back. */
export function formatSetting(value: Settings[SettingKey]): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  return String(value);
}
