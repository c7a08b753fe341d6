/**
 * What every journal event consists of, for files. The types are in events.ts; a codec that misses one of their fields
 * does not compile.
 */
import { algorithms } from '../algorithms';
import type { IterationPlan } from '../config/plan';
import { properties, propertyByKey } from '../config/properties';
import type { Property, SettingKey, Settings } from '../config/properties';
import { problemWith } from '../config/settings';
import type { ErrorData } from '../core/errors';
import type { TreeShape } from '../core/tree';
import type { EngineState, UpdateStatistics } from '../engine/engine';
import type { Landscape } from '../scenes/scene';
import {
  byName,
  count,
  float32Array,
  list,
  Mismatch,
  nullable,
  number,
  object,
  text,
  textOrNumber,
  uint8Array,
  word,
} from './codec';
import type { Codec, Json } from './codec';
import type { EventOf, EventType, ModelIdentity, RunDescription } from './events';

const setting = (property: Property): Codec<unknown> => ({
  write: (value) => value as Json,
  read: (json, _payload, path) => {
    const problem = problemWith(property, json);
    if (problem) throw new Mismatch(path, `a valid setting: ${problem}`);
    return json;
  },
});

/** One codec per row of the property table, so a new setting needs nothing here (but a migration: see file.ts). */
const settings = object<Settings>(
  Object.fromEntries(properties.map((p) => [p.key, setting(p)])) as unknown as {
    [K in keyof Settings]: Codec<Settings[K]>;
  },
);

const settingOf = <K extends SettingKey>(key: K): Codec<Settings[K]> =>
  setting(propertyByKey.get(key)!) as Codec<Settings[K]>;

/** Its numbers are those of settings and keep to their ranges, though each iteration may have its own. */
const plan = object<IterationPlan>({
  shape: object<TreeShape>({
    trees: settingOf('trees'),
    roots: settingOf('roots'),
    branchingFactor: settingOf('branchingFactor'),
    splitSteps: settingOf('splitSteps'),
    steps: settingOf('steps'),
  }),
  stochasticSteps: list(count),
});

const model = object<ModelIdentity>({ name: text, sha256: text, parameters: count });

const run = object<RunDescription>({
  scene: text,
  algorithm: word(algorithms),
  settings,
  model,
  tier: word({ webgpu: true, cpu: true }),
  engine: word({ wgsl: true, 'ort-wasm': true, 'ort-webgpu': true, 'ort-native': true }),
  numerics: count,
});

const state = object<EngineState>({
  weights: float32Array,
  reference: float32Array,
  firstMoment: float32Array,
  secondMoment: float32Array,
  updates: count,
});

const updateStatistics = object<UpdateStatistics>({
  policyLoss: number,
  referenceLoss: nullable(number),
  ratioMean: number,
  ratioDeviation: number,
  clipFraction: number,
  gradientNorm: number,
  gradientEvaluations: count,
  forwardEvaluations: count,
});

const landscape = object<Landscape>({ size: count, extent: number, values: float32Array });

const error = object<ErrorData>({
  code: word({
    'bad-setting': true,
    'bad-prompt': true,
    'bad-model': true,
    'unsupported-operator': true,
    'bad-file': true,
    'newer-file': true,
    'cut-off-file': true,
    'no-adapter': true,
    'device-lost': true,
    'shader-error': true,
    'not-a-number': true,
    'worker-crashed': true,
    'timed-out': true,
    stopped: true,
    storage: true,
    'self-check': true,
    unexpected: true,
  }),
  key: text,
  params: byName(textOrNumber),
  message: text,
  hint: text,
  details: list(text),
});

const moment = { iteration: count, milliseconds: number };

export const eventCodecs: { [T in EventType]: Codec<Omit<EventOf<T>, 'type'>> } = {
  'run-started': object({
    version: text,
    run,
    ...moment,
    data: float32Array,
    baseSamples: float32Array,
  }),
  'tree-grown': object({
    ...moment,
    plan,
    latents: float32Array,
    estimates: float32Array,
    logProbs: float32Array,
    forwardEvaluations: count,
  }),
  'leaves-scored': object({
    ...moment,
    rewards: float32Array,
    mean: number,
    best: number,
    worst: number,
  }),
  'rewards-fused': object({ ...moment, fusedRewards: float32Array }),
  'advantages-set': object({ ...moment, advantages: float32Array }),
  'edges-pruned': object({ ...moment, kept: uint8Array, keptEdges: count, edges: count }),
  'weights-updated': object({ ...moment, updates: list(updateStatistics) }),
  evaluated: object({
    ...moment,
    samples: float32Array,
    reward: number,
    metrics: byName(number),
  }),
  'landscape-painted': object({ ...moment, landscape }),
  checkpoint: object({ ...moment, state }),
  'run-ended': object({
    ...moment,
    reason: word({ finished: true, stopped: true, failed: true }),
    error: nullable(error),
  }),
};
