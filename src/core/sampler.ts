/**
 * Every sampler step is x' = c_x·x + c_v·v + std·z with z ~ N(0, I): a schedule and a step kind give three numbers per
 * step, and one kernel serves all samplers (docs/methods.md §2.1).
 *
 * Convention: σ = 1 is noise, σ = 0 is data, x_σ = (1−σ)·x0 + σ·ε, the network predicts v = ε − x0, and sampling walks
 * σ down to σ' with h = σ − σ' > 0.
 */
import { cos, sin } from './math';

/** What one step does, with everything the log-prob and its gradient need. */
export interface SamplerStep {
  readonly sigma: number;
  readonly sigmaNext: number;
  readonly cx: number;
  readonly cv: number;
  /** Standard deviation of the step's noise; 0 for a deterministic step, which carries no log-prob. */
  readonly std: number;
  /**
   * κ² = c_v²/std², so that ½κ²‖Δv‖² is the KL of two policies whose velocities differ by Δv (docs/methods.md §2.2); of
   * a deterministic step what it would be with the sampler's noise, 0 where there is none.
   */
  readonly klFactor: number;
}

/** Noise levels σ_0 = 1 … σ_T = 0: linear, then shifted by kσ / (1 + (k−1)σ) (docs/methods.md §1.3). */
export function sigmaSchedule(steps: number, shift = 1): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const sigma = 1 - i / steps;
    return (shift * sigma) / (1 + (shift - 1) * sigma);
  });
}

interface StepInput {
  readonly sigma: number;
  readonly sigmaNext: number;
  /** Second entry of the schedule: replaces σ = 1 inside Flow-SDE's diffusion, which would be infinite there. */
  readonly sigmaFirst: number;
  readonly noise: number;
}

type StepRule = (input: StepInput) => { cx: number; cv: number; std: number };

const eulerOde: StepRule = ({ sigma, sigmaNext }) => ({ cx: 1, cv: -(sigma - sigmaNext), std: 0 });

/** μ = x − h·v + ½g²·score·h, the reverse SDE with diffusion g. */
function reverseSde(sigma: number, h: number, g2: number): { cx: number; cv: number; std: number } {
  return {
    cx: 1 - (g2 * h) / (2 * sigma),
    cv: -h * (1 + (g2 * (1 - sigma)) / (2 * sigma)),
    std: Math.sqrt(g2 * h),
  };
}

/**
 * The step kinds. `noise` is Flow-SDE's a, Dance-SDE's η or CPS's η; zero noise is the Euler step, bit for bit.
 */
export const stepRules = {
  ode: eulerOde,
  /** Flow-GRPO (2505.05470): g = a·√(σ/(1−σ)). */
  'flow-sde': ({ sigma, sigmaNext, sigmaFirst, noise }) => {
    const bounded = sigma === 1 ? sigmaFirst : sigma;
    return reverseSde(sigma, sigma - sigmaNext, (noise * noise * sigma) / (1 - bounded));
  },
  /** DanceGRPO (2505.07818): g = η. */
  'dance-sde': ({ sigma, sigmaNext, noise }) => reverseSde(sigma, sigma - sigmaNext, noise * noise),
  /** Flow-CPS (2509.05952): keeps q² + std² = σ'², so the noise level is right after every step. */
  cps: ({ sigma, sigmaNext, noise }) => {
    const angle = (noise * Math.PI) / 2;
    const q = sigmaNext * cos(angle);
    return {
      cx: 1 - sigmaNext + q,
      cv: -sigma * (1 - sigmaNext) + (1 - sigma) * q,
      std: sigmaNext * sin(angle),
    };
  },
} satisfies Record<string, StepRule>;

export type SamplerName = keyof typeof stepRules;

export const samplerNames = Object.keys(stepRules) as SamplerName[];

/**
 * The steps of one rollout. Steps for which `stochastic` is false are Euler ODE steps; so are all without noise.
 */
export function samplerSteps(
  sampler: SamplerName,
  noise: number,
  schedule: readonly number[],
  stochastic: (step: number) => boolean,
): SamplerStep[] {
  return schedule.slice(0, -1).map((sigma, i) => {
    const sigmaNext = schedule[i + 1];
    const input = { sigma, sigmaNext, sigmaFirst: schedule[1], noise };
    const rule = noise > 0 ? stepRules[sampler] : stepRules.ode;
    const noisy = rule(input);
    const klFactor = noisy.std > 0 ? (noisy.cv * noisy.cv) / (noisy.std * noisy.std) : 0;
    return { sigma, sigmaNext, ...(stochastic(i) ? noisy : eulerOde(input)), klFactor };
  });
}
