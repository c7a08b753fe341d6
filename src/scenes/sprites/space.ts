/**
 * The sprite scene's prompts as the trainer draws them. Tasks differ in how hard they are, so RL draws them by `shares`;
 * evaluation takes them in turn, and where a task has compositions that were held out, asks for those alone.
 */
import { say } from '../../content';
import { drawsOf, promptStreams, samplesPerPrompt, tasksByShare } from '../promptTools';
import type { Draw } from '../promptTools';
import type { PromptSpace } from '../scene';
import { readPrompt, writePrompt } from './grammar';
import { colourNames, shapeNames } from './palette';
import { drawPrompt, isHeldOut, relationNames, slotSizes, taskOf, tasks } from './prompts';
import type { Prompt, Task } from './prompts';

/** Share of the RL prompts that each task gets, in the order of `tasks`: what is learned late comes more often. */
const shares = [1, 1, 7, 2, 4, 4];

/** How often RL asks to count to 1, 2, 3 and 4; a single object is what the base already draws well. */
const countShares = [1, 2, 4, 4];

const hasHeldOut: Readonly<Record<Task, boolean>> = {
  single: false,
  two: true,
  counting: false,
  colours: false,
  position: true,
  attributes: true,
};

function drawUntil(task: Task, draw: Draw, heldOut: boolean): Prompt {
  for (;;) {
    const prompt = drawPrompt(task, draw);
    if (isHeldOut(prompt) === heldOut) return prompt;
  }
}

const offsets = slotSizes.map((_, slot) =>
  slotSizes.slice(0, slot).reduce((sum: number, size) => sum + size, 0),
);

export const spritePrompts: PromptSpace = {
  tasks,
  taskOf: (prompt) => taskOf(prompt as Prompt),
  draw: (count, seed, iteration) => {
    const draw = drawsOf(seed, promptStreams.training, iteration);
    const drawn = tasksByShare(shares, count, draw);
    return drawn.map((task) => {
      const prompt = drawUntil(tasks[task], draw, false);
      if (tasks[task] !== 'counting') return prompt;
      const [count] = tasksByShare(countShares, 1, draw);
      return [count + 1, ...prompt.slice(1)];
    });
  },
  evaluation: (count, seed) =>
    Array.from({ length: count }, (_, i) => {
      const place = Math.floor(i / samplesPerPrompt);
      const task = tasks[place % tasks.length];
      return drawUntil(task, drawsOf(seed, promptStreams.evaluation, place), hasHeldOut[task]);
    }),
  encode: (prompt, out, offset) => {
    prompt.forEach((value, slot) => (out[offset + offsets[slot] + value] = 1));
  },
  conditionSize: slotSizes.reduce((sum: number, size) => sum + size, 0),
  write: (prompt) => writePrompt(prompt as Prompt),
  read: readPrompt,
  choices: [
    { title: say('choice.count'), slot: 0, values: ['a', 'one', 'two', 'three', 'four'] },
    { title: say('choice.colour'), slot: 2, values: [say('choice.anyColour'), ...colourNames] },
    { title: say('choice.shape'), slot: 1, values: ['–', ...shapeNames] },
    { title: say('choice.relation'), slot: 3, values: ['and', ...relationNames] },
    {
      title: say('choice.secondColour'),
      slot: 5,
      values: [say('choice.anyColour'), ...colourNames],
    },
    {
      title: say('choice.secondShape'),
      slot: 4,
      values: [say('choice.nothingElse'), ...shapeNames],
    },
  ],
};
