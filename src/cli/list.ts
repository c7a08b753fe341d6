/** `espalier list`: the registries, for people or for programs. */
import { algorithmNames, algorithms } from '../algorithms';
import { EspalierError } from '../core/errors';
import { scenes } from '../scenes';
import { listings } from './arguments';
import { table } from './text';

type Entry = Readonly<Record<string, unknown>>;

const entries: Readonly<Record<(typeof listings)[number], () => Entry[]>> = {
  scenes: () =>
    Object.values(scenes).map(({ name, title, summary, rewards, metrics, model }) => ({
      name,
      title,
      summary,
      rewards: rewards.map((reward) => reward.name),
      metrics: metrics.map((metric) => metric.name),
      model,
    })),
  algorithms: () =>
    algorithmNames.map((name) => {
      const { title, summary, source, choices } = algorithms[name];
      return { name, title, summary, source, choices };
    }),
  rewards: () =>
    Object.values(scenes).flatMap((scene) =>
      scene.rewards.map(({ name, title, summary, formula }) => ({
        scene: scene.name,
        name,
        title,
        summary,
        formula,
      })),
    ),
};

/** The text of a listing: a table, or one JSON object a line. @throws EspalierError 'bad-setting' */
export function listText(words: readonly string[], json: boolean): string {
  const [what] = words;
  const listing = listings.find((name) => name === what);
  if (!listing || words.length > 1) {
    const valid = listings.join(', ');
    throw what === undefined
      ? new EspalierError('bad-setting', 'noListGiven', { valid })
      : new EspalierError('bad-setting', 'noList', { name: words.join(' '), valid });
  }
  const rows = entries[listing]();
  if (json) return rows.map((row) => JSON.stringify(row)).join('\n');
  return table(
    rows.map(({ scene, name, title, summary }) =>
      [scene, name, title, summary].filter((cell) => cell !== undefined).map(String),
    ),
  );
}
