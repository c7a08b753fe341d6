/** How good a policy is before any reward: its deterministic samples against fresh data, over several draws. */
import { streams } from '../core/streams';
import { samplerSteps, sigmaSchedule } from '../core/sampler';
import { summarise } from '../core/statistics';
import type { Engine } from '../engine/engine';
import { sampleKeys } from '../kernels/noise/noise.twin';
import type { MeasuredPolicy, Spread } from '../scenes/manifest';
import { MMD_POINTS } from '../scenes/points/metrics';
import type { Scene } from '../scenes/scene';

const DRAWS = 8;
const SAMPLES = 3000;
const ODE_STEPS = 40;
/** Seeds of the data; far from those that training draws from. */
const FIRST_DATA_SEED = 0xda7a0000;

/** `count` Euler samples of the engine's policy [count, D]. */
export function drawSamples(
  engine: Engine,
  count: number,
  seed: number,
  steps = ODE_STEPS,
): Promise<Float32Array> {
  return engine.sample({
    keys: sampleKeys(seed, streams.policyMeasure, count),
    steps: samplerSteps('ode', 0, sigmaSchedule(steps), () => false),
    conditions: null,
  });
}

/** Rounded to six decimals, so that the manifest stays readable. */
function spread(values: readonly number[]): Spread {
  const { mean, standardDeviation } = summarise(values);
  const round = (value: number) => Math.round(value * 1e6) / 1e6;
  return { mean: round(mean), standardDeviation: round(standardDeviation) };
}

/** Measures the policy that `engine` holds. Deterministic: the draws have fixed seeds. */
export async function measurePolicy(engine: Engine, scene: Scene): Promise<MeasuredPolicy> {
  const figures: Record<string, number[]> = {};
  const note = (name: string, value: number) => (figures[name] ??= []).push(value);
  const metric = new Map(scene.metrics.map(({ name, measure }) => [name, measure]));
  for (let draw = 0; draw < DRAWS; draw++) {
    const samples = await drawSamples(engine, SAMPLES, draw);
    const data = scene.data(SAMPLES, FIRST_DATA_SEED + 2 * draw);
    const otherData = scene.data(SAMPLES, FIRST_DATA_SEED + 2 * draw + 1);
    for (const [name, measure] of metric) {
      note(name, measure(samples, data, null));
      note(`${name} of data`, measure(otherData, data, null));
    }
  }
  return {
    draws: DRAWS,
    odeSteps: ODE_STEPS,
    mmdSamples: MMD_POINTS,
    mmd2: spread(figures.mmd2),
    mmd2DataToData: spread(figures['mmd2 of data']),
    samples: SAMPLES,
    entropy: spread(figures.entropy),
    entropyOfData: spread(figures['entropy of data']),
    modes: spread(figures.modes),
    onData: spread(figures.onData),
  };
}
