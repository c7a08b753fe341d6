/** The reward landscape under the visitor's brush. Strokes are kept here and sent on ten times a second at most. */
import type { Landscape } from '../../scenes/scene';
import { blankLandscape, stroke } from './brush';

export type BrushTool = 'paint' | 'erase';

const sendInterval = 100;

/** Smallest and largest brush radius, in units of the plane. */
export const brushRange = { min: 0.2, max: 2 };

export class Painting {
  #active = $state(false);
  #landscape = $state.raw<Landscape | null>(null);
  #touched = $state(false);
  tool = $state<BrushTool>('paint');
  /** In units of the plane. */
  radius = $state(0.6);
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #send: (landscape: Landscape) => void;

  constructor(send: (landscape: Landscape) => void) {
    this.#send = send;
  }

  get active(): boolean {
    return this.#active;
  }

  /** What has been painted and may be ahead of the journal; null when nothing is. */
  get landscape(): Landscape | null {
    return this.#landscape;
  }

  /** Whether a stroke was made since the brush was taken. */
  get touched(): boolean {
    return this.#touched;
  }

  resize(factor: number): void {
    const { min, max } = brushRange;
    this.radius = Math.min(max, Math.max(min, this.radius * factor));
  }

  /** Takes the brush; painting goes on from `present`. */
  begin(present: Landscape | null): void {
    this.#active = true;
    this.#landscape = present ?? blankLandscape();
  }

  end(): void {
    this.#flush();
    this.#active = false;
    this.#touched = false;
    this.#landscape = null;
  }

  /** One stroke from point to point, in plane coordinates. */
  stroke(from: readonly [number, number], to: readonly [number, number]): void {
    const { tool, radius } = this;
    this.#change(stroke(this.#landscape ?? blankLandscape(), from, to, radius, tool === 'erase'));
  }

  clear(): void {
    this.#change(blankLandscape());
  }

  #change(landscape: Landscape): void {
    this.#landscape = landscape;
    this.#touched = true;
    this.#timer ??= setTimeout(() => this.#flush(), sendInterval);
  }

  #flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#landscape) this.#send(this.#landscape);
  }
}
