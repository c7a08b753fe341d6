/**
 * A prompt of the visitor's own: its text, its parts, what is wrong with it, and the samples that the policy answers
 * with. The noise is the same every time, so that an answer from before training and one of now can be compared; the
 * former is kept for each prompt that was asked then.
 */
import { say } from '../../content/page';
import { EspalierError } from '../../core/errors';
import type { Journal } from '../../journal/journal';
import type { PictureScene, Prompt } from '../../scenes/scene';
import { judged } from '../view/pictures';
import type { JudgedSample } from '../view/pictures';
import { policyAge } from './policyAge';
import type { Runs } from './runs.svelte';
import type { Session } from './session.svelte';

/** Samples of one answer. */
const count = 8;

export interface Answer {
  readonly text: string;
  readonly task: string;
  /** When: "Base", or "After 12 iterations". */
  readonly title: string;
  readonly samples: readonly JudgedSample[];
}

export type ReadPrompt =
  | { readonly prompt: Prompt; readonly problem: null }
  | { readonly prompt: null; readonly problem: { message: string; hint: string } };

/** A prompt, or what does not fit. */
export function readPrompt({ prompts }: PictureScene, text: string): ReadPrompt {
  try {
    return { prompt: prompts.read(text), problem: null };
  } catch (error) {
    if (!(error instanceof EspalierError)) throw error;
    return { prompt: null, problem: { message: error.message, hint: error.hint } };
  }
}

/** The policy that is asked. */
export interface AskedPage {
  readonly journal: Journal;
  readonly runs: Runs;
  readonly session: Session;
}

export class Asking {
  readonly #scene: () => PictureScene;
  readonly #page: AskedPage;
  #text = $state('');
  #chosen = $state.raw<Prompt | null>(null);
  #waiting = $state(false);
  #answer = $state.raw<{ answer: Answer; scene: string } | null>(null);
  /** Answers of policies that had learned nothing, by scene and prompt. */
  readonly #untrained: Record<string, Answer> = {};

  constructor(scene: () => PictureScene, page: AskedPage) {
    this.#scene = scene;
    this.#page = page;
  }

  readonly #read = $derived.by(() => readPrompt(this.#scene(), this.#text || this.example));

  get text(): string {
    return this.#text;
  }

  /** A prompt to begin with. */
  get example(): string {
    const { prompts } = this.#scene();
    const known = prompts.evaluation(prompts.tasks.length * 2, 0);
    return prompts.write(known[known.length - 1]);
  }

  get problem(): { message: string; hint: string } | null {
    return this.#read.problem;
  }

  get waiting(): boolean {
    return this.#waiting;
  }

  /** Value of every number of the prompt. */
  get chosen(): Prompt {
    const { prompts } = this.#scene();
    return this.#read.prompt ?? this.#chosen ?? prompts.read(this.example);
  }

  get possible(): boolean {
    const { session, runs } = this.#page;
    return !this.#waiting && runs.live && session.status === 'open' && this.problem === null;
  }

  get answer(): Answer | null {
    return this.#answer?.scene === this.#scene().name ? this.#answer.answer : null;
  }

  /** What was answered to the same prompt before training. */
  get before(): Answer | null {
    const { answer } = this;
    const before = answer && this.#untrained[this.#key(answer.text)];
    return before && before !== answer ? before : null;
  }

  write(text: string): void {
    this.#text = text;
    if (this.#read.prompt) this.#chosen = this.#read.prompt;
  }

  choose(slot: number, value: number): void {
    this.#chosen = this.chosen.map((old, i) => (i === slot ? value : old));
    this.#text = this.#scene().prompts.write(this.#chosen);
  }

  forget(): void {
    this.#answer = null;
  }

  async ask(): Promise<void> {
    const { prompt } = this.#read;
    const scene = this.#scene();
    if (!prompt || !this.possible) return;
    this.#waiting = true;
    const title = policyAge(this.#page.journal);
    const prompts = Array<Prompt>(count).fill(prompt);
    const samples = await this.#page.session.sample(prompts);
    this.#waiting = false;
    if (!samples) return;
    const answer: Answer = {
      text: scene.prompts.write(prompt),
      task: scene.prompts.taskOf(prompt),
      title,
      samples: judged(scene, samples, prompts),
    };
    if (title === say('age.base')) this.#untrained[this.#key(answer.text)] = answer;
    this.#answer = { answer, scene: scene.name };
  }

  #key(text: string): string {
    return `${this.#scene().name} ${text}`;
  }
}
