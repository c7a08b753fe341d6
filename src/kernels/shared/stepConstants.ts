/**
 * The table of sampler steps that gather, samplerStep and policyGradient read (stepConstants.wgsl): coefficients with
 * the reduction over D worked in, and where each depth's nodes lie.
 */
import { EspalierError } from '../../core/errors';
import type { SamplerStep } from '../../core/sampler';
import type { Reduction } from '../../core/objective';
import { logNormalizer } from '../sampler_step/samplerStep.twin';
import { structLayout } from './structLayout';

/** MAX_STEPS of stepConstants.wgsl. */
export const MAX_STEPS = 512;

export const stepConstantsLayout = structLayout('StepConstants', {
  sigma: 'f32',
  cx: 'f32',
  cv: 'f32',
  standardDeviation: 'f32',
  exponentScale: 'f32',
  logOffset: 'f32',
  gradientScale: 'f32',
  klFactor: 'f32',
  firstNode: 'u32',
  firstChild: 'u32',
  nodesPerTree: 'u32',
  childrenPerNode: 'u32',
});

/** Bytes of the whole uniform array, whatever the number of steps. */
export const STEP_TABLE_BYTES = MAX_STEPS * stepConstantsLayout.byteLength;

/** Where the nodes of one step lie. */
export interface StepNodes {
  readonly firstNode: number;
  readonly firstChild: number;
  readonly nodesPerTree: number;
  readonly childrenPerNode: number;
}

/**
 * Bytes of the table for `steps`; entry i describes step i.
 * @throws EspalierError 'bad-setting' for more than MAX_STEPS steps.
 */
export function stepTable(
  steps: readonly SamplerStep[],
  nodes: readonly StepNodes[],
  reduction: Reduction,
  dimensions: number,
): ArrayBuffer {
  if (steps.length > MAX_STEPS) {
    const params = { steps: steps.length, most: MAX_STEPS };
    throw new EspalierError('bad-setting', 'tooManySteps', params);
  }
  const view = new DataView(new ArrayBuffer(steps.length * stepConstantsLayout.byteLength));
  steps.forEach((step, i) => {
    const { sigma, cx, cv, std, klFactor } = step;
    const perDimension = reduction === 'mean' ? dimensions : 1;
    const noisy = std > 0;
    stepConstantsLayout.write(view, i * stepConstantsLayout.byteLength, {
      sigma,
      cx,
      cv,
      standardDeviation: std,
      exponentScale: noisy ? 1 / (2 * std * std * perDimension) : 0,
      logOffset: noisy ? (logNormalizer(std) * dimensions) / perDimension : 0,
      gradientScale: noisy ? cv / (std * std * perDimension) : 0,
      klFactor: klFactor / perDimension,
      ...nodes[i],
    });
  });
  return view.buffer;
}
