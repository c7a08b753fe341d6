/**
 * Where a number stands on its slider. Ranges over many magnitudes are logarithmic; those that begin at 0 and are much
 * larger than their step are cubic, fine near 0 and coarse far off; the rest are linear.
 */
import type { Property } from '../../config/properties';

export type NumberProperty = Extract<Property, { kind: 'integer' | 'number' }>;

/** Slider positions run from 0 to this. */
export const sliderSteps = 200;

/** Ranges of more whole numbers than this are for typing. */
const widestSlider = 1000;

export const hasSlider = (property: NumberProperty): boolean =>
  property.kind === 'number' || property.max - property.min <= widestSlider;

type Scale = 'linear' | 'log' | 'cubic';

function scaleOf({ min, max, scale, step, kind }: NumberProperty): Scale {
  if (scale === 'log' || (kind === 'integer' && min >= 1 && max / min >= 64)) return 'log';
  if (min === 0 && step !== undefined && max / step >= 500) return 'cubic';
  return 'linear';
}

/** Position 0 … sliderSteps of a value. */
export function sliderPosition(property: NumberProperty, value: number): number {
  const { min, max } = property;
  const share = (value - min) / (max - min);
  switch (scaleOf(property)) {
    case 'log':
      return (sliderSteps * Math.log(value / min)) / Math.log(max / min);
    case 'cubic':
      return sliderSteps * Math.cbrt(share);
    case 'linear':
      return sliderSteps * share;
  }
}

/** The value at a position, rounded to the property's step or to two digits that count. */
export function sliderValue(property: NumberProperty, position: number): number {
  const { min, max, kind, step } = property;
  if (position <= 0) return min;
  if (position >= sliderSteps) return max;
  const share = position / sliderSteps;
  const scale = scaleOf(property);
  const raw =
    scale === 'log'
      ? min * (max / min) ** share
      : min + (max - min) * (scale === 'cubic' ? share ** 3 : share);
  const rounded =
    kind === 'integer'
      ? Math.round(raw)
      : step === undefined
        ? Number(raw.toPrecision(2))
        : Number((Math.round(raw / step) * step).toPrecision(12));
  return Math.min(max, Math.max(min, rounded));
}
