/** The four point scenes (docs/scenes.md §2): a cloud, its rewards and metrics, and settings that teach it well. */
import type { Scene } from '../scene';
import { checkerboard, drawPoints, moons, ring, spiral } from './data';
import type { PointCloud } from './data';
import { pointMetrics } from './metrics';
import { halfReward, landscapeReward, modeReward } from './rewards';

interface Description {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cloud: PointCloud;
  /** Centre of the reward "mode", on the data, and its name in words. */
  readonly centre: readonly [number, number];
  readonly place: string;
  /** The cloud's eight parts and its noise-free shape, in words. */
  readonly parts: string;
  readonly shape: string;
}

function pointScene(description: Description): Scene {
  const { name, title, summary, cloud, centre, place, parts, shape } = description;
  return {
    name: `points/${name}`,
    title,
    summary,
    model: `points-${name}.onnx`,
    sampleShape: [2],
    rewards: [modeReward(centre, place), halfReward, landscapeReward],
    metrics: pointMetrics(cloud, parts, shape),
    view: 'plane',
    prompts: null,
    picture: null,
    preset: {
      trees: 8,
      steps: 10,
      learningRate: 1e-3,
      logProbReduction: 'sum',
      updates: 2,
      clip: 0.2,
    },
    // The prompts of a flat rollout are all alike here, so its 128 samples are one group.
    algorithmPresets: { 'flow-grpo': { advantageScope: 'batch' } },
    data: (count, seed) => drawPoints(cloud, count, seed),
  };
}

export const pointScenes: readonly Scene[] = [
  pointScene({
    name: 'ring',
    title: 'Ring of eight',
    summary: 'Eight small clouds on a circle: easy to see which of them a reward keeps.',
    cloud: ring,
    centre: [2, 0],
    place: 'the rightmost cloud',
    parts: 'the eight clouds',
    shape: 'a cloud’s centre',
  }),
  pointScene({
    name: 'moons',
    title: 'Two moons',
    summary: 'Two interlocking half circles.',
    cloud: moons,
    centre: [-0.8, 1.2],
    place: 'the top of the left moon',
    parts: 'the eight quarter moons',
    shape: 'the half circles',
  }),
  pointScene({
    name: 'checkerboard',
    title: 'Checkerboard',
    summary: 'Eight squares with sharp edges and nothing in between.',
    cloud: checkerboard,
    centre: [1.5, 1.5],
    place: 'the middle of the top right square',
    parts: 'the eight squares',
    shape: 'the squares',
  }),
  pointScene({
    name: 'spiral',
    title: 'Spiral',
    summary: 'One thin arm, wound one and a half times.',
    cloud: spiral,
    centre: [0, 2],
    place: 'the top of the spiral’s arm',
    parts: 'eight equal stretches of the arm',
    shape: 'the arm’s middle line',
  }),
];
