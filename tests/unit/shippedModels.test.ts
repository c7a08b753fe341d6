import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/sha256';
import { Network } from '../../src/engine/network';
import { createOrtEngine } from '../../src/engine/ortEngine';
import { decodeModel } from '../../src/onnx/format/decode';
import { encodeModel } from '../../src/onnx/format/encode';
import { flops } from '../../src/onnx/passes/flops';
import { loadPolicy } from '../../src/onnx/policy';
import { drawSamples } from '../../src/pretrain/measure';
import { findPictureRecipe, pictureRecipes } from '../../src/pretrain/pictureRecipes';
import { meanOf, samplesFor, scoresOf } from '../../src/pretrain/pictureScore';
import { findRecipe, recipes } from '../../src/pretrain/recipes';
import { findScene } from '../../src/scenes';
import { isPicture } from '../../src/scenes/manifest';
import type { Manifest, PictureEntry, PointsEntry } from '../../src/scenes/manifest';

const folder = join(import.meta.dirname, '../../public/models');
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
const read = (file: string) => new Uint8Array(readFileSync(join(folder, file)));
const entries = Object.entries(manifest.models);
const points = entries.filter((pair): pair is [string, PointsEntry] => !isPicture(pair[1]));
const pictures = entries.filter((pair): pair is [string, PictureEntry] => isPicture(pair[1]));

test('the manifest names every shipped policy, and nothing else is shipped', () => {
  const files = Object.values(manifest.models).map(({ file }) => file);
  const shipped = readdirSync(folder).filter((file) => file !== 'manifest.json');
  expect(shipped.sort()).toEqual(files.sort());
  expect(points.map(([name]) => name)).toEqual(recipes.map(({ scene }) => scene));
  expect(pictures.map(([name]) => name)).toEqual(pictureRecipes.map(({ scene }) => scene));
});

test.each(entries)('%s is the file that the manifest describes', (name, entry) => {
  const bytes = read(entry.file);
  const scene = findScene(name);
  expect(entry.file).toBe(scene.model);
  expect(bytes.length).toBe(entry.bytes);
  expect(sha256(bytes)).toBe(entry.sha256);
  const model = loadPolicy(bytes);
  expect(model.sampleShape).toEqual(scene.sampleShape);
  expect(model.conditionShape).toEqual(scene.prompts && [scene.prompts.conditionSize]);
  expect(model.parameters.reduce((sum, { length }) => sum + length, 0)).toBe(entry.parameters);
});

describe.each(points)('%s', (name, entry) => {
  const bytes = read(entry.file);
  const scene = findScene(name);

  test('was made by the recipe as it stands, and is written the way files are written now', () => {
    const { seed, steps, batch, architecture } = findRecipe(name);
    expect(entry).toMatchObject({ seed, steps, batch, architecture });
    expect(sha256(encodeModel(decodeModel(bytes)))).toBe(entry.sha256);
  });

  test('is a policy whose samples are hardly told from the data', async () => {
    const engine = await createOrtEngine(loadPolicy(bytes));
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

/** What the base may score on held-out prompts, so that it is imperfect and teachable. */
const baseRange: Readonly<Record<string, readonly [least: number, most: number]>> = {
  glyphs: [0.5, 0.62],
  sprites: [0.55, 0.7],
};

describe.each(pictures)('%s', (name, entry) => {
  const bytes = read(entry.file);
  const recipe = findPictureRecipe(name);
  const { teacher, measured } = entry;

  test('was made by the recipes as they stand, and is written the way files are written now', () => {
    const { training, distillation, architecture } = recipe;
    const course = ({ seed, steps, batch }: typeof training) => ({ seed, steps, batch });
    expect(entry).toMatchObject({ architecture, ...course(distillation.training) });
    const { paths, teacherSteps, jump } = distillation;
    expect(entry.distillation).toMatchObject({ paths, teacherSteps, jump });
    expect(teacher).toMatchObject(course(training));
    expect(sha256(encodeModel(decodeModel(bytes), { weights: 'float16' }))).toBe(entry.sha256);
    expect(measured.flopsPerForward).toBe(flops(loadPolicy(bytes).forward));
  });

  test('is at most 1.5 MB, and in six steps scores what its teacher does in forty', () => {
    expect(entry.bytes).toBeLessThanOrEqual(1_500_000);
    expect(measured.samples).toBeGreaterThanOrEqual(1200);
    const gap = Math.abs(measured.scoreAtSteps[6] - teacher.measured.heldOutScore);
    expect(gap).toBeLessThan(0.02);
  });

  test('leaves something to teach in every task, and listens to every slot of the prompt', () => {
    const [least, most] = baseRange[name];
    expect(measured.heldOutScore).toBeGreaterThan(least);
    expect(measured.heldOutScore).toBeLessThan(most);
    for (const score of Object.values(measured.tasks)) expect(score).toBeGreaterThan(0.25);
    for (const { asked, shuffled } of measured.shuffledSlots) {
      expect(shuffled).toBeLessThan(0.8 * asked);
    }
  });

  test('obeys more often under guidance, task by task', () => {
    const { weight, score, tasks } = entry.guided;
    expect(weight).toBeGreaterThan(1);
    expect(score).toBeGreaterThan(measured.heldOutScore);
    expect(Object.keys(tasks)).toEqual(Object.keys(measured.tasks));
  });

  test('scores on a few prompts as the manifest says', async () => {
    const model = loadPolicy(bytes);
    const network = await Network.create(model, { provider: 'wasm' });
    const prompts = findScene(name).prompts!.evaluation(96, 1);
    const sampler = { network, weights: model.initialWeights };
    const samples = await samplesFor(recipe, sampler, prompts, { steps: 6, seed: 1 });
    await network.destroy();
    const score = meanOf(scoresOf(recipe, samples, prompts));
    expect(Math.abs(score - measured.scoreAtSteps[6])).toBeLessThan(0.15);
  });
});
