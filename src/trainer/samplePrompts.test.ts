import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../config/resolve';
import type { Engine, SampleRequest } from '../engine/engine';
import { findScene } from '../scenes';
import { mostPrompts, samplePrompts } from './samplePrompts';

/** An engine that notes what it is asked. */
function noting(): { engine: Engine; asked: SampleRequest[] } {
  const asked: SampleRequest[] = [];
  const sample = async (request: SampleRequest): Promise<Float32Array> => {
    asked.push(request);
    return new Float32Array(1);
  };
  return { engine: { sample } as unknown as Engine, asked };
}

const scene = findScene('sprites');
const settings = resolveSettings('sprites', 'branch-grpo', { evaluationSteps: 7 });
const prompt = scene.prompts!.read('a red ring');

describe('a policy that is asked beside its run', () => {
  it('is given every prompt in the steps of an evaluation', async () => {
    const { engine, asked } = noting();
    await samplePrompts(engine, scene, settings, [prompt, prompt]);
    const condition = new Float32Array(scene.prompts!.conditionSize);
    scene.prompts!.encode(prompt, condition, 0);
    expect(asked[0].conditions).toEqual(Float32Array.of(...condition, ...condition));
    expect(asked[0].steps).toHaveLength(7);
    expect(asked[0].steps.every(({ std }) => std === 0)).toBe(true);
  });

  it('starts from the same noise each time, another for each sample', async () => {
    const { engine, asked } = noting();
    await samplePrompts(engine, scene, settings, [prompt, prompt]);
    await samplePrompts(engine, scene, settings, [prompt, prompt, prompt]);
    expect(asked[1].keys.slice(0, 4)).toEqual(asked[0].keys);
    expect(asked[0].keys.slice(0, 2)).not.toEqual(asked[0].keys.slice(2));
  });

  it('refuses prompts where there are none to ask, and too many at once', async () => {
    const { engine, asked } = noting();
    const refused = expect.objectContaining({ code: 'bad-prompt' });
    const points = findScene('points/ring');
    await expect(samplePrompts(engine, points, settings, [prompt])).rejects.toEqual(refused);
    const many = Array.from({ length: mostPrompts + 1 }, () => prompt);
    await expect(samplePrompts(engine, scene, settings, many)).rejects.toEqual(refused);
    expect(asked).toEqual([]);
  });
});
