/** What the page has to tell: errors (what happened, what was kept, what to do) and offers. Newest first, few at once. */
import { say } from '../../content/page';
import { errorData, toldError } from '../../core/errors';
import type { ErrorData } from '../../core/errors';

export interface Notice {
  readonly id: number;
  readonly tone: 'error' | 'info';
  readonly title: string;
  readonly text: string;
  readonly details: readonly string[];
  readonly actions: readonly NoticeAction[];
}

export interface NoticeAction {
  readonly label: string;
  readonly act: () => void;
}

const mostShown = 4;

/** Milliseconds that a passing notice stays. */
const readingTime = 12_000;

export class Notices {
  #list = $state.raw<readonly Notice[]>([]);
  #next = 1;

  get list(): readonly Notice[] {
    return this.#list;
  }

  /** Shows a thrown error; `doing` says in which work it came up, e.g. "Opening ring.espalier". */
  error(thrown: unknown, doing: string, ...actions: NoticeAction[]): void {
    const data = thrownData(thrown);
    const { message, hint } = toldError(data);
    const { details } = data;
    this.#add({
      tone: 'error',
      title: say('notices.failed', { doing, message }),
      text: hint,
      details,
      actions,
    });
  }

  /** What offers nothing to do goes away by itself. */
  info(title: string, text = '', ...actions: NoticeAction[]): void {
    const id = this.#add({ tone: 'info', title, text, details: [], actions });
    if (actions.length === 0) setTimeout(() => this.dismiss(id), readingTime);
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((notice) => notice.id !== id);
  }

  /** Runs an action and takes its notice away. */
  choose(id: number, action: NoticeAction): void {
    this.dismiss(id);
    action.act();
  }

  #add(notice: Omit<Notice, 'id'>): number {
    const others = this.#list.filter(({ title }) => title !== notice.title);
    const id = this.#next++;
    this.#list = [{ ...notice, id }, ...others].slice(0, mostShown);
    return id;
  }
}

const isErrorData = (value: unknown): value is ErrorData =>
  typeof value === 'object' && value !== null && 'code' in value && 'hint' in value;

/** An error as plain data, whether it was thrown here or came from a worker. */
export const thrownData = (thrown: unknown): ErrorData =>
  isErrorData(thrown) && !(thrown instanceof Error) ? thrown : errorData(thrown);
