/**
 * Reading, checking and writing settings against the property table. Terminal flags, page controls and opened files go
 * through here, so a value is accepted everywhere or nowhere.
 */
import { EspalierError } from '../core/errors';
import { properties, propertyByKey } from './properties';
import type { Property, SettingKey, Settings } from './properties';

export const defaultSettings = (): Settings =>
  Object.fromEntries(properties.map((p) => [p.key, p.initial])) as unknown as Settings;

/** The valid values of a property in words, e.g. "a whole number from 1 to 256". */
export function describeRange(property: Property): string {
  switch (property.kind) {
    case 'integer':
      return `a whole number from ${property.min} to ${property.max}`;
    case 'number':
      return `a number from ${property.min} to ${property.max}`;
    case 'choice':
      return `one of ${property.options.join(', ')}`;
    case 'integer-list':
      return `ascending whole numbers from ${property.min} to ${property.max}, separated by commas, or "none"`;
    case 'name':
      return 'a name';
  }
}

/** What is wrong with `value` for `property`, or null. */
export function problemWith(property: Property, value: unknown): string | null {
  const refuse = `${property.key} must be ${describeRange(property)}, not ${JSON.stringify(value)}.`;
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

/** Relations between settings that no single range can say. */
function problemsBetween(settings: Settings): string[] {
  const problems: string[] = [];
  const last = settings.splitSteps[settings.splitSteps.length - 1];
  if (settings.splitSteps.length > 0 && last >= settings.steps) {
    problems.push(`splitSteps must lie below steps (${settings.steps}), not ${last}.`);
  }
  if (settings.updates > settings.trees) {
    problems.push(`updates must be at most trees (${settings.trees}), not ${settings.updates}.`);
  }
  const leaves =
    settings.trees * settings.roots * settings.branchingFactor ** settings.splitSteps.length;
  if (leaves > 65536) {
    problems.push(
      `trees × roots × branchingFactor^splits must be at most 65536 leaves, not ${leaves}.`,
    );
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
    throw new EspalierError('bad-setting', problems[0], 'Nothing was changed.', problems);
  }
}

/** Reads `text` as the value of `key`, e.g. "0,2,4" for a list. @throws EspalierError 'bad-setting' */
export function parseSetting(key: string, text: string): Partial<Settings> {
  const property = propertyByKey.get(key as SettingKey);
  if (!property) {
    const valid = properties.map((p) => p.key).join(', ');
    throw new EspalierError(
      'bad-setting',
      `There is no setting "${key}".`,
      `Valid settings: ${valid}.`,
    );
  }
  const value = parseValue(property, text.trim());
  const problem = problemWith(property, value);
  if (problem) throw new EspalierError('bad-setting', problem, 'Nothing was changed.', [problem]);
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
