/**
 * Sprite prompts as text, both ways: "a ring", "three rings", "a red ring", "a ring and a heart", "a ring left of a
 * heart", "a red ring and a blue heart", and their combinations.
 *
 *   prompt = object [("and" | relation) object];  object = [count | "a"] [colour] shape["s"]
 */
import { say } from '../../content';
import { EspalierError } from '../../core/errors';
import { colourNames, shapeNames } from './palette';
import { relationNames } from './prompts';
import type { Prompt } from './prompts';

const counts = ['one', 'two', 'three', 'four'] as const;

interface SaidObject {
  /** 0 when the article is "a". */
  readonly count: number;
  readonly colour: number;
  readonly shape: number;
}

/** The prompt in words; one that lacks a shape reads as far as it goes, so that reading it back says what is missing. */
export function writePrompt([count, s1, c1, relation, s2, c2]: Prompt): string {
  const first = writeObject({ count, colour: c1, shape: s1 });
  if (s2 === 0 && relation === 0 && c2 === 0) return first;
  const link = relation > 0 ? relationNames[relation - 1] : 'and';
  return `${first} ${link} ${writeObject({ count: 0, colour: c2, shape: s2 })}`;
}

function writeObject({ count, colour, shape }: SaidObject): string {
  const words = [count > 0 ? counts[count - 1] : 'a'];
  if (colour > 0) words.push(colourNames[colour - 1]);
  if (shape > 0) words.push(shapeNames[shape - 1] + (count > 1 ? 's' : ''));
  return words.join(' ');
}

/** Reads a prompt. @throws EspalierError 'bad-prompt' that names the word and what could stand there. */
export function readPrompt(text: string): Prompt {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const reader = new Reader(words);
  const first = reader.object();
  if (reader.done) return [first.count, first.shape, first.colour, 0, 0, 0];
  const relation = reader.link();
  const second = reader.object();
  if (!reader.done) throw refuse(reader.rest, [say('prompt.end')]);
  if (second.count > 1) {
    throw new EspalierError('bad-prompt', 'onlyFirstCounted');
  }
  if (second.shape === first.shape) {
    throw new EspalierError('bad-prompt', 'sameShape', { shapes: shapeNames.join(', ') });
  }
  return [first.count, first.shape, first.colour, relation, second.shape, second.colour];
}

function refuse(found: string, names: readonly string[]): EspalierError {
  const expected = names.join(', ');
  return found === ''
    ? new EspalierError('bad-prompt', 'promptTooShort', { expected })
    : new EspalierError('bad-prompt', 'wordDoesNotFit', { found, expected });
}

class Reader {
  #at = 0;

  constructor(private readonly words: readonly string[]) {}

  get done(): boolean {
    return this.#at === this.words.length;
  }

  get rest(): string {
    return this.words.slice(this.#at).join(' ');
  }

  /** 1-based place of the next word in `names`, consuming it; 0 when it is none of them. */
  #take(names: readonly string[]): number {
    const found = names.indexOf(this.words[this.#at] ?? '') + 1;
    if (found > 0) this.#at++;
    return found;
  }

  object(): SaidObject {
    const count = this.#take(counts) || this.#take(['1', '2', '3', '4']);
    if (count === 0) this.#take(['a', 'an', 'the']);
    const colour = this.#take(colourNames);
    const plural = shapeNames.map((name) => `${name}s`);
    const shape = this.#take(shapeNames) || this.#take(plural);
    if (shape === 0) {
      const before = colour > 0 ? [] : [...(count > 0 ? [] : counts), ...colourNames];
      throw refuse(this.words[this.#at] ?? '', [...before, ...shapeNames]);
    }
    return { count, colour, shape };
  }

  /** 0 for "and", else the relation. */
  link(): number {
    if (this.#take(['and', 'with']) > 0) return 0;
    for (const [i, name] of relationNames.entries()) {
      const words = name.split(' ');
      if (words.every((word, k) => this.words[this.#at + k] === word)) {
        this.#at += words.length;
        return i + 1;
      }
    }
    throw refuse(this.words[this.#at] ?? '', ['and', ...relationNames]);
  }
}
