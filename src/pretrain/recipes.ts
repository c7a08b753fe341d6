/** How each shipped policy is made (docs/scenes.md §2): the table that `npm run pretrain` works through. */
import { EspalierError } from '../core/errors';
import type { Graph } from '../onnx/graph';
import { buildPointMlp } from '../onnx/models/mlp';
import type { Training } from './pretrain';
import { weightNoise } from './weightNoise';

export interface Recipe extends Training {
  /** Scene whose data the policy learns. */
  readonly scene: string;
  /** The network in words, e.g. "mlp 64x3". */
  readonly architecture: string;
  /** The untrained network. */
  readonly build: (seed: number, metadata: Readonly<Record<string, string>>) => Graph;
}

function pointRecipe(scene: string, width: number, steps: number): Recipe {
  const layers = 3;
  return {
    scene,
    architecture: `mlp ${width}x${layers}`,
    build: (seed, metadata) =>
      buildPointMlp({ width, layers, normal: weightNoise(seed), metadata }),
    seed: 1,
    steps,
    batch: 512,
    learningRate: 2e-3,
    warmUp: 50,
    beta1: 0.9,
    beta2: 0.99,
    weightDecay: 0,
    maxGradientNorm: Infinity,
    average: 0.995,
  };
}

export const recipes: readonly Recipe[] = [
  pointRecipe('points/ring', 64, 2000),
  pointRecipe('points/moons', 96, 2000),
  pointRecipe('points/checkerboard', 128, 3000),
  pointRecipe('points/spiral', 128, 3000),
];

/** @throws EspalierError 'bad-setting' with the valid names. */
export function findRecipe(scene: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.scene === scene);
  if (recipe) return recipe;
  const valid = recipes.map((candidate) => candidate.scene).join(', ');
  throw new EspalierError('bad-setting', 'noRecipe', { scene, valid });
}
