/**
 * What can be asked of the glyph scene: words of two to four of its sixteen letters (docs/scenes.md §4).
 *
 * A prompt is four slots, 0 blank and letters counted from 1; words start in the first slot. The condition is the four
 * slots one-hot, 17 values each. A fifth of the words is held out from RL: (1, 3, 7, 11)·slots divisible by 5.
 */
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import { drawsOf, promptStreams, samplesPerPrompt, tasksByShare } from '../promptTools';
import type { Draw } from '../promptTools';
import type { Prompt, PromptSpace } from '../scene';
import { CELLS, alphabet } from './font';

const VALUES = alphabet.length + 1;
const SHORTEST = 2;

const tasks = ['two letters', 'three letters', 'four letters'] as const;

const weights = [1, 3, 7, 11] as const;

export const isHeldOut = (prompt: Prompt): boolean =>
  prompt.reduce((sum, value, slot) => sum + weights[slot] * value, 0) % 5 === 0;

export const writeWord = (prompt: Prompt): string =>
  prompt.map((value) => (value > 0 ? alphabet[value - 1] : '')).join('');

/** Letters of a prompt as indices into the alphabet. */
export const lettersOf = (prompt: Prompt): number[] =>
  prompt.filter((value) => value > 0).map((value) => value - 1);

/** Reads a word, small letters or capitals. @throws EspalierError 'bad-prompt' */
export function readWordPrompt(text: string): Prompt {
  const word = text.trim().toUpperCase();
  const foreign = [...word].find((letter) => !alphabet.includes(letter));
  if (foreign !== undefined) {
    const letters = [...alphabet].join(' ');
    throw new EspalierError('bad-prompt', 'notALetter', { letter: foreign, letters });
  }
  if (word.length < SHORTEST || word.length > CELLS) {
    const letters = word.length;
    const params = { word, letters, shortest: SHORTEST, longest: CELLS };
    throw new EspalierError('bad-prompt', 'wordLength', params);
  }
  return Array.from({ length: CELLS }, (_, slot) => alphabet.indexOf(word[slot] ?? ' ') + 1);
}

export function drawWordPrompt(length: number, draw: Draw): Prompt {
  return Array.from({ length: CELLS }, (_, slot) =>
    slot < length ? draw(alphabet.length) + 1 : 0,
  );
}

function drawUntil(length: number, draw: Draw, heldOut: boolean): Prompt {
  for (;;) {
    const prompt = drawWordPrompt(length, draw);
    if (isHeldOut(prompt) === heldOut) return prompt;
  }
}

export const wordPrompts: PromptSpace = {
  tasks,
  taskOf: (prompt) => tasks[lettersOf(prompt).length - SHORTEST],
  draw: (count, seed, iteration) => {
    const draw = drawsOf(seed, promptStreams.training, iteration);
    const drawn = tasksByShare([1, 1, 1], count, draw);
    return drawn.map((task) => drawUntil(task + SHORTEST, draw, false));
  },
  evaluation: (count, seed) =>
    Array.from({ length: count }, (_, i) => {
      const place = Math.floor(i / samplesPerPrompt);
      const draw = drawsOf(seed, promptStreams.evaluation, place);
      return drawUntil((place % tasks.length) + SHORTEST, draw, true);
    }),
  encode: (prompt, out, offset) => {
    prompt.forEach((value, slot) => (out[offset + slot * VALUES + value] = 1));
  },
  conditionSize: CELLS * VALUES,
  write: writeWord,
  read: readWordPrompt,
  choices: Array.from({ length: CELLS }, (_, slot) => ({
    title: say('choice.letter', { number: slot + 1 }),
    slot,
    values: ['–', ...alphabet],
  })),
};
