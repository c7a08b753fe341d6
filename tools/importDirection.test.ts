import { describe, expect, it } from 'vitest';
import { mayImport } from './importDirection.mjs';

describe('imports between the folders of src', () => {
  it.each([
    ['core/tree.ts', 'core/math'],
    ['gpu/plan/compile.ts', 'core/errors'],
    ['kernels/noise/noise.ts', 'gpu/pipelines'],
    ['trainer/trainer.ts', 'engine/engine'],
    ['trainer/trainer.ts', 'kernels/noise/noise.twin'],
    ['kernels/noise/noise.twin.ts', 'core/math'],
    ['kernels/sampler_step/samplerStep.twin.ts', 'kernels/noise/noise.twin'],
    ['session/session.ts', 'trainer/trainer'],
    ['workers/train.worker.ts', 'session/session'],
    ['ui/App.ts', 'workers/client'],
    ['ui/App.ts', 'session/protocol'],
    ['cli/main.ts', 'trainer/trainer'],
    ['cli/main.ts', 'session/session'],
    ['main.ts', 'ui/App.svelte'],
    ['core/errors.ts', 'content/index'],
    ['ui/App.ts', 'content/page'],
  ])('%s may import %s', (from, to) => {
    expect(mayImport(from, to, false)).toBe(true);
  });

  it.each([
    ['core/tree.ts', 'onnx/graph'],
    ['core/tree.ts', 'kernels/noise/noise.twin'],
    ['onnx/graph.ts', 'engine/ort'],
    ['gpu/plan/compile.ts', 'engine/engine'],
    ['kernels/noise/noise.twin.ts', 'gpu/device'],
    ['kernels/noise/noise.twin.ts', 'kernels/noise/noise'],
    ['engine/ortEngine.ts', 'trainer/trainer'],
    ['trainer/trainer.ts', 'session/session'],
    ['session/session.ts', 'workers/client'],
    ['workers/train.worker.ts', 'ui/App.svelte'],
    ['ui/App.ts', 'workers/train.worker'],
    ['ui/App.ts', 'session/session'],
    ['ui/App.ts', 'engine/ort'],
    ['cli/main.ts', 'workers/client'],
    ['cli/main.ts', 'ui/App.svelte'],
    ['newFolder/file.ts', 'core/tree'],
    ['newFolder/file.ts', 'content/index'],
    ['content/index.ts', 'core/errors'],
    ['content/index.ts', 'kernels/noise/noise.twin'],
    ['kernels/noise/noise.twin.ts', 'content/index'],
  ])('%s may not import %s', (from, to) => {
    expect(mayImport(from, to, false)).toBe(false);
  });

  it.each([
    ['ui/App.svelte', 'ui/tree/TreePanel.svelte'],
    ['ui/state/studio.svelte.ts', 'ui/view/runView'],
    ['ui/tree/TreePanel.svelte', 'ui/views'],
    ['ui/views/index.ts', 'ui/plane/planeView'],
    ['ui/plane/PlanePanel.svelte', 'ui/plane/draw'],
  ])('inside ui %s may import %s', (from, to) => {
    expect(mayImport(from, to, false)).toBe(true);
  });

  it.each([
    ['ui/view/runView.ts', 'ui/state/studio.svelte'],
    ['ui/parts/Icon.svelte', 'ui/state/studio.svelte'],
    ['ui/state/painting.svelte.ts', 'ui/plane/draw'],
    ['ui/state/studio.svelte.ts', 'ui/App.svelte'],
    ['ui/pictures/TreePictures.svelte', 'ui/tree/TreePanel.svelte'],
    ['ui/tree/TreePanel.svelte', 'ui/inspector/explain'],
    ['ui/tree/TreePanel.svelte', 'ui/pictures/TreePictures.svelte'],
    ['ui/newFolder/Panel.svelte', 'ui/view/runView'],
  ])('inside ui %s may not import %s, nor its types', (from, to) => {
    expect(mayImport(from, to, false)).toBe(false);
    expect(mayImport(from, to, true)).toBe(false);
  });

  it('may bring types where values may not come', () => {
    expect(mayImport('journal/events.ts', 'engine/engine', true)).toBe(true);
    expect(mayImport('journal/events.ts', 'engine/engine', false)).toBe(false);
    expect(mayImport('journal/events.ts', 'engine/ort', true)).toBe(false);
  });
});
