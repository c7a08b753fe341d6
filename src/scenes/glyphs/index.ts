/** The glyph scene (docs/scenes.md §4): words written in pixels, judged by reading them. */
import { say } from '../../content';
import type { Metric, Reward, Scene } from '../scene';
import { diversity, drawsOf, promptStreams, tasksByShare } from '../promptTools';
import { HEIGHT, JITTER_X, JITTER_Y, PIXELS, WIDTH, drawWord } from './font';
import { exactReward, readWord, textReward } from './ocr';
import { drawWordPrompt, lettersOf, wordPrompts, writeWord } from './words';

const scoreWords =
  (rewardOf: (picture: Float32Array, word: string, offset: number) => number): Reward['score'] =>
  (samples, rewards, { prompts }) => {
    for (let i = 0; i < rewards.length; i++) {
      rewards[i] = rewardOf(samples, writeWord(prompts![i]), i * PIXELS);
    }
  };

const rewards: readonly Reward[] = [
  {
    name: 'text',
    title: say('reward.text.title'),
    summary: say('reward.text.summary'),
    formula: 'max(0, 1 − edit distance / length − max(0, residual − 0.1))',
    score: scoreWords(textReward),
  },
  {
    name: 'exact',
    title: say('reward.exact.title'),
    summary: say('reward.exact.summary'),
    formula: '[read = asked and residual ≤ 0.25]',
    score: scoreWords(exactReward),
  },
];

const metrics: readonly Metric[] = [
  {
    name: 'exact',
    title: say('metric.exact.title'),
    summary: say('metric.exact.summary'),
    measure: (samples, _, prompts) => {
      const words = new Float32Array(samples.length / PIXELS);
      for (let i = 0; i < words.length; i++) {
        words[i] = exactReward(samples, writeWord(prompts![i]), i * PIXELS);
      }
      return words.reduce((sum, one) => sum + one, 0) / words.length;
    },
  },
  {
    name: 'diversity',
    title: say('metric.diversity.title'),
    summary: say('metric.diversity.summary'),
    measure: (samples, _, prompts) => diversity(samples, PIXELS, prompts!),
  },
];

/** Ink dark, paper light. */
function paint(samples: Float32Array, offset: number, out: Uint8ClampedArray): void {
  for (let i = 0; i < PIXELS; i++) {
    const grey = 127.5 * (1 - samples[offset + i]);
    out.fill(grey, i * 4, i * 4 + 3);
    out[i * 4 + 3] = 255;
  }
}

/** Words as the prompts have them, every letter right. */
function drawData(count: number, seed: number): Float32Array {
  const pictures = new Float32Array(count * PIXELS);
  for (let i = 0; i < count; i++) {
    const draw = drawsOf(seed, promptStreams.data, i);
    const [task] = tasksByShare([1, 1, 1], 1, draw);
    const letters = lettersOf(drawWordPrompt(task + 2, draw));
    const jitter = { x: draw(JITTER_X), y: letters.map(() => draw(JITTER_Y)) };
    drawWord(letters, jitter, pictures, i * PIXELS);
  }
  return pictures;
}

export const glyphScene: Scene = {
  name: 'glyphs',
  title: say('scene.glyphs.title'),
  summary: say('scene.glyphs.summary'),
  model: 'glyphs.onnx',
  sampleShape: [1, HEIGHT, WIDTH],
  rewards,
  metrics,
  view: 'picture',
  prompts: wordPrompts,
  picture: {
    width: WIDTH,
    height: HEIGHT,
    paint,
    verdict: 'exact',
    describe: (samples, offset) => {
      const word = readWord(samples, offset);
      return word === '' ? say('seen.noWord') : say('seen.word', { word });
    },
    // Flow-GRPO (2505.05470), text rendering.
    paper: { data: say('paper.ocrPrompts'), overall: [0.59, 0.92], after: { reward: 0.92 } },
  },
  preset: {
    trees: 16,
    steps: 10,
    shift: 1,
    iterations: 60,
    learningRate: 3e-4,
    learningRateDecay: 0.8,
    evaluationInterval: 10,
    logProbReduction: 'mean',
    updates: 2,
    clip: 0.2,
    trainedWeights: 'blocks',
    evaluationSamples: 240,
    evaluationSteps: 10,
  },
  algorithmPresets: {
    'branch-grpo': { splitSteps: [0, 1, 2, 3], stochasticSteps: 'split' },
  },
  data: drawData,
};
