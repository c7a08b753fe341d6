/**
 * The one table of everything a run can be told. Controls in the page, flags in the terminal, the settings stored in a
 * journal, their types, defaults and documentation are all read from it, and all refuse the same out-of-range values.
 * The order of groups and rows is that of files, help and page.
 */
import { say } from '../../content';
import { credit } from './credit';
import { evaluation } from './evaluation';
import type { Row, ValueOf } from './row';
import { run } from './run';
import { sampler } from './sampler';
import { tree } from './tree';
import { update } from './update';

const groups = { run, tree, sampler, credit, update, evaluation };

export type SettingGroup = keyof typeof groups;

export const settingGroups = Object.keys(groups) as SettingGroup[];

type SettingRow = (typeof groups)[SettingGroup][number];

export type SettingKey = SettingRow['key'];

/** Settings of one run: what each row of the table allows. */
export type Settings = { [R in SettingRow as R['key']]: ValueOf<R> };

export type Property = Row & {
  readonly key: SettingKey;
  readonly group: SettingGroup;
  readonly label: string;
  /** One plain sentence: what it does and what larger values mean. */
  readonly help: string;
};

/** Every row with its group, and its name and its sentence from the catalogue. */
export const properties: readonly Property[] = settingGroups.flatMap((group) =>
  groups[group].map((row) => ({
    ...row,
    group,
    label: say(`setting.${row.key}.label`),
    help: say(`setting.${row.key}.help`),
  })),
);

export const propertyByKey: ReadonlyMap<SettingKey, Property> = new Map(
  properties.map((property) => [property.key, property]),
);
