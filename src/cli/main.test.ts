import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { algorithmNames } from '../algorithms';
import { properties } from '../config/properties';
import { describeRange, formatSetting } from '../config/settings';
import { version } from '../core/version';
import { decodeJournal, encodeJournal, journalBytes } from '../journal/file';
import { exampleJournal } from '../journal/exampleJournal';
import { Journal } from '../journal/journal';
import { sceneNames } from '../scenes';
import { examplePolicy } from '../session/examplePolicy';
import { flagOf } from './arguments';
import { main } from './main';

let folder: string;
let model: string;
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'espalier-'));
  model = inFolder('tiny.onnx');
  await writeFile(model, examplePolicy());
});

afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly progress: readonly string[];
}

async function espalier(...args: string[]): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const progress: string[] = [];
  const code = await main(args, {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    progress: (text) => progress.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n'), progress };
}

const quick = [
  '--set',
  'trees=2',
  'splitSteps=0',
  'steps=3',
  'updates=1',
  'evaluationSamples=16',
  'evaluationSteps=2',
  'evaluationInterval=2',
];

const train = (...args: string[]): Promise<Outcome> =>
  espalier('run', '--model', model, '--iterations', '2', ...quick, ...args);

const journalIn = async (name: string) =>
  new Journal(await decodeJournal(await readFile(inFolder(name))));

describe('profile', () => {
  it('prints the spread of the reward by step, as a table and as JSON', async () => {
    const args = ['profile', '--model', model, '--steps', '4', '--set', 'splitSteps=0'];
    const { code, out } = await espalier(...args);
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(4);
    const lines = (await espalier(...args, '--json')).out.split('\n');
    const steps = lines.map((line) => JSON.parse(line) as { step: number });
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2]);
  });

  it('takes no journal', async () => {
    const { code, err } = await espalier('profile', '--out', inFolder('x.espalier'));
    expect(code).toBe(2);
    expect(err).toContain('no --out');
  });
});

describe('espalier run', () => {
  it('trains, shows how far it is, and prints the final table', async () => {
    const { code, out, err, progress } = await train();
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain('points/ring · branch-grpo · reward mode · seed 1 · CPU tier');
    expect(out).toMatch(/Reward +[\d.e-]+ +[\d.e-]+\n/);
    expect(out).toMatch(/NFE +forward \d+ · gradient \d+/);
    expect(progress.some((line) => line.startsWith('iteration 1 of 2 · Reward'))).toBe(true);
    expect(progress.at(-1)).toBe('');
  });

  it('takes settings as flags and by --set, the later one winning', async () => {
    const { code } = await train('--out', inFolder('set.espalier'), '--seed', '5', '--seed=7');
    expect(code).toBe(0);
    const { settings } = (await journalIn('set.espalier')).run!;
    expect(settings).toMatchObject({ seed: 7, iterations: 2, splitSteps: [0], steps: 3, trees: 2 });
  });

  it('writes the same journal for the same seed, and nothing beside it', async () => {
    for (const name of ['a.espalier', 'b.espalier']) await train('--out', inFolder(name));
    const clockless = { withoutClock: true };
    const [a, b] = [await journalIn('a.espalier'), await journalIn('b.espalier')];
    expect(journalBytes(a.events, clockless)).toEqual(journalBytes(b.events, clockless));
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('prints events as JSON without their arrays, and no table', async () => {
    const { out } = await train('--json');
    const events = out.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ type: 'run-started', run: { settings: { seed: 1 } } });
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', reason: 'finished' });
    expect(events.find(({ type }) => type === 'tree-grown')).toEqual({
      type: 'tree-grown',
      iteration: 0,
      milliseconds: expect.any(Number),
      plan: {
        shape: { trees: 2, roots: 1, branchingFactor: 2, splitSteps: [0], steps: 3 },
        stochasticSteps: [0, 1],
      },
      forwardEvaluations: expect.any(Number),
    });
  });

  it('continues from a file as if it had never stopped', async () => {
    const [half, rest, whole] = ['half.espalier', 'rest.espalier', 'whole.espalier'];
    await train('--out', inFolder(half));
    await train('--out', inFolder(whole), '--iterations', '4');
    const resumed = ['run', '--resume', inFolder(half), '--model', model, '--iterations', '4'];
    const { code } = await espalier(...resumed, '--out', inFolder(rest));
    expect(code).toBe(0);
    const { firstIteration, checkpoint } = await journalIn(rest);
    expect(firstIteration).toBe(2);
    expect(checkpoint).toEqual((await journalIn(whole)).checkpoint);
  });

  it('says that a run of earlier sums goes on inexactly', async () => {
    await train('--out', inFolder('now.espalier'));
    const [started, ...rest] = await decodeJournal(await readFile(inFolder('now.espalier')));
    if (started.type !== 'run-started') throw new Error('A journal begins with its run.');
    const earlier = { ...started, run: { ...started.run, numerics: 1 } };
    await writeFile(inFolder('then.espalier'), await encodeJournal([earlier, ...rest]));
    const resume = (name: string) =>
      espalier('run', '--resume', inFolder(name), '--model', model, '--iterations', '3');
    expect((await resume('then.espalier')).err).toContain('not to the same last digits');
    expect((await resume('now.espalier')).err).toBe('');
  });
});

describe('espalier export', () => {
  it('writes a policy that goes on from where the run ended', async () => {
    const [run, policy] = [inFolder('trained.espalier'), inFolder('policy.onnx')];
    await train('--out', run);
    const { code, out } = await espalier('export', run, '--model', model, '--out', policy);
    expect([code, out]).toEqual([0, `${policy}: tiny.onnx after 2 iterations.`]);
    await train('--model', policy, '--out', inFolder('again.espalier'));
    const [first, again] = [await journalIn('trained.espalier'), await journalIn('again.espalier')];
    expect(again.series('reward').y[0]).toBe(first.series('reward').y.at(-1));
    expect(again.checkpoint!.state.reference).toEqual(first.checkpoint!.state.weights);
  });

  it('is refused without --out, and with another policy than the run began with', async () => {
    const [run, policy] = [inFolder('refused.espalier'), inFolder('refused.onnx')];
    await train('--out', run);
    const outcomes = [
      await espalier('export', run, '--model', model),
      await espalier('export', '--out', policy),
      await espalier('export', run, '--out', policy),
    ];
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(outcomes[0].err).toMatch(/takes one run file and --out/);
    expect(outcomes[1].err).toMatch(/takes one run file and --out/);
    expect(outcomes[2].err).toMatch(/trained tiny\.onnx, and the policy at hand is another one/);
    expect(await readdir(folder)).not.toContain('refused.onnx');
  });
});

describe('misuse', () => {
  const cases: [string, string[], RegExp][] = [
    ['no command', [], /Valid commands: run, export, list/],
    ['an unknown command', ['train'], /no command "train"\. Valid commands: run, export, list/],
    ['an unknown option', ['run', '--stepz', '3'], /no option --stepz\. Valid options: .*--steps/],
    ['an unknown scene', ['run', '--scene', 'x'], /no scene "x"\. Valid scenes: points\/ring/],
    ['an unknown algorithm', ['run', '--algorithm', 'x'], /Valid algorithms: flow-grpo/],
    ['an unknown engine', ['run', '--engine', 'x'], /Valid engines: auto, wgsl/],
    ['no cores', ['run', '--cores', '0'], /Valid: 1 to 16/],
    ['an unknown setting', ['run', '--set', 'x=1'], /no setting "x"\. Valid settings: seed/],
    ['an unknown reward', ['run', '--reward', 'x'], /no reward "x"\. Valid rewards: mode/],
    ['a value out of range', ['run', '--steps', '1000'], /steps must be a whole number from 2 to/],
    ['a value missing', ['run', '--seed'], /--seed needs a value: a whole number from 0/],
    ['no key', ['run', '--set', 'steps'], /needs key=value, not "steps"\. Valid keys: seed/],
    ['a word too many', ['run', 'points/ring'], /"points\/ring" is not expected/],
    ['a missing policy', ['run', '--model', '/no/x.onnx'], /\/no\/x\.onnx cannot be read/],
    ['a missing file', ['run', '--resume', '/no/x'], /\/no\/x cannot be read/],
    ['a missing folder', ['run', '--out', '/no/x'], /no folder \/no\./],
    ['an unknown list', ['list', 'models'], /Valid lists: scenes, algorithms, rewards/],
    ['contradicting settings', ['run', '--split-steps', '12'], /splitSteps must lie below steps/],
  ];

  it.each(cases)('is answered in one sentence with what is valid: %s', async (_, args, says) => {
    const { code, out, err } = await espalier(...args);
    expect(err).toMatch(says);
    expect(code).toBe(2);
    expect(out).toBe('');
  });

  it('names a file that is no journal, has no checkpoint, is done, or is of another policy', async () => {
    const started = exampleJournal().slice(0, 3);
    await writeFile(inFolder('text.espalier'), 'hello');
    await writeFile(inFolder('started.espalier'), await encodeJournal(started));
    await writeFile(inFolder('other.onnx'), examplePolicy({ seed: 9 }));
    await train('--out', inFolder('done.espalier'));
    const resume = (name: string, ...more: string[]) =>
      espalier('run', '--resume', inFolder(name), ...more);
    const outcomes = [
      await resume('text.espalier'),
      await resume('started.espalier'),
      await resume('done.espalier', '--model', model),
      await resume('done.espalier', '--iterations', '3', '--model', inFolder('other.onnx')),
      await resume('done.espalier', '--scene', 'points/ring'),
    ];
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2]);
    const says = [
      /not an Espalier file/,
      /holds no checkpoint/,
      /done all of its 2 iterations/,
      /trained tiny\.onnx, and other\.onnx is another policy/,
      /--scene cannot be combined/,
    ];
    outcomes.forEach(({ err }, i) => expect(err).toMatch(says[i]));
  });
});

describe('a run that fails', () => {
  it('exits with 1, says why, and still writes its journal with a checkpoint', async () => {
    const [out, absurd] = [inFolder('failed.espalier'), inFolder('absurd.onnx')];
    await writeFile(absurd, examplePolicy({ outputScale: 1e30 }));
    const { code, err } = await train('--out', out, '--model', absurd);
    expect(code).toBe(1);
    expect(err).toContain('not a finite number');
    const journal = await journalIn('failed.espalier');
    expect(journal.ended?.error?.code).toBe('not-a-number');
    expect(journal.checkpoint?.state.weights.every(Number.isFinite)).toBe(true);
  });
});

describe('help and lists', () => {
  it('explain every setting with flag, symbol, range and default, every scene and algorithm', async () => {
    const { code, out } = await espalier('--help');
    expect(code).toBe(0);
    const text = out.replace(/\s+/g, ' ');
    for (const property of properties) {
      expect(text).toContain(`--${flagOf(property.key)} key ${property.key}`);
      expect(text).toContain(
        `${describeRange(property)}; default ${formatSetting(property.initial)}.`,
      );
      expect(text).toContain(property.help);
      if (property.symbol) expect(text).toContain(`(${property.symbol})`);
    }
    for (const name of [...sceneNames, ...algorithmNames]) expect(text).toContain(name);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('print registries for people and for programs', async () => {
    const { out } = await espalier('list', 'scenes');
    for (const name of sceneNames) expect(out).toContain(name);
    const { out: json } = await espalier('list', 'rewards', '--json');
    const rewards = json.split('\n').map((line) => JSON.parse(line) as Record<string, string>);
    expect(rewards[0]).toMatchObject({ scene: 'points/ring', name: 'mode' });
    const { out: algorithms } = await espalier('list', 'algorithms', '--json');
    expect(algorithms.split('\n')).toHaveLength(algorithmNames.length);
  });

  it('print the version', async () => {
    expect(await espalier('--version')).toMatchObject({ code: 0, out: version });
  });
});

describe('the process', () => {
  const program = ['tools/run.mjs', 'src/cli/main.ts'];

  it('keeps results on standard output and exits with the code of its outcome', () => {
    const spawned = (...args: string[]) =>
      spawnSync(process.execPath, [...program, ...args], { encoding: 'utf8' });
    const done = spawned('run', '--model', model, '--iterations', '1', '--json', ...quick);
    expect([done.status, done.stderr]).toEqual([0, '']);
    expect(done.stdout.trim().split('\n').at(-1)).toContain('"reason":"finished"');
    const misused = spawned('run', '--scene', 'points/cube');
    expect([misused.status, misused.stdout]).toEqual([2, '']);
    expect(misused.stderr).toContain('Valid scenes');
  });

  it('stops on Ctrl+C after the phase in progress and keeps the journal so far', async () => {
    const out = inFolder('interrupted.espalier');
    const args = ['run', '--model', model, '--iterations', '100000', '--json', '--out', out];
    const child = spawn(process.execPath, [...program, ...args, ...quick], { detached: true });
    const ended = new Promise((resolve) => child.on('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    // A terminal sends the signal to the whole group.
    process.kill(-child.pid!, 'SIGINT');
    expect(await ended).toBe(130);
    const { ended: last, checkpoint } = await journalIn('interrupted.espalier');
    expect(last?.reason).toBe('stopped');
    expect(checkpoint).not.toBeNull();
  });
});
