/**
 * Runs what the project promises and says whether it holds:
 *
 *   npm run reproduce                                   lists what can be reproduced
 *   npm run reproduce -- points [--seeds 1-5] [--quick] trains every seed and prints a table of figures and promises
 *   npm run reproduce -- glyphs | sprites               the same for pictures, and keeps the first seed's weights
 *   npm run reproduce -- sprites --engine wgsl          on the GPU through Dawn, and keeps nothing
 *
 * Figures are taken on fresh deterministic samples (40 ODE steps). Point runs are those of the CPU tier, so a seed gives
 * the same table on every machine; picture runs take the native engine where it is installed and no other is asked for.
 * Exit code 1 when a promise does not hold.
 */
import { parseArgs } from 'node:util';
import { EspalierError } from '../src/core/errors';
import { engineNames } from '../src/engine/createEngine';
import type { EngineName } from '../src/engine/engine';
import type { Plan } from './promises';
import { pictureTopics } from './reproducePictures';
import { pointExperiments } from './reproducePoints';
import { reproducePictures } from './runPictures';
import { reproducePoints } from './runPoints';
import type { TrainPoints } from './runPoints';

interface Topic {
  readonly titles: readonly string[];
  /** Seeds of a full run that is given none. */
  readonly seeds: readonly number[];
  /** May be trained by any engine, and is too short to keep its promises in a quick run. */
  readonly ofPictures: boolean;
  readonly reproduce: (plan: Plan) => Promise<number>;
}

const titlesOf = (experiments: readonly { title: string }[]): string[] =>
  experiments.map(({ title }) => title);

const topicsWith = (run?: TrainPoints): Readonly<Record<string, Topic>> => ({
  points: {
    titles: titlesOf(pointExperiments),
    seeds: [1, 2, 3, 4, 5],
    ofPictures: false,
    reproduce: (plan) => reproducePoints(plan, run),
  },
  ...Object.fromEntries(
    Object.entries(pictureTopics).map(([name, experiments]): [string, Topic] => [
      name,
      {
        titles: titlesOf(experiments),
        seeds: [1, 2, 3],
        ofPictures: true,
        reproduce: (plan) => reproducePictures(name, plan),
      },
    ]),
  ),
});

const topics = topicsWith();

/**
 * `run` trains one seed of points; tests give their own.
 * @returns exit code: 0, 1 when a promise does not hold, 2 when the command was not understood.
 */
export async function main(args: string[], run?: TrainPoints): Promise<number> {
  try {
    const command = readCommand(args);
    if (command === null) {
      console.log(usage());
      return 0;
    }
    const { topic, plan } = command;
    const { reproduce, ofPictures } = topicsWith(run)[topic];
    const broken = await reproduce(plan);
    console.log(verdict(broken, ofPictures && plan.quick));
    return broken === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    console.error([error.message, error.hint].filter(Boolean).join(' '));
    return error.code === 'bad-setting' ? 2 : 1;
  }
}

function verdict(broken: number, onlyPlumbing: boolean): string {
  if (onlyPlumbing) return 'Everything works together; a quick run is too short to hold promises.';
  return broken === 0 ? 'Every promise holds.' : `${broken} promises do not hold.`;
}

const usage = (): string =>
  [
    'Usage: npm run reproduce -- TOPIC [--seeds 1-5] [--quick] [--engine NAME]',
    '',
    'Trains on the CPU tier, prints figures per seed with their spread, and exits 1 if a promise does not hold.',
    '--quick runs one seed and evaluates more coarsely. Pictures can be trained by another engine:',
    `${engineNames.join(', ')}. Topics:`,
    ...Object.entries(topics).flatMap(([name, { titles }]) => [
      `  ${name}`,
      ...titles.map((title) => `    ${title}`),
    ]),
  ].join('\n');

/** null: nothing was asked for. */
function readCommand(args: string[]): { topic: string; plan: Plan } | null {
  const { positionals, values } = parseCommand(args);
  if (positionals.length === 0 || values.help) return null;
  const [topic, ...rest] = positionals;
  const seeds = values.seeds === undefined ? null : parseSeeds(values.seeds);
  if (rest.length > 0 || !Object.hasOwn(topics, topic)) {
    const valid = Object.keys(topics).join(', ');
    throw new EspalierError('bad-setting', 'noTopic', { name: positionals.join(' '), valid });
  }
  const { ofPictures, seeds: usual } = topics[topic];
  const quick = values.quick ?? false;
  const engine = readEngine(values.engine, ofPictures);
  return { topic, plan: { seeds: seeds ?? (quick ? [1] : usual), quick, engine } };
}

function readEngine(name: string | undefined, ofPictures: boolean): EngineName | null {
  if (name === undefined) return null;
  const engine = engineNames.find((one) => one === name);
  if (engine && ofPictures) return engine;
  if (!ofPictures) throw new EspalierError('bad-setting', 'pointsOnCpu');
  throw new EspalierError('bad-setting', 'noPictureEngine', {
    name,
    valid: engineNames.join(', '),
  });
}

function parseCommand(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seeds: { type: 'string' },
        engine: { type: 'string' },
        quick: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const problem = (error as Error).message;
    throw new EspalierError('bad-setting', 'badUsage', { problem, usage: usage() });
  }
}

const MOST_SEEDS = 1000;

/** "1-5", "3" or "1,4,7-9" as a list. @throws EspalierError 'bad-setting' */
export function parseSeeds(text: string): number[] {
  const parts = text.split(',').map((part) => {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    const [first, last] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [0, -1];
    const count = Math.min(Math.max(0, last - first + 1), MOST_SEEDS + 1);
    return Array.from({ length: count }, (_, i) => first + i);
  });
  const seeds = parts.flat();
  const complete = parts.every((part) => part.length > 0);
  if (complete && seeds.length <= MOST_SEEDS && new Set(seeds).size === seeds.length) return seeds;
  throw new EspalierError('bad-setting', 'badSeeds', { text });
}
