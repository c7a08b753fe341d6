import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iterationPlan } from '../config/plan';
import { defaultSettings } from '../config/settings';
import type { Settings } from '../config/properties';
import { EspalierError } from '../core/errors';
import { edgeCount, leafCount, nodeCount } from '../core/tree';
import { crc32 } from './crc32';
import type { JournalEvent } from './events';
import { exampleJournal } from './exampleJournal';
import { decodeJournal, encodeJournal, journalBytes } from './file';
import { formatVersion } from './migrations';

async function refusal(bytes: Uint8Array): Promise<EspalierError> {
  const outcome = await decodeJournal(bytes).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(EspalierError);
  return outcome as EspalierError;
}

const smallFile = (): Promise<Uint8Array> => encodeJournal(exampleJournal({ iterations: 1 }));

/** `bytes` with one replaced. */
const altered = (bytes: Uint8Array, at: number, byte: number) => bytes.with(at, byte);

/** A file whose container is sound but whose events are whatever `change` makes of them. */
async function fileWith(change: (events: Record<string, unknown>[]) => void): Promise<Uint8Array> {
  const events = structuredClone(exampleJournal()) as unknown as Record<string, unknown>[];
  change(events);
  return encodeJournal(events as unknown as JournalEvent[]);
}

const number = fc.double();
const floats = (length: number) =>
  fc.float32Array({ minLength: length, maxLength: length, noNaN: false });

const settings: fc.Arbitrary<Settings> = fc
  .record({
    seed: fc.nat(),
    trees: fc.integer({ min: 1, max: 2 }),
    roots: fc.integer({ min: 1, max: 2 }),
    branchingFactor: fc.integer({ min: 1, max: 3 }),
    splitSteps: fc.subarray([0, 1]),
    steps: fc.integer({ min: 2, max: 3 }),
    reward: fc.string({ minLength: 1 }),
    learningRate: fc.double({ min: 1e-6, max: 0.1, noNaN: true }),
  })
  .map((some) => ({ ...defaultSettings(), ...some, updates: 1 }));

/** Journals of one iteration with any content that the types allow. */
const journals: fc.Arbitrary<JournalEvent[]> = fc
  .record({ settings, dimensions: fc.integer({ min: 1, max: 3 }), picture: fc.boolean() })
  .chain(({ settings, dimensions, picture }) => {
    const nodes = nodeCount(settings);
    const inside = { iteration: fc.constant(0), milliseconds: number };
    const event = <T extends JournalEvent['type'], F extends Record<string, fc.Arbitrary<unknown>>>(
      type: T,
      fields: F,
    ) => fc.record({ type: fc.constant(type), ...inside, ...fields });
    return fc.tuple(
      event('run-started', {
        version: fc.string(),
        run: fc.record({
          scene: fc.string({ unit: 'grapheme' }),
          algorithm: fc.constantFrom('flow-grpo', 'branch-grpo'),
          settings: fc.constant(settings),
          model: fc.record({ name: fc.string(), sha256: fc.string(), parameters: fc.nat() }),
          tier: fc.constantFrom('webgpu', 'cpu'),
          engine: fc.constantFrom('wgsl', 'ort-wasm', 'ort-webgpu'),
          numerics: fc.nat(),
        }),
        data: floats(4 * dimensions),
        baseSamples: floats(0),
      }),
      event('tree-grown', {
        plan: fc.constant(iterationPlan(settings, 0)),
        latents: floats(picture ? 0 : nodes * dimensions),
        estimates: floats(picture ? (nodes / settings.trees) * dimensions : 0),
        logProbs: floats(nodes),
        forwardEvaluations: fc.nat(),
      }),
      event('leaves-scored', {
        rewards: floats(leafCount(settings)),
        mean: number,
        best: number,
        worst: number,
      }),
      event('rewards-fused', { fusedRewards: floats(nodes) }),
      event('advantages-set', { advantages: floats(nodes) }),
      event('edges-pruned', {
        kept: fc.uint8Array({ minLength: nodes, maxLength: nodes }),
        keptEdges: fc.nat(),
        edges: fc.constant(edgeCount(settings)),
      }),
      event('weights-updated', {
        updates: fc.array(
          fc.record({
            policyLoss: number,
            referenceLoss: fc.option(number),
            ratioMean: number,
            ratioDeviation: number,
            clipFraction: number,
            gradientNorm: number,
            gradientEvaluations: fc.nat(),
            forwardEvaluations: fc.nat(),
          }),
          { minLength: 1, maxLength: 1 },
        ),
      }),
      event('evaluated', {
        samples: floats(2 * dimensions),
        reward: number,
        metrics: fc.dictionary(fc.string(), number, { noNullPrototype: true }),
      }),
      event('landscape-painted', {
        landscape: fc.record({ size: fc.constant(3), extent: number, values: floats(9) }),
      }),
      event('checkpoint', {
        state: fc.record({
          weights: floats(5),
          reference: floats(5),
          firstMoment: floats(5),
          secondMoment: floats(5),
          updates: fc.nat(),
        }),
      }),
      event('run-ended', {
        reason: fc.constantFrom('finished', 'stopped', 'failed'),
        error: fc.option(
          fc.record({
            code: fc.constantFrom('not-a-number', 'unexpected'),
            key: fc.string(),
            params: fc.dictionary(
              fc.constantFrom('name', 'count'),
              fc.oneof(
                fc.string(),
                fc.integer(),
                fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.1 }),
              ),
            ),
            message: fc.string(),
            hint: fc.string(),
            details: fc.array(fc.string()),
          }),
        ),
      }),
    );
  })
  .map((events) => events as unknown as JournalEvent[]);

describe('a journal in a file', () => {
  it('comes back as it was, whatever its content', async () => {
    await fc.assert(
      fc.asyncProperty(journals, async (events) => {
        const read = await decodeJournal(await encodeJournal(events));
        expect(read).toEqual(events);
        expect(journalBytes(read)).toEqual(journalBytes(events));
      }),
      { numRuns: 50 },
    );
  });

  it('owns its arrays, so that each can be transferred alone', async () => {
    const [, , grown] = await decodeJournal(await smallFile());
    if (grown.type !== 'tree-grown') throw new Error(grown.type);
    expect(grown.latents.buffer.byteLength).toBe(grown.latents.byteLength);
    expect(grown.latents.buffer).not.toBe(grown.logProbs.buffer);
  });

  it('has the same bytes for the same events, however their objects were put together', () => {
    const events = exampleJournal();
    const reordered = events.map(
      (event) => Object.fromEntries(Object.entries(event).reverse()) as unknown as JournalEvent,
    );
    expect(journalBytes(reordered)).toEqual(journalBytes(events));
  });

  it('differs from a second run of the same seed only by its clock', () => {
    const events = exampleJournal();
    const later = events.map((event) => ({ ...event, milliseconds: event.milliseconds + 0.25 }));
    expect(journalBytes(later)).not.toEqual(journalBytes(events));
    const clockless = { withoutClock: true };
    expect(journalBytes(later, clockless)).toEqual(journalBytes(events, clockless));
  });
});

describe('a file that is no good', () => {
  it('is refused as cut off wherever it was cut', async () => {
    const file = await smallFile();
    for (let length = 0; length < file.length; length++) {
      const { code, hint } = await refusal(file.subarray(0, length));
      expect(code, `${length} bytes`).toBe('cut-off-file');
      expect(hint).toContain('Nothing was changed.');
    }
  });

  it('is refused by name whichever byte was changed', async () => {
    const file = await smallFile();
    const names = new Set<string>();
    for (let at = 0; at < file.length; at++) {
      const { code } = await refusal(altered(file, at, file[at] ^ 0x10));
      names.add(code);
    }
    expect(names).toEqual(new Set(['bad-file', 'newer-file', 'cut-off-file']));
  });

  it('is refused as newer when its version is, even if nothing else can be read', async () => {
    const file = altered(await smallFile(), 8, formatVersion + 1).subarray(0, 14);
    const { code, message } = await refusal(file);
    expect(code).toBe('newer-file');
    expect(message).toContain(`version ${formatVersion + 1}`);
  });

  it('is refused when it is something else', async () => {
    for (const text of ['{"type":"run-started"}', 'PK\x03\x04', '<!doctype html>']) {
      expect((await refusal(new TextEncoder().encode(text))).code).toBe('bad-file');
    }
  });

  it('is refused when bytes follow its end', async () => {
    const file = await smallFile();
    expect((await refusal(Uint8Array.from([...file, 0]))).code).toBe('bad-file');
  });

  it('is refused when it unpacks to more than it announces', async () => {
    const events = exampleJournal();
    const file = await encodeJournal(events);
    const view = new DataView(file.buffer);
    view.setUint32(16, 10, true);
    view.setUint32(24, crc32(file.subarray(8, 24), file.subarray(28)), true);
    expect((await refusal(file)).code).toBe('bad-file');
  });
});

describe('an event that is no good', () => {
  const cases: [string, (events: Record<string, unknown>[]) => void, RegExp][] = [
    ['a missing field', (events) => delete events[3].mean, /event 3 \(leaves-scored\): mean/],
    ['a wrong type', (events) => (events[3].best = 'high'), /best should be a number/],
    [
      'a wrong array type',
      (events) => (events[3].rewards = new Uint8Array(4)),
      /rewards should be a float32 array/,
    ],
    [
      'an array of the wrong length',
      (events) => (events[4].fusedRewards = new Float32Array(3)),
      /fusedRewards has length 3, not 10/,
    ],
    [
      'latents that are not nodes of a tree',
      (events) => (events[2].latents = new Float32Array(21)),
      /latents has length 21 for 10 nodes/,
    ],
    [
      'samples of other dimensions',
      (events) => (events[1].samples = new Float32Array(5)),
      /5 numbers are not samples of 2 dimensions/,
    ],
    ['a phase left out', (events) => events.splice(4, 1), /rewards-fused of iteration 0/],
    ['a phase twice', (events) => events.splice(4, 0, events[4]), /advantages-set of iteration 0/],
    ['an iteration left out', (events) => events.splice(1, 7), /tree-grown of iteration 0/],
    ['events after the end', (events) => events.push(events[9]), /comes after run-ended/],
    ['a second start', (events) => events.splice(8, 0, events[0]), /holds one run/],
    ['no start', (events) => events.shift(), /begins with run-started/],
    ['nothing', (events) => events.splice(0), /begins with run-started/],
    [
      'a setting out of range',
      (events) => ((events[0].run as { settings: Settings }).settings.steps = 1000),
      /steps must be a whole number/,
    ],
    [
      'settings that contradict each other',
      (events) => ((events[0].run as { settings: Settings }).settings.splitSteps = [7]),
      /splitSteps must lie below/,
    ],
    [
      'a tree larger than any run may grow',
      (events) => ((events[2].plan as { shape: { roots: number } }).shape.roots = 1e9),
      /event 2 \(tree-grown\): plan\.shape\.roots/,
    ],
    [
      'a plan whose forest is not the one that its arrays are of',
      (events) => ((events[2].plan as { shape: { splitSteps: number[] } }).shape.splitSteps = []),
      /event 2 \(tree-grown\): latents has length 20 for 6 nodes/,
    ],
    [
      'noise at a step that the plan does not have',
      (events) => ((events[2].plan as { stochasticSteps: number[] }).stochasticSteps = [2]),
      /stochastic steps of its plan/,
    ],
    [
      'an unknown algorithm',
      (events) => ((events[0].run as { algorithm: string }).algorithm = 'constructor'),
      /algorithm should be one of flow-grpo/,
    ],
    [
      'weights of unequal lengths',
      (events) => ((events[15].state as { reference: unknown }).reference = new Float32Array(7)),
      /a vector of the state has length 7, not 8/,
    ],
  ];

  it.each(cases)('is refused: %s', async (_name, change, expected) => {
    const { code, message } = await refusal(await fileWith(change));
    expect(code).toBe('bad-file');
    expect(message).toMatch(expected);
  });
});

describe('crc32', () => {
  it('gives the check value of its definition', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    const parts = ['1234', '56789'].map((text) => new TextEncoder().encode(text));
    expect(crc32(...parts)).toBe(0xcbf43926);
  });
});
