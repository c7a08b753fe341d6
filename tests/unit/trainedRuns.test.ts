import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/resolve';
import { decodeJournal } from '../../src/journal/file';
import { Journal } from '../../src/journal/journal';
import { decodeModel } from '../../src/onnx/format/decode';
import { policyFromGraph } from '../../src/onnx/policy';
import { withTrained } from '../../src/onnx/passes/trained';
import { findScene } from '../../src/scenes';
import type { Manifest } from '../../src/scenes/manifest';

const folder = join(import.meta.dirname, '../../public');
const read = (...path: string[]) => new Uint8Array(readFileSync(join(folder, ...path)));
const manifest = JSON.parse(new TextDecoder().decode(read('models', 'manifest.json'))) as Manifest;
const files = readdirSync(join(folder, 'runs'));

describe.each(files)('%s, a trained run that the page opens', (file) => {
  const name = file.replace('.espalier', '');
  const scene = findScene(name);
  const bytes = read('runs', file);

  test('began from the policy that ships, with the settings that the page starts with', async () => {
    const { run } = new Journal(await decodeJournal(bytes));
    const { model, settings, algorithm } = run!;
    expect(model.sha256).toBe(manifest.models[name].sha256);
    expect(settings).toEqual(resolveSettings(name, algorithm, { seed: settings.seed }));
    expect(bytes.length).toBeLessThan(1_500_000);
  });

  test('ends with weights that fit, and with pictures that obey', async () => {
    const journal = new Journal(await decodeJournal(bytes));
    const { trainedWeights, loraRank } = journal.run!.settings;
    const graph = decodeModel(read('models', scene.model));
    const model = policyFromGraph(withTrained(graph, trainedWeights, loraRank));
    expect(journal.checkpoint!.state.weights).toHaveLength(model.parameterLength);
    const right = journal.series(scene.picture!.verdict);
    expect(right.x.at(-1)).toBe(journal.run!.settings.iterations);
    expect(right.y[0]).toBeLessThan(0.7);
    expect(right.y.at(-1)).toBeGreaterThan(0.9);
  });
});
