/** What the next run will be: scene, algorithm, settings, engine, policy. Only valid values ever get in here. */
import type { AlgorithmName } from '../../algorithms';
import type { SettingKey, Settings } from '../../config/properties';
import { resolveSettings } from '../../config/resolve';
import { sha256 } from '../../core/sha256';
import type { EngineName } from '../../engine/engine';
import type { ModelIdentity, RunDescription } from '../../journal/events';
import { findScene } from '../../scenes';
import type { Scene } from '../../scenes/scene';
import type { RunRequest } from '../../session/protocol';
import { thrownData } from './notices.svelte';

export type Model = NonNullable<RunRequest['model']>;

/** Settings that keep their meaning under another scene or algorithm. */
const lasting: readonly SettingKey[] = ['seed', 'iterations', 'reward'];

export class Setup {
  #scene = $state('points/ring');
  #algorithm = $state<AlgorithmName>('branch-grpo');
  #overrides = $state.raw<Partial<Settings>>({});
  #engine = $state<EngineName | 'auto'>('auto');
  #model = $state.raw<Model | null>(null);
  /** The visitor's own policies of this visit, by the hash of their files. */
  readonly #own: Record<string, Model> = {};
  readonly #changed: () => void;

  /** `changed` is called when settings, algorithm or engine were chosen anew. */
  constructor(changed: () => void = () => undefined) {
    this.#changed = changed;
  }

  readonly preset: Settings = $derived(resolveSettings(this.#scene, this.#algorithm));
  readonly settings: Settings = $derived(
    resolveSettings(this.#scene, this.#algorithm, this.#overrides),
  );
  readonly scene: Scene = $derived(findScene(this.#scene));

  get algorithm(): AlgorithmName {
    return this.#algorithm;
  }

  get engine(): EngineName | 'auto' {
    return this.#engine;
  }

  get model(): Model | null {
    return this.#model;
  }

  /** Whether `key` was set to something else than scene and algorithm suggest. */
  isOverridden(key: SettingKey): boolean {
    return String(this.settings[key]) !== String(this.preset[key]);
  }

  /** Takes new values, or says why not. */
  set(change: Partial<Settings>): string | null {
    const next = { ...this.#overrides, ...change };
    try {
      resolveSettings(this.#scene, this.#algorithm, next);
    } catch (error) {
      return thrownData(error).message;
    }
    this.#overrides = next;
    this.#changed();
    return null;
  }

  /** Back to what the scene and the algorithm suggest. */
  clear(key: SettingKey): string | null {
    const { [key]: _removed, ...rest } = this.#overrides;
    try {
      resolveSettings(this.#scene, this.#algorithm, rest);
    } catch (error) {
      return thrownData(error).message;
    }
    this.#overrides = rest;
    this.#changed();
    return null;
  }

  chooseScene(name: string): void {
    this.#overrides = this.#stillValid(name, this.#algorithm);
    this.#scene = name;
    this.#model = null;
  }

  chooseAlgorithm(name: AlgorithmName): void {
    this.#overrides = this.#stillValid(this.#scene, name);
    this.#algorithm = name;
    this.#changed();
  }

  chooseEngine(engine: EngineName | 'auto'): void {
    this.#engine = engine;
    this.#changed();
  }

  /** The visitor's own policy with a hash, if it was loaded in this visit; null: the scene's own is to be tried. */
  modelOf({ sha256: needed }: Pick<ModelIdentity, 'sha256'>): Model | null {
    return this.#own[needed] ?? null;
  }

  chooseModel(model: Model | null): void {
    if (model) this.#own[sha256(model.bytes)] = model;
    this.#model = model;
  }

  /** Sets everything as it was in a recorded run. */
  adopt(run: RunDescription): void {
    this.#scene = run.scene;
    this.#algorithm = run.algorithm;
    this.#model = this.modelOf(run.model);
    const preset = resolveSettings(run.scene, run.algorithm);
    const changed = Object.entries(run.settings).filter(
      ([key, value]) => String(value) !== String(preset[key as SettingKey]),
    );
    this.#overrides = Object.fromEntries(changed);
  }

  /** Whether a run was made of exactly these choices. */
  matches(run: RunDescription): boolean {
    const same = Object.entries(this.settings).every(
      ([key, value]) => String(value) === String(run.settings[key as SettingKey]),
    );
    return same && run.scene === this.#scene && run.algorithm === this.#algorithm;
  }

  /** Whether a run that was asked for is what is set up now. */
  asked({ scene, algorithm, settings, engine, model }: RunRequest): boolean {
    const same = Object.entries(this.settings).every(
      ([key, value]) => String(value) === String(settings[key as SettingKey]),
    );
    const named = scene === this.#scene && algorithm === this.#algorithm;
    return same && named && engine === this.#engine && model === this.#model;
  }

  request(): RunRequest {
    return {
      scene: this.#scene,
      algorithm: this.#algorithm,
      settings: this.settings,
      engine: this.#engine,
      model: this.#model,
      checkpoint: null,
      landscape: null,
    };
  }

  /** The overrides that also hold elsewhere: all of them if they fit, else those that mean the same everywhere. */
  #stillValid(scene: string, algorithm: AlgorithmName): Partial<Settings> {
    const few = Object.fromEntries(
      Object.entries(this.#overrides).filter(([key]) => lasting.includes(key as SettingKey)),
    );
    for (const overrides of [this.#overrides, few]) {
      try {
        resolveSettings(scene, algorithm, overrides);
        return overrides;
      } catch {
        // Tried with fewer.
      }
    }
    return {};
  }
}
