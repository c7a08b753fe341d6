import { expect, test } from 'vitest';
import { resolveSettings } from '../config/resolve';
import type { Cores, ShardWorker } from '../engine/pool/cores';
import { nodeCores } from '../engine/pool/nodeCores';
import type { JournalEvent } from '../journal/events';
import { journalBytes } from '../journal/file';
import { nodeEnvironment } from './runHeadless';
import { TrainingSession } from './session';

/** Cores that tell when all their workers are open, and what was asked of each. */
function watched(count: number): { cores: Cores; open: Promise<void>; asked: Set<string>[] } {
  const cores = nodeCores(count);
  const asked: Set<string>[] = [];
  let opened = 0;
  let tell: () => void;
  const open = new Promise<void>((resolve) => (tell = resolve));
  const start = (): ShardWorker => {
    const worker = cores.start();
    const passes = new Set<string>();
    asked.push(passes);
    return {
      ...worker,
      post(message, transfer) {
        if (message.kind === 'run') passes.add(`${message.pass} of the ${message.slot}`);
        worker.post(message, transfer);
      },
      listen(onMessage, onCrash) {
        worker.listen((message) => {
          onMessage(message);
          if (message.kind === 'opened' && ++opened === count - 1) tell();
        }, onCrash);
      },
    };
  };
  return { cores: { count, start }, open: count > 1 ? open : Promise.resolve(), asked };
}

/** A small run of glyphs whose workers are there from the first update on. */
async function run(count: number): Promise<{ bytes: Uint8Array; asked: Set<string>[] }> {
  const { cores, open, asked } = watched(count);
  const events: JournalEvent[] = [];
  const session = new TrainingSession(
    (event) => event.kind === 'journal' && void events.push(event.event),
    { ...nodeEnvironment, cores },
  );
  const small = { trees: 4, steps: 5, evaluationSamples: 16, evaluationSteps: 2 };
  await session.open({
    ...{ scene: 'glyphs', algorithm: 'branch-grpo', engine: 'ort-wasm' },
    settings: resolveSettings('glyphs', 'branch-grpo', {
      ...{ ...small, iterations: 2, referenceWeight: 0.1 },
    }),
    ...{ model: null, checkpoint: null, landscape: null },
  });
  await session.step('phase');
  await open;
  await session.run();
  await session.stop();
  expect(events.at(-1)).toMatchObject({ type: 'run-ended', reason: 'finished' });
  return { bytes: journalBytes(events, { withoutClock: true }), asked };
}

test('a run writes the same journal on one, two and three cores, which all compute', async () => {
  const alone = await run(1);
  for (const count of [2, 3]) {
    const { bytes, asked } = await run(count);
    // A small update is too little for three.
    for (const passes of asked) expect(passes).toContain('forward of the policy');
    const all = ['forward of the policy', 'forward of the reference', 'gradient of the policy'];
    expect([...new Set(asked.flatMap((passes) => [...passes]))].sort()).toEqual(all);
    expect(Buffer.from(bytes).equals(Buffer.from(alone.bytes))).toBe(true);
  }
}, 60_000);
