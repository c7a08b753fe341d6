/** The four point scenes (docs/scenes.md §2): a cloud, its rewards and metrics, and settings that teach it well. */
import { say } from '../../content';
import type { Scene } from '../scene';
import { checkerboard, drawPoints, moons, ring, spiral } from './data';
import type { PointCloud } from './data';
import { pointMetrics } from './metrics';
import { halfReward, landscapeReward, modeReward } from './rewards';

interface Description {
  readonly name: 'ring' | 'moons' | 'checkerboard' | 'spiral';
  readonly cloud: PointCloud;
  /** Centre of the reward "mode", on the data. */
  readonly centre: readonly [number, number];
}

/** `points.NAME.…` in the catalogue are the centre, the eight parts and the noise-free shape of the cloud in words. */
function pointScene({ name, cloud, centre }: Description): Scene {
  return {
    name: `points/${name}`,
    title: say(`scene.points/${name}.title`),
    summary: say(`scene.points/${name}.summary`),
    model: `points-${name}.onnx`,
    sampleShape: [2],
    rewards: [modeReward(centre, say(`points.${name}.place`)), halfReward, landscapeReward],
    metrics: pointMetrics(cloud, say(`points.${name}.parts`), say(`points.${name}.shape`)),
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
      // With 512 samples, an evaluation costs what three iterations do.
      evaluationSteps: 12,
    },
    // The prompts of a flat rollout are all alike here, so its 128 samples are one group.
    algorithmPresets: { 'flow-grpo': { advantageScope: 'batch' } },
    data: (count, seed) => drawPoints(cloud, count, seed),
  };
}

export const pointScenes: readonly Scene[] = [
  pointScene({
    name: 'ring',
    cloud: ring,
    centre: [2, 0],
  }),
  pointScene({
    name: 'moons',
    cloud: moons,
    centre: [-0.8, 1.2],
  }),
  pointScene({
    name: 'checkerboard',
    cloud: checkerboard,
    centre: [1.5, 1.5],
  }),
  pointScene({
    name: 'spiral',
    cloud: spiral,
    centre: [0, 2],
  }),
];
