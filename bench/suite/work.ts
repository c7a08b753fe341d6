/**
 * The network's work of one glyph iteration by every engine: each kind of pass that the iteration makes is timed by
 * itself, the engines taking turns, and its last results are held to the CPU tier's.
 */
import { resolveSettings } from '../../src/config/resolve';
import type { Outputs } from '../engines/engine';
import { affordable, iterationWork } from '../iterationWork';
import { workRoundCount } from '../options';
import type { WorkPart, WorkSection } from '../report/types';
import { Turns, checkTier } from './turns';
import type { SuiteContext, TurnRunner } from './turns';

interface Runner extends TurnRunner {
  readonly rounds: number[][];
}

export async function runWork(context: SuiteContext): Promise<WorkSection[]> {
  const sections: WorkSection[] = [];
  for (const tier of context.options.glyphs ? context.options.tiers : []) {
    try {
      checkTier(context, tier);
      const turns = new Turns<Runner>(context, 'glyphs', tier);
      if (turns.chosen().length > 0) sections.push(await runTier(context, turns));
    } catch (error) {
      context.fail(`Network's work of a glyph iteration on ${tier}: ${String(error)}`);
    }
  }
  return sections;
}

async function runTier(
  { options, adapter }: SuiteContext,
  turns: Turns<Runner>,
): Promise<WorkSection> {
  const { tier } = turns;
  const software = adapter !== 'hardware';
  const preset = resolveSettings('glyphs', 'branch-grpo');
  const settings = affordable(preset, tier === 'webgpu' && software && !options.full);
  const parts = iterationWork(settings);
  try {
    const expected = await turns.reference(parts);
    for (const { id } of turns.chosen()) {
      turns.tell(id, 'opening');
      await turns.attempt(id, async () => {
        const engine = await turns.open(id, { watchThread: false });
        turns.runners.push({ engine, worst: { error: 0, tensor: '' }, rounds: [] });
      });
    }
    const rounds = workRoundCount(options, tier, software);
    for (const [index, part] of parts.entries()) {
      await timePart(turns, part, rounds, expected[index]);
    }
  } finally {
    turns.close();
  }
  const rows = turns.runners.map(({ engine, rounds, worst }) => ({
    ...{ engine: engine.id, rounds, error: worst.error, worstTensor: worst.tensor },
  }));
  return { tier, trees: settings.trees, presetTrees: preset.trees, parts, rows };
}

/** Once untimed, which compiles; then the rounds; then the results of the last one. */
async function timePart(
  turns: Turns<Runner>,
  { pass, batch }: WorkPart,
  rounds: number,
  expected: Outputs,
): Promise<void> {
  const what = `${pass} of ${batch} rows`;
  await turns.each(`${what}, preparing`, async ({ engine, rounds: parts }) => {
    parts.push([]);
    await engine.api.prepare(batch);
    await engine.api.time(pass);
  });
  for (let round = 0; round < rounds; round++) {
    const time = async ({ engine, rounds: parts }: Runner): Promise<void> => {
      parts.at(-1)!.push(await engine.api.time(pass));
    };
    await turns.each(`${what}, round ${round + 1} of ${rounds}`, time, round);
  }
  await turns.each(`${what}, results`, (runner) => turns.compare(runner, pass, expected));
}
