import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { properties, propertyByKey } from '../../config/properties';
import { problemWith } from '../../config/settings';
import { hasSlider, sliderPosition, sliderSteps, sliderValue } from './scale';
import type { NumberProperty } from './scale';

const numbers = properties.filter(
  (property): property is NumberProperty =>
    (property.kind === 'integer' || property.kind === 'number') && hasSlider(property),
);

const property = (key: string): NumberProperty =>
  numbers.find((one) => one.key === key) as NumberProperty;

describe.each(numbers.map((one) => [one.key, one] as const))('the slider of %s', (_key, one) => {
  test('only ever gives values that the table accepts', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: sliderSteps, noNaN: true }), (position) => {
        expect(problemWith(one, sliderValue(one, position))).toBeNull();
      }),
    );
  });

  test('reaches both ends and stands at the initial value', () => {
    expect(sliderValue(one, 0)).toBe(one.min);
    expect(sliderValue(one, sliderSteps)).toBe(one.max);
    const at = sliderValue(one, sliderPosition(one, one.initial));
    expect(at).toBeCloseTo(one.initial, 12);
  });
});

test('ranges of many magnitudes are spread evenly', () => {
  expect(sliderValue(property('learningRate'), sliderSteps / 2)).toBeCloseTo(3.2e-4, 6);
  expect(sliderValue(property('referenceWeight'), sliderSteps / 2)).toBe(1.25);
  expect(sliderValue(property('noise'), sliderSteps / 2)).toBe(0.75);
});

test('a seed is typed, not slid to', () => {
  expect(hasSlider(propertyByKey.get('seed') as NumberProperty)).toBe(false);
});
