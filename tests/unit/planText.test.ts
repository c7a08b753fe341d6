import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const folder = join(import.meta.dirname, '../../public/models');
const files = ['glyphs.onnx', 'sprites.onnx'].map((file) => readFileSync(join(folder, file)));
const plans = files.flatMap((file) =>
  (['forward', 'gradient'] as const).map((direction) => ({ file, direction })),
);

/** The WGSL of plans compiled one after another, by modules that have compiled nothing before. */
async function textsOf(some: typeof plans): Promise<string[]> {
  vi.resetModules();
  const { loadPolicy } = await import('../../src/onnx/policy');
  const { arrange } = await import('../../src/gpu/plan/arrange');
  const { writeShader } = await import('../../src/gpu/plan/shader');
  const { sizeAt } = await import('../../src/gpu/plan/sizes');
  const { tileOf } = await import('../../src/gpu/plan/tiling');
  const [maxBatch, hardware] = [32, false];
  return some.map(({ file, direction }) => {
    const graph = loadPolicy(new Uint8Array(file))[direction];
    const { realisation, dispatches } = arrange(graph, { maxBatch, hardware });
    const shaders = dispatches.map((dispatch) =>
      writeShader(dispatch, realisation, {
        locate: (storage) => ({ key: storage, offset: 0, end: sizeAt(storage.size, maxBatch) }),
        tileOf: (group) => tileOf(group, maxBatch, hardware),
      }),
    );
    return shaders.map(({ label, source }) => `// ${label}\n${source}`).join('\n');
  });
}

test('the text of a plan does not depend on the plans that were compiled before it', async () => {
  const alone: string[] = [];
  for (const plan of plans) alone.push(...(await textsOf([plan])));
  const forwards = await textsOf(plans);
  const backwards = (await textsOf([...plans].reverse())).reverse();
  expect(new Set(alone).size).toBe(plans.length);
  expect(alone.every((text) => text.includes('fn main('))).toBe(true);
  expect(plans.map((_, i) => forwards[i] === alone[i])).toEqual(plans.map(() => true));
  expect(plans.map((_, i) => backwards[i] === alone[i])).toEqual(plans.map(() => true));
});
