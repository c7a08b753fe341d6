import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/sha256';
import { createOrtEngine } from '../../src/engine/ortEngine';
import { decodeModel, encodeModel } from '../../src/onnx/file';
import { loadPolicy } from '../../src/onnx/policy';
import { drawSamples } from '../../src/pretrain/measure';
import { findRecipe, recipes } from '../../src/pretrain/recipes';
import { findScene } from '../../src/scenes';
import type { Manifest } from '../../src/scenes/manifest';

const folder = join(import.meta.dirname, '../../public/models');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
const read = (file: string) => new Uint8Array(readFileSync(join(folder, file)));

test('the manifest names every shipped policy, and nothing else is shipped', () => {
  const files = Object.values(manifest.models).map(({ file }) => file);
  const shipped = readdirSync(folder).filter((file) => file !== 'manifest.json');
  expect(shipped.sort()).toEqual(files.sort());
  expect(Object.keys(manifest.models)).toEqual(recipes.map(({ scene }) => scene));
});

describe.each(Object.entries(manifest.models))('%s', (name, entry) => {
  const bytes = read(entry.file);
  const scene = findScene(name);

  test('is the file that the manifest describes', () => {
    expect(entry.file).toBe(scene.model);
    expect(bytes.length).toBe(entry.bytes);
    expect(sha256(bytes)).toBe(entry.sha256);
  });

  test('was made by the recipe as it stands, and is written the way files are written now', () => {
    const { seed, steps, batch, architecture } = findRecipe(name);
    expect(entry).toMatchObject({ seed, steps, batch, architecture });
    expect(sha256(encodeModel(decodeModel(bytes)))).toBe(entry.sha256);
  });

  test('is a policy whose samples are hardly told from the data', async () => {
    const model = loadPolicy(bytes);
    expect(model.sampleShape).toEqual(scene.sampleShape);
    expect(model.parameters.reduce((sum, { length }) => sum + length, 0)).toBe(entry.parameters);
    const engine = await createOrtEngine(model);
    const samples = await drawSamples(engine, 600, 99, 20);
    engine.destroy();
    const data = scene.data(600, 99);
    const figures = Object.fromEntries(
      scene.metrics.map((m) => [m.name, m.measure(samples, data, null)]),
    );
    expect(figures.mmd2).toBeLessThan(0.006);
    expect(figures.modes).toBe(8);
    expect(figures.onData).toBeGreaterThan(0.85);
    expect(entry.measured.mmd2.mean).toBeLessThan(0.002);
  });
});
