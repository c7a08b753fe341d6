/**
 * The sprite scene (docs/scenes.md §3): GenEval's six tasks in small, in a latent space, judged by an exact program.
 */
import { say } from '../../content';
import { diversity, drawsOf, promptStreams } from '../promptTools';
import type { Metric, PaperFigures, Prompt, Reward, Scene } from '../scene';
import { CHANNELS, LATENT, decodeLatent, encodePicture } from './latent';
import { PIXELS, SIZE, TILES, colourNames, drawSprites, shapeNames } from './palette';
import { drawPrompt, obey, taskOf, tasks } from './prompts';
import type { Prompt as SpritePrompt, Task } from './prompts';
import { spritePrompts } from './space';
import { findSprites, judge, tolerance } from './verifier';
import type { Verdict } from './verifier';

/** Verdicts of the samples whose task is among `among`. */
function verdicts(
  samples: Float32Array,
  prompts: readonly Prompt[],
  among: readonly Task[] = tasks,
): Verdict[] {
  const picture = new Float32Array(3 * PIXELS);
  const result: Verdict[] = [];
  for (const [i, prompt] of (prompts as readonly SpritePrompt[]).entries()) {
    if (!among.includes(taskOf(prompt))) continue;
    decodeLatent(samples, picture, i * LATENT);
    result.push(judge(picture, prompt));
  }
  return result;
}

const scoreBy =
  (rewardOf: (verdict: Verdict) => number): Reward['score'] =>
  (samples, rewards, { prompts }) =>
    rewards.set(verdicts(samples, prompts!).map(rewardOf));

const asNumber = (strict: boolean): number => (strict ? 1 : 0);

const rewards: readonly Reward[] = [
  {
    name: 'mixed',
    title: say('reward.mixed.title'),
    summary: say('reward.mixed.summary'),
    formula: '(graded + strict) / 2',
    score: scoreBy(({ graded, strict }) => (graded + asNumber(strict)) / 2),
  },
  {
    name: 'graded',
    title: say('reward.graded.title'),
    summary: say('reward.graded.summary'),
    formula: 'max(0, credit/(1 + extra) − 0.02·max(0, junk − 2) − max(0, residual − 0.02))',
    score: scoreBy(({ graded }) => graded),
  },
  {
    name: 'strict',
    title: say('reward.strict.title'),
    summary: say('reward.strict.summary'),
    formula: say('reward.strict.formula'),
    score: scoreBy(({ strict }) => asNumber(strict)),
  },
];

const strictShare = (judged: readonly Verdict[]): number =>
  judged.filter(({ strict }) => strict).length / Math.max(1, judged.length);

const metrics: readonly Metric[] = [
  {
    name: 'strict',
    title: say('metric.strict.title'),
    summary: say('metric.strict.summary'),
    measure: (samples, _, prompts) => strictShare(verdicts(samples, prompts!)),
  },
  ...tasks.map((task): Metric => ({
    name: `strict:${task}`,
    title: say('metric.strictTask.title', { task }),
    summary: say('metric.strictTask.summary', { task }),
    measure: (samples, _, prompts) => strictShare(verdicts(samples, prompts!, [task])),
  })),
  {
    name: 'residual',
    title: say('metric.residual.title'),
    summary: say('metric.residual.summary'),
    measure: (samples, _, prompts) => {
      const judged = verdicts(samples, prompts!);
      return judged.reduce((sum, { residual }) => sum + residual, 0) / judged.length;
    },
  },
  {
    name: 'diversity',
    title: say('metric.diversity.title'),
    summary: say('metric.diversity.summary'),
    measure: (samples, _, prompts) => {
      const size = 3 * PIXELS;
      const pictures = new Float32Array(prompts!.length * size);
      for (let i = 0; i < prompts!.length; i++) {
        decodeLatent(samples, pictures.subarray(i * size, (i + 1) * size), i * LATENT);
      }
      return diversity(pictures, size, prompts!);
    },
  },
];

const painted = new Float32Array(3 * PIXELS);

function paint(samples: Float32Array, offset: number, out: Uint8ClampedArray): void {
  decodeLatent(samples, painted, offset);
  for (let i = 0; i < PIXELS; i++) {
    for (let channel = 0; channel < 3; channel++) {
      out[i * 4 + channel] = 127.5 * (painted[channel * PIXELS + i] + 1);
    }
    out[i * 4 + 3] = 255;
  }
}

/** E.g. "shows a red ring, a blue heart and stray pixels". */
function describe(samples: Float32Array, offset: number): string {
  decodeLatent(samples, painted, offset);
  const { found, junk } = findSprites(painted);
  const seen = found.map(({ colour, shape }) =>
    say('seen.sprite', { colour: colourNames[colour], shape: shapeNames[shape] }),
  );
  const objects = seen.join(', ');
  if (junk <= tolerance.junk)
    return objects ? say('seen.objects', { objects }) : say('seen.nothing');
  return objects ? say('seen.objectsAndStray', { objects }) : say('seen.stray');
}

/** Pictures that obey prompts of the six tasks in turn, as latents. */
function drawData(count: number, seed: number): Float32Array {
  const latents = new Float32Array(count * LATENT);
  for (let i = 0; i < count; i++) {
    const draw = drawsOf(seed, promptStreams.data, i);
    const sprites = obey(drawPrompt(tasks[i % tasks.length], draw), draw);
    encodePicture(drawSprites(sprites), latents, i * LATENT);
  }
  return latents;
}

/** Flow-GRPO (2505.05470) on GenEval. */
const paper: PaperFigures = {
  data: 'GenEval',
  overall: [0.63, 0.95],
  after: {
    strict: 0.95,
    'strict:single': 1,
    'strict:two': 0.99,
    'strict:counting': 0.95,
    'strict:colours': 0.92,
    'strict:position': 0.99,
    'strict:attributes': 0.86,
  },
};

export const spriteScene: Scene = {
  name: 'sprites',
  title: say('scene.sprites.title'),
  summary: say('scene.sprites.summary'),
  model: 'sprites.onnx',
  sampleShape: [CHANNELS, TILES, TILES],
  rewards,
  metrics,
  view: 'picture',
  prompts: spritePrompts,
  picture: { width: SIZE, height: SIZE, paint, verdict: 'strict', describe, paper },
  preset: {
    trees: 32,
    iterations: 360,
    steps: 8,
    shift: 1.5,
    advantage: 'group',
    learningRate: 5e-4,
    learningRateDecay: 1,
    referenceWeight: 0.01,
    referenceSteps: 'all',
    logProbReduction: 'mean',
    updates: 2,
    clip: 0.2,
    trainedWeights: 'blocks',
    evaluationSamples: 240,
    evaluationInterval: 20,
  },
  algorithmPresets: {
    'branch-grpo': { splitSteps: [0, 1, 2, 3], stochasticSteps: 'split' },
  },
  data: drawData,
};
